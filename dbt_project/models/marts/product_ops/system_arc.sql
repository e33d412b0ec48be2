with

system as (
    select * from {{ ref('stg_registry__system') }}
),

step as (
    select * from {{ ref('stg_registry__system_event') }} where happened_at <= {{ utc_date(as_of()) }}
),

work_log as (
    select * from {{ ref('stg_registry__work_log') }} where worked_on <= {{ utc_date(as_of()) }}
),

begun as (
    select
        system.system_id,
        system.system_name,
        -- What is none of the four kinds is a process: a way of working.
        case when system.kind in ('process', 'tool', 'voc_loop', 'content') then system.kind else 'process' end as kind,
        system.owner_role,
        system.hand_off_due,
        coalesce(system.stood_up_at, min(step.happened_at), {{ utc_date(as_of()) }}) as stood_up_at
    from system
    left join step on system.system_id = step.system_id
    group by
        system.system_id,
        system.system_name,
        system.kind,
        system.owner_role,
        system.hand_off_due,
        system.stood_up_at
),

month as (
    select
        begun.*,
        days.day as month_start,
        least({{ dbt.dateadd('day', -1, dbt.dateadd('month', 1, 'days.day')) }}, {{ utc_date(as_of()) }}) as seen_on
    from begun
    inner join
        {{ days_from(month_start(dbt.dateadd('month', -60, as_of())), month_start(as_of()), 'month') }} as days
        on days.day >= {{ month_start('begun.stood_up_at') }}
    where begun.stood_up_at <= {{ utc_date(as_of()) }}
),

reached as (
    select
        month.system_id,
        month.month_start,
        {{ max_by(
            'step.event',
            "case when step.event in ('established', 'handed_off', 'automated', 'retired') then step.happened_at end"
        ) }} as stage,
        {{ max_by('step.to_role', 'case when step.to_role is not null then step.happened_at end') }} as to_role,
        {{ max_by('step.automated_share', 'case when step.automated_share is not null then step.happened_at end') }}
            as automated_share,
        {{ max_by('step.hand_off_due', 'case when step.hand_off_due is not null then step.happened_at end') }} as hand_off_due
    from month
    left join step on month.system_id = step.system_id and month.seen_on >= step.happened_at
    group by month.system_id, month.month_start
),

logged as (
    select
        {{ month_start('worked_on') }} as month_start,
        system_id,
        {{ exact_sum("case when category = 'operational' then hours else 0 end", 4) }} as manual_hours
    from work_log
    group by {{ month_start('worked_on') }}, system_id
),

logged_month as (
    select * from {{ ref('int_work_log_month') }}
),

staged as (
    select
        month.month_start,
        month.system_id,
        month.system_name as name,
        month.kind,
        coalesce(reached.stage, 'stand_up') as stage,
        coalesce(reached.to_role, month.owner_role) as owner_role,
        -- A month in which nobody logs anything says nothing of the hours.
        case when logged_month.is_shown then coalesce(logged.manual_hours, 0) end as manual_hours,
        not coalesce(logged_month.is_shown, true) as suppressed,
        case when reached.stage = 'automated' then coalesce(reached.automated_share, 1.0) else reached.automated_share end
            as automated_share,
        coalesce(reached.hand_off_due, month.hand_off_due) as hand_off_due,
        month.seen_on
    from month
    inner join reached on month.system_id = reached.system_id and month.month_start = reached.month_start
    left join logged on month.system_id = logged.system_id and month.month_start = logged.month_start
    left join logged_month on month.month_start = logged_month.month_start
)

select
    month_start,
    system_id,
    name,
    kind,
    stage,
    owner_role,
    manual_hours,
    automated_share,
    hand_off_due,
    coalesce(hand_off_due < seen_on and stage in ('stand_up', 'established'), false) as overdue,
    manual_hours - avg(manual_hours) over (
        partition by system_id
        order by month_start
        rows between 3 preceding and 1 preceding
    ) as manual_hours_change,
    suppressed
from staged
