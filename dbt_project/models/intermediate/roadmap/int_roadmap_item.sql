-- What is planned or built, at the level that a roadmap shows: epics and the like where a tracker has them, else what hangs
-- under nothing. The effort of an item that has none of its own is that of what hangs under it.
with

issue as (
    select
        'jira' as source_system,
        issue_key as item_key,
        issue_id as item_number,
        parent_key,
        parent_id,
        title,
        product_area,
        status,
        issue_type in {{ listed(var("roadmap_item_types")) }} as is_named_item,
        -- Points where the tracker uses them at all: days and points do not add up.
        case
            when count(story_points) over () > 0 then story_points
            else original_estimate / 28800.0
        end as effort,
        created_at,
        case
            when resolution in {{ listed(var("declined_resolutions")) }} then null
            when resolved_at is not null then resolved_at
            when status_category in {{ listed(var("done_categories")) }} then status_category_at
        end as shipped_at
    from {{ ref('stg_jira__issue') }}

    union all

    select
        'linear' as source_system,
        id as item_key,
        issue_key as item_number,
        cast(null as {{ dbt.type_string() }}) as parent_key,
        parent_key as parent_id,
        title,
        cast(null as {{ dbt.type_string() }}) as product_area,
        status,
        false as is_named_item,
        estimate as effort,
        created_at,
        case when canceled_at is null then completed_at end as shipped_at
    from {{ ref('stg_linear__issue') }}

    union all

    select
        'productboard' as source_system,
        id as item_key,
        cast(null as {{ dbt.type_string() }}) as item_number,
        cast(null as {{ dbt.type_string() }}) as parent_key,
        cast(null as {{ dbt.type_string() }}) as parent_id,
        title,
        product_area,
        status,
        false as is_named_item,
        effort,
        created_at,
        released_at as shipped_at
    from {{ ref('stg_productboard__feature') }}
),

-- A parent is named by key or by number; a tracker may give either.
placed as (
    select
        issue.*,
        coalesce(by_key.item_key, by_number.item_key) as above,
        sum(case when issue.is_named_item then 1 else 0 end) over (partition by issue.source_system) as named_items
    from issue
    left join issue as by_key on issue.source_system = by_key.source_system and issue.parent_key = by_key.item_key
    left join issue as by_number
        on issue.source_system = by_number.source_system and issue.parent_id = by_number.item_number
),

below as (
    select
        source_system,
        above,
        {{ exact_sum('effort', scale=4) }} as effort
    from placed
    where above is not null and effort is not null
    group by source_system, above
)

select
    placed.source_system || ':' || placed.item_key as roadmap_item_id,
    placed.source_system,
    lower(coalesce(placed.item_key, '')) as item_key,
    lower(coalesce(placed.item_number, '')) as item_number,
    coalesce(placed.title, placed.item_key) as title,
    placed.product_area,
    placed.status,
    coalesce(placed.effort, below.effort) as effort,
    placed.created_at,
    placed.shipped_at
from placed
left join below on placed.source_system = below.source_system and placed.item_key = below.above
where case when placed.named_items > 0 then placed.is_named_item else placed.above is null end
