{%- set minutes = hiring_threshold('question_minutes') | trim -%}
{%- set signals = ['stakeholder_load', 'launch_readiness_failures', 'transparency_not_scaling', 'coordination_overhead'] -%}
with

measure as (
    select
        measured.*,
        case measured.signal
            {%- for name in signals %}
                when '{{ name }}' then {{ hiring_threshold(name) }}
            {%- endfor %}
            when 'small_early_team' then {{ hiring_threshold('small_team_pms') }}
        end as threshold,
        case measured.signal
            when 'transparency_not_scaling' then 0.0
            when 'coordination_overhead' then {{ hiring_threshold('growth') }}
            when 'small_early_team' then {{ hiring_threshold('early_stage_headcount') }}
        end as condition_threshold,
        'date ''' || cast(measured.window_start as {{ dbt.type_string() }}) || '''' as first_day,
        'date ''' || cast(measured.window_end as {{ dbt.type_string() }}) || '''' as last_day
    from {{ ref('int_hiring__measure') }} as measured
),

benchmark as (
    select
        signal,
        {{ dbt.listagg("figure || ' (' || source || ')'", "'; '", "order by position") }} as benchmark
    from {{ ref('published_benchmark') }}
    group by signal
)

select
    {{ utc_date(as_of()) }} as as_of,
    measure.signal,
    case when measure.signal = 'small_early_team' then 'counter_signal' else 'signal' end as kind,
    measure.value,
    measure.value_low,
    measure.value_high,
    cast(measure.threshold as double) as threshold,
    case
        when measure.signal = 'small_early_team'
            then
                case
                    when measure.value is null then 'insufficient_data'
                    when
                        measure.value <= measure.threshold and measure.condition_value < measure.condition_threshold
                        then 'firing'
                    when
                        measure.value * {{ watch_from() }} <= measure.threshold
                        and measure.condition_value * {{ watch_from() }} < measure.condition_threshold
                        then 'watch'
                    else 'clear'
                end
        when measure.signal = 'transparency_not_scaling'
            then {{ signal_state('measure.value', 'measure.value_low', 'measure.threshold', 'measure.condition_value > 0') }}
        when measure.signal = 'coordination_overhead'
            then {{ signal_state(
                'measure.value', 'measure.value_low', 'measure.threshold', 'measure.condition_value >= measure.condition_threshold'
            ) }}
        else {{ signal_state('measure.value', 'measure.value_low', 'measure.threshold', 'true') }}
    end as state,
    measure.window_start,
    measure.window_end,
    cast(measure.n as bigint) as n,
    case measure.signal
        when 'stakeholder_load'
            then
                'select week_start, pms, stakeholder_hours_per_pm, questions_fielded_per_pm, customer_hours_per_pm, '
                || 'unclassified_hours_share, '
                || 'sum(stakeholder_hours_per_pm + coalesce(questions_fielded_per_pm, 0) * {{ minutes }} / 60.0) over () / '
                || 'sum(stakeholder_hours_per_pm + coalesce(questions_fielded_per_pm, 0) * {{ minutes }} / 60.0 '
                || '+ customer_hours_per_pm) over () as value from hiring.pm_load_weekly where team = ''all'' '
                || 'and stakeholder_hours_per_pm is not null and week_start between '
                || measure.first_day || ' and ' || measure.last_day || ' order by week_start'
        when 'launch_readiness_failures'
            then
                'select launch_id, launch_name, launch_at, verdict, failure_mode, '
                || 'avg(case when failure_mode = ''readiness'' then 1.0 else 0.0 end) over () as value '
                || 'from alignment.launch_readiness where failure_mode <> ''insufficient_data'' and launch_at > timestamptz '''
                || {{ moment_text(dbt.dateadd('day', -365, as_of())) }}
                || ''' and launch_at <= timestamptz '''
                || {{ moment_text(as_of()) }} || ''' order by launch_at'
        when 'transparency_not_scaling'
            then
                'with shown as (select *, datediff(''month'', ' || measure.first_day || ', month_start) as month_index '
                || 'from alignment.transparency_monthly where headcount is not null and month_start between '
                || measure.first_day || ' and ' || measure.last_day || '), '
                || 'measure as (unpivot (select month_start, month_index, headcount, heard_arr_with_decision_share, '
                || 'revenue_pulse from shown) on heard_arr_with_decision_share, revenue_pulse into name measure value level), '
                || 'line as (select measure, -regr_slope(level, month_index) * (max(month_index) - min(month_index)) / '
                || '(regr_intercept(level, month_index) + regr_slope(level, month_index) * min(month_index)) as value, '
                || 'count(*) as months from measure group by measure) '
                || 'select measure.*, line.value from measure inner join line on measure.measure = line.measure '
                || 'order by line.months >= {{ hiring_threshold("min_months") | trim }} desc, line.value desc, month_start'
        when 'coordination_overhead'
            then
                'select week_start, pms, headcount, coordination_hours_per_pm, questions_fielded_per_pm, exp(26 * regr_slope('
                || 'ln(coordination_hours_per_pm + coalesce(questions_fielded_per_pm, 0) * {{ minutes }} / 60.0), '
                || 'datediff(''week'', ' || measure.first_day || ', week_start)) over ()) - 1 as value '
                || 'from hiring.pm_load_weekly where team = ''all'' '
                || 'and coordination_hours_per_pm + coalesce(questions_fielded_per_pm, 0) * {{ minutes }} / 60.0 > 0 '
                || 'and week_start between ' || measure.first_day || ' and ' || measure.last_day || ' order by week_start'
        else
            'select week_start, pms, headcount, cast(pms as double) as value from hiring.pm_load_weekly where team = ''all'' '
            || 'and week_start between ' || measure.first_day || ' and ' || measure.last_day
    end as evidence_query,
    cast(measure.condition_value as double) as condition_value,
    cast(measure.condition_threshold as double) as condition_threshold,
    measure.finding,
    benchmark.benchmark
from measure
left join benchmark on measure.signal = benchmark.signal
