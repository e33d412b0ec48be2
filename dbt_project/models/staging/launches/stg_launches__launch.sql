with

source as (
    select * from {{ source('raw', 'launches__launch') }}
),

renamed as (
    select
        launch_id,
        {{ clean('launch_name') }} as launch_name,
        launch_at,
        {{ clean('lower(product_area)') }} as product_area,
        {{ clean('tier') }} as tier,
        {{ clean('roadmap_item') }} as roadmap_item,
        {{ clean('feature') }} as feature,
        {{ clean('lower(status)') }} as status
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
