-- Each signal's figure with its interval, from published marts alone, so that its evidence is there for every reader. A figure
-- that too little data stands behind is null here already.
{%- set minutes = hiring_threshold('question_minutes') | trim -%}
{%- set stakeholder = 'stakeholder_hours_per_pm + coalesce(questions_fielded_per_pm, 0) * ' ~ minutes ~ ' / 60.0' -%}
{%- set coordination = 'coordination_hours_per_pm + coalesce(questions_fielded_per_pm, 0) * ' ~ minutes ~ ' / 60.0' %}
with

today as (
    select
        {{ utc_date(as_of()) }} as as_of,
        {{ week_start(dbt.dateadd('week', -1, as_of())) }} as last_week,
        {{ month_start(dbt.dateadd('month', -1, as_of())) }} as last_month
),

pm_week as (
    select
        week_start,
        pms,
        headcount,
        questions_fielded_per_pm,
        stakeholder_hours_per_pm,
        customer_hours_per_pm,
        unclassified_hours_share,
        {{ stakeholder }} as stakeholder_work,
        {{ coordination }} as coordination_work
    from {{ ref('pm_load_weekly') }}
    where team = 'all'
),

recent as (
    select
        pm_week.*,
        {{ dbt.dateadd('week', -12, 'today.last_week') }} as window_start
    from pm_week
    cross join today
    where
        pm_week.week_start between {{ dbt.dateadd('week', -12, 'today.last_week') }} and today.last_week
        and pm_week.stakeholder_hours_per_pm is not null
),

load_ratio as (
    select
        count(*) as n,
        sum(stakeholder_work) / nullif(sum(stakeholder_work + customer_hours_per_pm), 0) as value,
        sum(stakeholder_work + customer_hours_per_pm) as whole,
        avg(unclassified_hours_share) as unclassified,
        avg(stakeholder_work) as stakeholder_work,
        avg(questions_fielded_per_pm) as questions,
        avg(customer_hours_per_pm) as customer_hours
    from recent
),

-- Linearised variance of a ratio of sums, with weeks as the units.
load_error as (
    select
        sqrt(
            sum(power(recent.stakeholder_work - load_ratio.value * (recent.stakeholder_work + recent.customer_hours_per_pm), 2))
            * max(load_ratio.n) / nullif(max(load_ratio.n) - 1, 0)
        ) / nullif(max(load_ratio.whole), 0) as error
    from recent
    cross join load_ratio
),

stakeholder_load as (
    select
        'stakeholder_load' as signal,
        load_ratio.n >= {{ hiring_threshold('min_weeks') }} and coalesce(load_ratio.unclassified, 0) <= 0.5 as is_enough,
        load_ratio.value,
        greatest(0.0, load_ratio.value - {{ t_quantile('(load_ratio.n - 1)') }} * load_error.error) as value_low,
        least(1.0, load_ratio.value + {{ t_quantile('(load_ratio.n - 1)') }} * load_error.error) as value_high,
        load_ratio.n,
        {{ dbt.dateadd('week', -12, 'today.last_week') }} as window_start,
        {{ dbt.dateadd('day', 6, 'today.last_week') }} as window_end,
        cast(null as double) as condition_value,
        'A product manager spends ' || {{ said('load_ratio.stakeholder_work') }} || ' hours a week on stakeholders'
        || case
            when load_ratio.questions is not null
                then
                    ', among them the answers to ' || {{ said('load_ratio.questions')
                    }} || ' questions at {{ minutes }} minutes each,'
            else ''
        end
        || ' and ' || {{ said('load_ratio.customer_hours') }} || ' with customers: '
        || {{ percent('load_ratio.value') }} || ' goes to stakeholders' as finding
    from load_ratio
    cross join load_error
    cross join today
),

judged_launch as (
    select outcome.failure_mode
    from {{ ref('launch_readiness') }} as outcome
    cross join today
    where
        outcome.failure_mode <> 'insufficient_data'
        and outcome.launch_at <= {{ as_of() }}
        and outcome.launch_at > {{ dbt.dateadd('day', -365, as_of()) }}
),

