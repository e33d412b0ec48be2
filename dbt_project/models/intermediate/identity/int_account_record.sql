with

crm_account as (
    select * from {{ ref('int_crm_account') }}
),

zendesk_organization as (
    select * from {{ ref('stg_zendesk__organization') }}
),

zendesk_user as (
    select * from {{ ref('stg_zendesk__user') }}
),

delighted_response as (
    select * from {{ ref('stg_delighted__response') }}
),

qualtrics_response as (
    select * from {{ ref('stg_qualtrics__response') }}
),

intercom_company as (
    select * from {{ ref('stg_intercom__company') }}
),

intercom_contact as (
    select * from {{ ref('stg_intercom__contact') }}
),

intercom_conversation as (
    select * from {{ ref('stg_intercom__conversation') }}
),

freshdesk_company as (
    select * from {{ ref('stg_freshdesk__company') }}
),

freshdesk_contact as (
    select * from {{ ref('stg_freshdesk__contact') }}
),

freshdesk_ticket as (
    select * from {{ ref('stg_freshdesk__ticket') }}
),

service_request as (
    select * from {{ ref('stg_jira_service_management__request') }}
),

surveymonkey_response as (
    select * from {{ ref('stg_surveymonkey__response') }}
),

typeform_response as (
    select * from {{ ref('stg_typeform__response') }}
),

pendo_answer as (
    select * from {{ ref('stg_pendo__poll_event') }}
),

interview as (
    select * from {{ ref('stg_interviews__note') }}
),

dovetail_note as (
    select * from {{ ref('stg_dovetail__note') }}
),

declared_item as (
    select * from {{ ref('int_declared_item') }}
),

told as (
    select * from {{ ref('stg_launches__told') }}
),

segment_group as (
    select * from {{ ref('stg_segment__group') }}
),

usage_account as (
    select distinct
        source_system,
        account_reference,
        account_external_id,
        user_domain
    from {{ ref('int_feature_use') }}
    where account_reference is not null

    union

    -- A visitor's answer names the account as his clicks do.
    select
        'pendo' as source_system,
        account_reference,
        account_external_id,
        email_domain as user_domain
    from pendo_answer
    where account_reference is not null
),

