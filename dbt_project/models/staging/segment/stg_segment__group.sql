with

source as (
    select * from {{ source('raw', 'segment__group') }}
),

renamed as (
    select
        id as group_id,
        {{ clean('name') }} as group_name,
        {{ web_domain('domain') }} as website_domain,
        {{ clean('plan') }} as plan,
        created_at,
        received_at as updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
