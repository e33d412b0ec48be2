-- The log knows roles and systems, no persons: it is the mix of a function, and no time sheet.
with

work_log as (
    select
        {{ month_start('worked_on') }} as month_start,
        category,
        hours
    from {{ ref('stg_registry__work_log') }}
    where worked_on <= {{ utc_date(as_of()) }} and category in ('operational', 'automation', 'strategic')
),

role_description as (
    select
        valid_from,
        coalesce(
            describes_arc,
            {{ regexp_like(
                'lower(text)',
                'hand(s|ed|ing)?[ -](it |them |this )?(off|over)|automat(e|es|ed|ing)|evolve|will change|move(s)? on to|over time'
            ) }}
        ) as describes_arc
    from {{ ref('stg_registry__role_description') }}
    where {{ regexp_like('role', 'product[ _-]?op') }}
),

handed as (
    select
        month_start,
        max(case when stage in ('handed_off', 'automated') then 1 else 0 end) = 1 as has_handed_off
    from {{ ref('system_arc') }}
    group by month_start
),

summed as (
    select
        month_start,
        {{ exact_sum('hours', 4) }} as logged_hours,
        {{ exact_sum("case when category = 'operational' then hours else 0 end", 4) }} as operational_hours,
        {{ exact_sum("case when category = 'automation' then hours else 0 end", 4) }} as automation_hours,
        {{ exact_sum("case when category = 'strategic' then hours else 0 end", 4) }} as strategic_hours
    from work_log
    group by month_start
    having sum(hours) > 0
),

described as (
    select
        summed.month_start,
        {{ max_by('role_description.describes_arc', 'role_description.valid_from') }} as arc_communicated
    from summed
    inner join role_description
        on role_description.valid_from < {{ dbt.dateadd('month', 1, 'summed.month_start') }}
    group by summed.month_start
)

select
    summed.month_start,
    case when month.is_shown then summed.operational_hours / summed.logged_hours end as operational_share,
    case when month.is_shown then summed.automation_hours / summed.logged_hours end as automation_share,
    case when month.is_shown then summed.strategic_hours / summed.logged_hours end as strategic_share,
    case
        when not month.is_shown then null
        when summed.strategic_hours >= 0.5 * summed.logged_hours then 'advisory'
        when coalesce(handed.has_handed_off, false) or summed.automation_hours >= 0.25 * summed.logged_hours then 'hand_off'
        else 'stand_up'
    end as arc_position,
    described.arc_communicated,
    case when month.is_shown then summed.logged_hours end as logged_hours,
    case
        when month.is_shown and lag(month.is_shown, 3) over (order by summed.month_start)
            then summed.operational_hours - lag(summed.operational_hours, 3) over (order by summed.month_start)
    end as operational_hours_change,
    not month.is_shown as suppressed
from summed
inner join {{ ref('int_work_log_month') }} as month on summed.month_start = month.month_start
left join handed on summed.month_start = handed.month_start
left join described on summed.month_start = described.month_start
