with

source as (
    select * from {{ source('raw', 'content__item') }}
),

renamed as (
    select
        url,
        {{ clean('title') }} as title,
        {{ clean('lower(kind)') }} as kind,
        {{ clean('lower(audience)') }} as audience,
        {{ clean('lower(product_area)') }} as product_area,
        {{ clean('lower(launch)') }} as launch_reference,
        {{ clean('lower(status)') }} as status,
        coalesce(created_at, updated_at) as created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
