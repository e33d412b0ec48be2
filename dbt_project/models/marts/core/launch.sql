with

launch as (
    select * from {{ ref('stg_launches__launch') }}
),

reference as (
    select * from {{ ref('int_roadmap_reference') }}
),

item as (
    select * from {{ ref('int_roadmap_item') }}
)

select
    launch.launch_id,
    launch.launch_name,
    launch.launch_at,
    coalesce(launch.product_area, item.product_area) as product_area,
    launch.tier,
    reference.roadmap_item_id,
    launch.feature,
    coalesce(launch.status like 'cancel%', false) as is_cancelled
from launch
left join reference on lower(launch.roadmap_item) = reference.reference
left join item on reference.roadmap_item_id = item.roadmap_item_id
