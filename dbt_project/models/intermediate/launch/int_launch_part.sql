-- The definition of done of each launch, part by part, as it stood on the day of the launch, or stands today if that is still
-- to come. In-product education, documentation and internal readiness are parts of every one, listed in its sheet or not.
with

launch as (
    select
        launch_id,
        launch_name,
        case when launch_at <= {{ as_of() }} then launch_at else {{ as_of() }} end as seen_at
    from {{ ref('launch') }}
    where not is_cancelled and launch_at is not null
),

reference as (
    select * from {{ ref('int_launch_reference') }}
),

listed as (
    select
        reference.launch_id,
        {{ readiness_kind('item.kind') }} as part,
        item.done_at,
        item.link,
        'definition of done' as evidence
    from {{ ref('stg_launches__readiness_item') }} as item
    inner join reference on item.launch_reference = reference.reference
),

found as (
    select
        reference.launch_id,
        'in_product_education' as part,
        guide.published_at as done_at,
        cast(null as {{ dbt.type_string() }}) as link,
        'guide' as evidence
    from {{ ref('stg_pendo__guide') }} as guide
    inner join reference on lower(guide.guide_name) = reference.reference
    where guide.state = 'public'

    union all

    select
        coalesce(said.launch_id, titled.launch_id) as launch_id,
        case
            when item.audience is null or item.audience in ('customer', 'customers', 'public', 'users', 'everybody', 'external')
                then 'documentation'
            else 'internal_readiness'
        end as part,
        item.created_at as done_at,
        item.url as link,
        'content inventory' as evidence
    from {{ ref('stg_content__item') }} as item
    left join reference as said on item.launch_reference = said.reference
    left join reference as titled on lower(item.title) = titled.reference
    where
        coalesce(said.launch_id, titled.launch_id) is not null
        and coalesce(item.status, 'published') not in ('draft', 'archived', 'unpublished')
),

required as (
    select
        launch.launch_id,
        part.part
    from launch
    cross join (
        select 'in_product_education' as part
        union all
        select 'documentation' as part
        union all
        select 'internal_readiness' as part
    ) as part
),

wanted as (
    select
        launch_id,
        part
    from required
    union distinct
    select
        launch_id,
        part
    from listed
)

select
    wanted.launch_id,
    wanted.part,
    count(listed.part) as items,
    count(case when listed.done_at <= launch.seen_at then 1 end) as items_done,
    coalesce(
        (count(listed.part) > 0 and count(listed.part) = count(case when listed.done_at <= launch.seen_at then 1 end))
        or max(case when found.first_at <= launch.seen_at then 1 end) = 1,
        false
    ) as is_done,
    max(case when found.first_at <= launch.seen_at then 1 else 0 end) = 1 as is_found,
    max(launch.seen_at) as seen_at
from wanted
inner join launch on wanted.launch_id = launch.launch_id
left join listed on wanted.launch_id = listed.launch_id and wanted.part = listed.part
left join (
    select
        launch_id,
        part,
        min(done_at) as first_at
    from found
    group by launch_id, part
) as found on wanted.launch_id = found.launch_id and wanted.part = found.part
group by wanted.launch_id, wanted.part
