with

item as (
    select * from {{ ref('int_roadmap_item') }}
)

select
    roadmap_item_id,
    source_system,
    title,
    product_area,
    status,
    effort,
    created_at,
    shipped_at
from item