failed as (
    select
        count(*) as n,
        count(case when failure_mode = 'readiness' then 1 end) as failures,
        cast(count(case when failure_mode = 'readiness' then 1 end) as double) / nullif(count(*), 0) as value
    from judged_launch
),

launch_readiness_failures as (
    select
        'launch_readiness_failures' as signal,
        failed.n >= {{ hiring_threshold('min_launches') }} as is_enough,
        failed.value,
        {{ wilson_low('failed.value', 'failed.n') }} as value_low,
        {{ wilson_high('failed.value', 'failed.n') }} as value_high,
        failed.n,
        {{ utc_date(dbt.dateadd('day', -365, as_of())) }} as window_start,
        today.as_of as window_end,
        cast(null as double) as condition_value,
        cast(failed.failures as {{ dbt.type_string() }}) || ' of the last ' || cast(failed.n as {{ dbt.type_string() }})
        || ' launches failed on readiness, although people knew of them' as finding
    from failed
    cross join today
),

transparent_month as (
    select
        {{ months_between('today.last_month', 'transparency.month_start') }} + 11 as month_index,
        transparency.heard_arr_with_decision_share,
        transparency.revenue_pulse,
        transparency.headcount
    from {{ ref('transparency_monthly') }} as transparency
    cross join today
    where
        transparency.month_start between {{ dbt.dateadd('month', -11, 'today.last_month') }} and today.last_month
        and transparency.headcount is not null
),

measure as (
    select
        'the share of heard revenue with a decision' as what,
        month_index,
        headcount,
        heard_arr_with_decision_share as level
    from transparent_month
    where heard_arr_with_decision_share is not null

    union all

    select
        'the revenue teams'' pulse' as what,
        month_index,
        headcount,
        revenue_pulse as level
    from transparent_month
    where revenue_pulse is not null
),

line as (
    select
        what,
        count(*) as n,
        -regr_slope(level, month_index) * (max(month_index) - min(month_index)) as fall,
        {{ slope_error('level', 'month_index') }} * (max(month_index) - min(month_index)) as fall_error,
        regr_intercept(level, month_index) + regr_slope(level, month_index) * min(month_index) as level_before,
        {{ growth('headcount', 'month_index') }} as growth
    from measure
    group by what
),

steepest as (
    select
        *,
        row_number() over (
            order by
                case when n >= {{ hiring_threshold('min_months') }} then 0 else 1 end,
                fall / nullif(level_before, 0) desc,
                what
        ) as place
    from line
    where level_before > 0
),

transparency_not_scaling as (
    select
        'transparency_not_scaling' as signal,
        steepest.n >= {{ hiring_threshold('min_months') }} as is_enough,
        steepest.fall / steepest.level_before as value,
        (steepest.fall - {{ t_quantile('(steepest.n - 2)') }} * steepest.fall_error) / steepest.level_before as value_low,
        (steepest.fall + {{ t_quantile('(steepest.n - 2)') }} * steepest.fall_error) / steepest.level_before as value_high,
        steepest.n,
        {{ dbt.dateadd('month', -11, 'today.last_month') }} as window_start,
        {{ dbt.dateadd('day', -1, dbt.dateadd('month', 1, 'today.last_month')) }} as window_end,
        steepest.growth as condition_value,
        'Within ' || cast(steepest.n as {{ dbt.type_string() }}) || ' months ' || steepest.what
        || case when steepest.fall > 0 then ' fell by ' else ' rose by ' end
        || {{ percent('abs(steepest.fall / steepest.level_before)') }} || ' of its level while headcount changed by '
        || {{ percent('steepest.growth') }} as finding
    from today
    left join steepest on steepest.place = 1
),

half_year as (
    select
        pm_week.*,
        {{ weeks_between('today.last_week', 'pm_week.week_start') }} + 25 as week_index,
        ln(pm_week.coordination_work) as work
    from pm_week
    cross join today
    where
        pm_week.week_start between {{ dbt.dateadd('week', -25, 'today.last_week') }} and today.last_week
        and pm_week.coordination_work > 0
),

