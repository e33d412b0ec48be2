-- The item that a key, number or title written in a sheet means. A text that two items go by means neither.
with

name as (
    select
        item_key as reference,
        roadmap_item_id
    from {{ ref('int_roadmap_item') }}
    union distinct
    select
        item_number as reference,
        roadmap_item_id
    from {{ ref('int_roadmap_item') }}
    union distinct
    select
        lower(title) as reference,
        roadmap_item_id
    from {{ ref('int_roadmap_item') }}
)

select
    reference,
    min(roadmap_item_id) as roadmap_item_id
from name
where reference <> ''
group by reference
having count(*) = 1
