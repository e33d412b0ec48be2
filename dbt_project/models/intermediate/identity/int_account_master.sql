-- The records that make accounts. One system is the master: the CRM where it has delivered (of two, Salesforce), else the
-- support systems' organizations, else whatever accounts surveys and usage refer to.
with recursive

record as (
    select * from {{ ref('int_account_record') }}
),

crm_account as (
    select * from {{ ref('int_crm_account') }}
),

master_kind as (
    select
        case
            when count(case when record_kind = 'crm' then 1 end) > 0 then 'crm'
            when count(case when record_kind = 'support' then 1 end) > 0 then 'support'
            else 'reference'
        end as record_kind
    from record
),

-- Each CRM record with the account that survives its merges, merges of merges included.
merged as (
    select
        crm_key as first_key,
        crm_key as surviving_key,
        merged_into_crm_key,
        0 as steps
    from crm_account

    union all

    select
        merged.first_key,
        survivor.crm_key as surviving_key,
        survivor.merged_into_crm_key,
        merged.steps + 1 as steps
    from merged
    inner join crm_account as survivor on merged.merged_into_crm_key = survivor.crm_key
    where merged.steps < 20
),

survivor as (
    select
        merged.first_key,
        {{ max_by('merged.surviving_key', 'merged.steps') }} as surviving_key
    from merged
    group by merged.first_key
),

-- Of two CRMs always the same one leads: Salesforce, then HubSpot.
leading_crm as (
    select max(source_system) as source_system
    from record
    where record_kind = 'crm'
),

crm as (
    select
        record.source_system,
        record.source_id,
        record.identity_key,
        survivor.surviving_key as master_key
    from record
    inner join leading_crm on record.source_system = leading_crm.source_system
    inner join survivor on record.identity_key = survivor.first_key
    inner join crm_account as surviving on survivor.surviving_key = surviving.crm_key and not surviving.is_deleted
    where record.record_kind = 'crm'
),

support as (
    select
        source_system,
        source_id,
        identity_key,
        identity_key as master_key
    from record
    -- Of several support systems always the same one leads; the others' organizations are linked to its.
    where record_kind = 'support' and source_system = (
        select max(support_record.source_system)
        from record as support_record
        where support_record.record_kind = 'support'
    )
),

-- A domain or name that comes with an external id belongs to that id's account and makes none of its own, and a name that
-- comes with a domain belongs to the domain's.
owned_domain as (
    select distinct domain
    from record
    where external_key is not null and domain is not null
),

owned_name as (
    select distinct name_key
    from record
    where (external_key is not null or domain is not null) and name_key is not null
),

reference as (
    select
        record.source_system,
        record.source_id,
        record.identity_key,
        record.identity_key as master_key
    from record
    left join owned_domain on record.domain = owned_domain.domain
    left join owned_name on record.name_key = owned_name.name_key
    where
        record.record_kind = 'reference'
        and record.identity_key is not null
        and (
            record.external_key is not null
            or (record.domain is not null and owned_domain.domain is null)
            or (record.domain is null and owned_name.name_key is null)
        )
)

select
    crm.*,
    'crm' as master_kind
from crm
where (select master_kind.record_kind from master_kind) = 'crm'

union all

select
    support.*,
    'support' as master_kind
from support
where (select master_kind.record_kind from master_kind) = 'support'

union all

select
    reference.*,
    'reference' as master_kind
from reference
where (select master_kind.record_kind from master_kind) = 'reference'
