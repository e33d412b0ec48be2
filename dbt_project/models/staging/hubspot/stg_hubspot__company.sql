with

source as (
    select * from {{ source('raw', 'hubspot__company') }}
),

renamed as (
    select
        id as company_id,
        {{ clean('name') }} as company_name,
        {{ web_domain('domain') }} as website_domain,
        {{ clean('external_id') }} as external_id,
        {{ clean('lower(lifecycle_stage)') }} as lifecycle_stage,
        {{ clean('industry') }} as industry,
        {{ clean('segment') }} as segment,
        {{ clean('plan') }} as plan,
        arr,
        {{ clean('currency') }} as currency,
        coalesce({{ clean('region') }}, {{ clean('country') }}) as region,
        {{ day_to_timestamp('renewal_at') }} as renewal_at,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