coordination as (
    select
        count(*) as n,
        regr_slope(work, week_index) * 26 as growth,
        {{ slope_error('work', 'week_index') }} * 26 as growth_error,
        {{ growth('headcount', 'week_index') }} as headcount_growth,
        {{ growth('pms', 'week_index') }} as pm_growth,
        {{ max_by('pms', 'week_index') }} as pms
    from half_year
),

active as (
    select
        count(distinct case
            when usage_date < {{ dbt.dateadd('week', -21, 'today.last_week') }} then account_id
        end) as before_accounts,
        count(distinct case
            when usage_date >= {{ dbt.dateadd('week', -3, 'today.last_week') }} then account_id
        end) as now_accounts
    from {{ ref('feature_usage_daily') }}
    cross join today
    where
        usage_date >= {{ dbt.dateadd('week', -25, 'today.last_week') }}
        and usage_date < {{ dbt.dateadd('week', 1, 'today.last_week') }}
),

coordination_overhead as (
    select
        'coordination_overhead' as signal,
        coordination.n >= 2 * {{ hiring_threshold('min_weeks') }} as is_enough,
        exp(coordination.growth) - 1 as value,
        exp(coordination.growth - {{ t_quantile('(coordination.n - 2)') }} * coordination.growth_error) - 1 as value_low,
        exp(coordination.growth + {{ t_quantile('(coordination.n - 2)') }} * coordination.growth_error) - 1 as value_high,
        coordination.n,
        {{ dbt.dateadd('week', -25, 'today.last_week') }} as window_start,
        {{ dbt.dateadd('day', 6, 'today.last_week') }} as window_end,
        greatest(
            coordination.headcount_growth,
            case when active.before_accounts >= 10 then active.now_accounts / cast(active.before_accounts as double) - 1 end
        ) as condition_value,
        -- Brooks 1975: a ceiling of what could be coordinated, not a measurement of what is.
        'With ' || {{ said('coordination.pms', 0) }} || ' product managers (at most '
        || {{ said('coordination.pms * (coordination.pms - 1) / 2', 0) }} || ' paths between them) '
        || 'coordination work of each changed by '
        || {{ percent('exp(coordination.growth) - 1') }} || ' over half a year, while their number changed by '
        || {{ percent('coordination.pm_growth') }} || ' and the company''s headcount by '
        || {{ percent('coordination.headcount_growth') }} as finding
    from coordination
    cross join active
    cross join today
),

latest as (
    select
        week_start,
        pms,
        headcount,
        row_number() over (order by week_start desc) as age
    from pm_week
),

small_early_team as (
    select
        'small_early_team' as signal,
        latest.pms is not null as is_enough,
        cast(latest.pms as double) as value,
        cast(latest.pms as double) as value_low,
        cast(latest.pms as double) as value_high,
        case when latest.pms is not null then 1 else 0 end as n,
        coalesce(latest.week_start, today.last_week) as window_start,
        {{ dbt.dateadd('day', 6, 'coalesce(latest.week_start, today.last_week)') }} as window_end,
        cast(latest.headcount as double) as condition_value,
        'The company has ' || cast(latest.pms as {{ dbt.type_string() }}) || ' product managers among '
        || cast(latest.headcount as {{ dbt.type_string() }}) || ' people' as finding
    from today
    left join latest on latest.age = 1
),

unioned as (
    select * from stakeholder_load
    union all
    select * from launch_readiness_failures
    union all
    select * from transparency_not_scaling
    union all
    select * from coordination_overhead
    union all
    select * from small_early_team
)

select
    signal,
    case when is_enough then value end as value,
    case when is_enough then value_low end as value_low,
    case when is_enough then value_high end as value_high,
    coalesce(n, 0) as n,
    cast(window_start as date) as window_start,
    cast(window_end as date) as window_end,
    condition_value,
    case when is_enough then finding end as finding
from unioned
