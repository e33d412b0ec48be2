-- What is known of each account: the CRM's record where there is one, else what the records that make it say together.
with

master as (
    select * from {{ ref('int_account_master') }}
),

identity as (
    select * from {{ ref('int_account_identity') }}
),

record as (
    select * from {{ ref('int_account_record') }}
),

identifier as (
    select * from {{ ref('int_account_identifier') }}
),

zendesk_organization as (
    select * from {{ ref('stg_zendesk__organization') }}
),

crm_record as (
    select * from {{ ref('int_crm_account') }}
),

shared_domain as (
    select * from {{ ref('shared_domain') }}
),

opportunity as (
    select * from {{ ref('int_opportunity') }}
),

-- One Salesforce record can arrive under both spellings of its id; the one that changed last speaks for it.
crm_account as (
    select
        crm_record.crm_key as master_key,
        crm_record.*,
        row_number() over (partition by crm_key order by updated_at desc nulls last, source_id) as preference
    from crm_record
),

deal as (
    select
        master.master_key,
        max(case when opportunity.is_won then opportunity.close_date end) as last_won_on,
        max(
            case
                when opportunity.is_closed and not opportunity.is_won and lower(opportunity.opportunity_type) like '%renewal%'
                    then opportunity.close_date
            end
        ) as last_renewal_lost_on
    from opportunity
    inner join (select distinct identity_key, master_key from master) as master
        on opportunity.crm_key = master.identity_key
    group by master.master_key
),

described as (
    select
        master.master_key,
        min(master.master_kind) as master_kind,
        min(record.account_name) as account_name,
        min(record.external_key) as external_key,
        min(zendesk_organization.created_at) as organization_created_at
    from master
    inner join record on master.source_system = record.source_system and master.source_id = record.source_id
    left join zendesk_organization on master.identity_key = 'zendesk:' || zendesk_organization.organization_id
    group by master.master_key
),

domain as (
    select
        master_key,
        min(identifier) as domain
    from identifier
    where match_method = 'domain' and claimants = 1
    group by master_key
)

select
    identity.account_id,
    described.master_key,
    described.master_kind,
    coalesce(crm_account.account_name, described.account_name, domain.domain, described.external_key) as account_name,
    coalesce(
        case when shared_domain.domain is null then crm_account.website_domain end,
        domain.domain
    ) as domain,
    coalesce(crm_account.segment, 'unknown') as segment,
    crm_account.plan,
    {{ in_reporting_currency('crm_account.arr', 'crm_account.currency') }} as arr,
    {{ lifecycle_stage('described.master_kind', 'crm_account.relationship', 'deal.last_won_on', 'deal.last_renewal_lost_on') }}
        as lifecycle_stage,
    crm_account.region,
    coalesce(crm_account.created_at, described.organization_created_at) as created_at,
    crm_account.renewal_at
from described
inner join identity on described.master_key = identity.master_key
left join crm_account on described.master_key = crm_account.master_key and crm_account.preference = 1
left join shared_domain on crm_account.website_domain = shared_domain.domain
left join domain on described.master_key = domain.master_key
left join deal on described.master_key = deal.master_key