unioned as (
    select
        source_system,
        source_id,
        'crm' as record_kind,
        external_key,
        account_name,
        website_domain as domain,
        crm_key as identity_key
    from crm_account

    union all

    select
        'zendesk' as source_system,
        organization_id as source_id,
        'support' as record_kind,
        external_id as external_key,
        organization_name as account_name,
        null as domain,
        'zendesk:' || organization_id as identity_key
    from zendesk_organization

    union all

    -- A requester without an organization refers to an account by the domain of the address alone.
    select distinct
        'zendesk' as source_system,
        {{ account_reference(domain='email_domain') }} as source_id,
        'reference' as record_kind,
        null as external_key,
        null as account_name,
        email_domain as domain,
        null as identity_key
    from zendesk_user
    where organization_id is null and user_role = 'end-user' and email_domain is not null

    union all

    select distinct
        'delighted' as source_system,
        account_reference as source_id,
        'reference' as record_kind,
        account_external_id as external_key,
        company as account_name,
        email_domain as domain,
        null as identity_key
    from delighted_response
    where account_reference is not null

    union all

    select distinct
        'launches' as source_system,
        account_reference as source_id,
        'reference' as record_kind,
        account_external_id as external_key,
        company as account_name,
        null as domain,
        null as identity_key
    from told
    where account_reference is not null

    union all

    select distinct
        'qualtrics' as source_system,
        account_reference as source_id,
        'reference' as record_kind,
        account_external_id as external_key,
        company as account_name,
        email_domain as domain,
        null as identity_key
    from qualtrics_response
    where account_reference is not null

    union all

    select
        'intercom' as source_system,
        company_id as source_id,
        'support' as record_kind,
        external_id as external_key,
        company_name as account_name,
        website_domain as domain,
        'intercom:' || company_id as identity_key
    from intercom_company

    union all

    -- People without a company refer to an account by the domain of their address alone.
    select distinct
        'intercom' as source_system,
        'domain:' || email_domain as source_id,
        'reference' as record_kind,
        null as external_key,
        null as account_name,
        email_domain as domain,
        null as identity_key
    from (
        select email_domain from intercom_contact where company_id is null
        union
        select email_domain from intercom_conversation
    ) as person
    where email_domain is not null

    union all

    select
        'freshdesk' as source_system,
        company_id as source_id,
        'support' as record_kind,
        external_id as external_key,
        company_name as account_name,
        null as domain,
        'freshdesk:' || company_id as identity_key
    from freshdesk_company

    union all

    select distinct
        'freshdesk' as source_system,
        account_reference as source_id,
        'reference' as record_kind,
        null as external_key,
        company_name as account_name,
        email_domain as domain,
        null as identity_key
    from (
        select account_reference, company_name, email_domain from freshdesk_contact where company_id is null
        union
        select account_reference, company_name, email_domain from freshdesk_ticket where company_id is null
    ) as person
    where account_reference is not null

    union all

    select distinct
        'jira_service_management' as source_system,
        account_reference as source_id,
        'reference' as record_kind,
        null as external_key,
        organization as account_name,
        email_domain as domain,
        null as identity_key
    from service_request
    where account_reference is not null

    {% for system, items, company, domain in [
        ('surveymonkey', 'surveymonkey_response', 'company', 'email_domain'),
        ('typeform', 'typeform_response', 'company', 'email_domain'),
        ('interviews', 'interview', 'company', 'coalesce(website_domain, email_domain)'),
        ('dovetail', 'dovetail_note', 'company', 'email_domain')
    ] %}
        union all

        select distinct
            '{{ system }}' as source_system,
            account_reference as source_id,
            'reference' as record_kind,
            account_external_id as external_key,
            {{ company }} as account_name,
            {{ domain }} as domain,
            null as identity_key
        from {{ items }}
        where account_reference is not null
    {% endfor %}

    union all

    select distinct
        source_system,
        account_reference as source_id,
        'reference' as record_kind,
        account_external_id as external_key,
        account_name,
        email_domain as domain,
        null as identity_key
    from declared_item
    where account_reference is not null

    union all

    select
        'segment' as source_system,
        'group:' || group_id as source_id,
        'reference' as record_kind,
        group_id as external_key,
        group_name as account_name,
        website_domain as domain,
        null as identity_key
    from segment_group

    union all

    -- A product names the account by an id or by a name, and does not say which.
    select distinct
        source_system,
        account_reference as source_id,
        'reference' as record_kind,
        account_external_id as external_key,
        account_external_id as account_name,
        user_domain as domain,
        null as identity_key
    from usage_account
),

-- Some write their web site where the name belongs.
completed as (
    select
        unioned.*,
        coalesce(
            unioned.domain,
            case
                when {{ regexp_like("lower(trim(unioned.account_name))", "^[a-z0-9-]+([.][a-z0-9-]+)*[.][a-z][a-z]+$") }}
                    then {{ web_domain('unioned.account_name') }}
            end
        ) as given_domain
    from unioned
),

normalised as (
    select
        source_system,
        source_id,
        record_kind,
        account_name,
        identity_key,
        {{ salesforce_key('external_key') }} as external_key,
        {{ normalised_name('account_name') }} as name_key,
        case
            when lower(given_domain) not in (select shared.domain from {{ ref('shared_domain') }} as shared)
                then lower(given_domain)
        end as domain
    from completed
)

select
    source_system,
    source_id,
    record_kind,
    account_name,
    external_key,
    domain,
    name_key,
    coalesce(
        identity_key,
        'reference:id:' || external_key,
        'reference:domain:' || domain,
        'reference:name:' || name_key
    ) as identity_key
from normalised
