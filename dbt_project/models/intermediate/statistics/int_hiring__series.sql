-- Each signal's figures over time, as marts publish them: by week, by month, or launch by launch.
{%- set minutes = hiring_threshold('question_minutes') | trim -%}
{%- set fielded = 'coalesce(questions_fielded_per_pm, 0) * ' ~ minutes ~ ' / 60.0' -%}
{%- set stakeholders = '(stakeholder_hours_per_pm + ' ~ fielded ~ ')' -%}
{%- set weekly = [
    ('stakeholder_load', 'stakeholder_load', stakeholders ~ ' / nullif(' ~ stakeholders ~ ' + customer_hours_per_pm, 0)'),
    ('stakeholder_load', 'customer_time_share', 'customer_time_share'),
    ('stakeholder_load', 'stakeholder_hours_per_pm', 'stakeholder_hours_per_pm'),
    ('stakeholder_load', 'questions_fielded_per_pm', 'questions_fielded_per_pm'),
    ('coordination_overhead', 'coordination_work_per_pm', 'coordination_hours_per_pm + ' ~ fielded),
    ('coordination_overhead', 'coordination_hours_per_pm', 'coordination_hours_per_pm'),
] -%}
{%- set monthly = ['heard_arr_with_decision_share', 'revenue_pulse'] %}
with

week as (
    select * from {{ ref('pm_load_weekly') }} where team = 'all'
),

month as (
    select * from {{ ref('transparency_monthly') }} where month_start < {{ month_start(as_of()) }}
),

launch as (
    select * from {{ ref('launch_readiness') }} where failure_mode <> 'insufficient_data'
),

unioned as (
    {% for signal, measure, figure in weekly -%}
        select
            'week' as period,
            week_start as period_start,
            '{{ signal }}' as signal,
            '{{ measure }}' as measure,
            cast({{ figure }} as double) as value
        from week
        union all
    {% endfor -%}
    {% for measure in monthly -%}
        select
            'month' as period,
            month_start as period_start,
            'transparency_not_scaling' as signal,
            '{{ measure }}' as measure,
            cast({{ measure }} as double) as value
        from month
        union all
    {% endfor -%}
    select
        'launch' as period,
        {{ utc_date('launch_at') }} as period_start,
        'launch_readiness_failures' as signal,
        'launch_readiness_failures' as measure,
        cast(case when failure_mode = 'readiness' then 1 else 0 end as double) as value
    from launch
)

select
    period,
    period_start,
    signal,
    measure,
    value
from unioned
where value is not null
