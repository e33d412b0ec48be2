-- Whether product operations exists already, in both of its meanings: as a system that stands, and as people.
with

person as (
    select *
    from {{ ref('int_person') }}
    where valid_from <= {{ utc_date(as_of()) }} and valid_until > {{ utc_date(as_of()) }} and function = 'product_ops'
),

system_now as (
    select *
    from {{ ref('system_arc') }}
    where month_start = {{ month_start(as_of()) }} and stage in ('established', 'handed_off', 'automated')
),

people as (
    select
        count(distinct employee_id) as product_ops_people,
        coalesce(max(case when is_manager then 1 else 0 end), 0) = 1 as has_lead
    from person
),

systems as (
    select
        count(*) as standing_systems,
        count(case when kind = 'voc_loop' then 1 end) as standing_loops
    from system_now
)

select
    people.product_ops_people,
    people.has_lead,
    systems.standing_systems,
    systems.standing_loops,
    systems.standing_systems >= {{ hiring_threshold('min_standing_systems') }} and systems.standing_loops > 0 as system_stands
from people
cross join systems
