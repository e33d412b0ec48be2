with

source as (
    select * from {{ source('raw', 'freshdesk__company') }}
),

renamed as (
    select
        id as company_id,
        {{ clean('name') }} as company_name,
        domains as domain_names,
        {{ clean('external_id') }} as external_id,
        {{ clean('account_tier') }} as account_tier,
        {{ clean('health_score') }} as health_score,
        renewal_at,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
