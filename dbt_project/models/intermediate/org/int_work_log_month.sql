-- Whether the hours that were logged in a month may be shown: what one or two people log is their time sheet, whatever it is
-- called. A role whose holders the roster does not know hides nothing. Never leaves this layer.
with

logged as (
    select distinct
        {{ month_start('worked_on') }} as month_start,
        coalesce({{ slug('role') }}, 'product_ops') as role
    from {{ ref('stg_registry__work_log') }}
    where worked_on <= {{ utc_date(as_of()) }}
),

holder as (
    select
        employee_id,
        {{ answering_role('function') }} as role,
        valid_from,
        valid_until
    from {{ ref('int_person') }}
),

held as (
    select
        logged.month_start,
        logged.role,
        count(distinct holder.employee_id) as people
    from logged
    inner join holder
        on
            logged.role = holder.role
            and holder.valid_from <= {{ dbt.dateadd('day', 14, 'logged.month_start') }}
            and holder.valid_until > {{ dbt.dateadd('day', 14, 'logged.month_start') }}
    group by logged.month_start, logged.role
)

select
    logged.month_start,
    coalesce(min(held.people) >= {{ var('min_group_size') }}, true) as is_shown
from logged
left join held on logged.month_start = held.month_start and logged.role = held.role
group by logged.month_start
