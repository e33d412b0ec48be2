with

source as (
    select * from {{ source('raw', 'productboard__feature') }}
),

renamed as (
    select
        id,
        {{ clean('name') }} as title,
        {{ clean('status') }} as status,
        {{ clean('lower(component)') }} as product_area,
        effort,
        created_at,
        released_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
