with

record as (
    select * from {{ ref('int_account_record') }}
),

zendesk_organization as (
    select * from {{ ref('stg_zendesk__organization') }}
),

shared_domain as (
    select * from {{ ref('shared_domain') }}
),

freshdesk_company as (
    select * from {{ ref('stg_freshdesk__company') }}
),

organization_domain as (
    select
        'zendesk' as source_system,
        organization_id as source_id,
        {{ json_strings('domain_names') }} as domain
    from zendesk_organization

    union all

    select
        'freshdesk' as source_system,
        company_id as source_id,
        {{ json_strings('domain_names') }} as domain
    from freshdesk_company
),

unioned as (
    select
        source_system,
        source_id,
        domain
    from record
    where domain is not null

    union

    select
        source_system,
        source_id,
        {{ web_domain('domain') }} as domain
    from organization_domain
)

select
    source_system,
    source_id,
    domain
from unioned
where domain is not null and domain not in (select shared_domain.domain from shared_domain)
