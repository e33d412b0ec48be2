with

source as (
    select * from {{ source('raw', 'intercom__company') }}
),

renamed as (
    select
        id as company_id,
        {{ clean('company_id') }} as external_id,
        {{ clean('name') }} as company_name,
        {{ web_domain('website') }} as website_domain,
        {{ clean('plan') }} as plan,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
