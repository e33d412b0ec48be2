{%- set minimum = alignment_limit('question_minimum_n') -%}
with

team as (
    select
        week_start,
        team as asker_team,
        people,
        is_shown
    from {{ ref('int_question_team') }}

    union all

    select distinct
        week_start,
        'all' as asker_team,
        people_of_all as people,
        people_of_all >= {{ var('min_group_size') }} as is_shown
    from {{ ref('int_question_team') }}
),

cell as (
    select * from {{ ref('int_question_cell') }}
),

-- Movement is said only where it is significant at 99 %: a week's figure is looked at again and again. The judge's random
-- errors are part of the scatter; those that lean one way lean so in both stretches.
moved as (
    select
        recent.week_start,
        recent.asker_team,
        recent.mean - before.mean as change,
        2.576 * sqrt(
            greatest(recent.spread, {{ alignment_limit('question_least_spread') }}) / recent.effective
            + greatest(before.spread, {{ alignment_limit('question_least_spread') }}) / before.effective
        ) as margin
    from cell as recent
    inner join cell as before
        on recent.week_start = before.week_start and recent.asker_team = before.asker_team and before.span = 'before'
    where
        recent.span = 'recent'
        and recent.judged >= {{ alignment_limit('question_trend_n') }}
        and before.judged >= {{ alignment_limit('question_trend_n') }}
),

weekly as (
    select
        team.week_start,
        team.asker_team,
        team.people,
        team.is_shown,
        coalesce(cell.judged, 0) >= {{ minimum }} and team.is_shown as is_enough,
        coalesce(cell.questions, 0) as questions,
        coalesce(cell.judged, 0) as judged,
        coalesce(cell.awareness, 0) as awareness,
        coalesce(cell.mechanics, 0) as mechanics,
        coalesce(cell.readiness, 0) as readiness,
        cell.effective,
        cell.mean,
        cell.corrected_mean,
        cell.mean_error,
        cell.effective_readiness,
        cell.readiness_share,
        cell.corrected_readiness,
        cell.readiness_error,
        moved.change,
        moved.margin
    from team
    left join cell on team.week_start = cell.week_start and team.asker_team = cell.asker_team and cell.span = 'week'
    left join moved on team.week_start = moved.week_start and team.asker_team = moved.asker_team
)

select
    week_start,
    asker_team,
    cast(case when is_shown then questions end as bigint) as questions,
    cast(case when is_shown then questions / nullif(cast(people as double), 0) end as double) as questions_per_head,
    cast(case when is_shown then awareness end as bigint) as awareness,
    cast(case when is_shown then mechanics end as bigint) as mechanics,
    cast(case when is_shown then readiness end as bigint) as readiness,
    cast(case when is_enough then readiness_share end as double) as readiness_share,
    cast(
        case
            when is_enough
                then {{ judged_low('readiness_share', 'corrected_readiness', 'effective_readiness', 'readiness_error') }}
        end as double
    ) as readiness_share_low,
    cast(
        case
            when is_enough
                then {{ judged_high('readiness_share', 'corrected_readiness', 'effective_readiness', 'readiness_error') }}
        end as double
    ) as readiness_share_high,
    cast(case when is_enough then 100 * mean end as double) as health_index,
    cast(
        case when is_enough then 100 * {{ judged_low('mean', 'corrected_mean', 'effective', 'mean_error') }} end as double
    ) as health_index_low,
    cast(
        case when is_enough then 100 * {{ judged_high('mean', 'corrected_mean', 'effective', 'mean_error') }} end as double
    ) as health_index_high,
    case
        when not is_shown or change is null then 'insufficient_data'
        when change > margin then 'rising'
        when change < -margin then 'falling'
        else 'stable'
    end as trend,
    cast(case when is_shown then 100 * change end as double) as trend_change,
    not is_shown as suppressed,
    case when is_enough then 'ok' else 'insufficient_data' end as state,
    cast(case when is_shown then {{ poisson_low('questions') }} / nullif(people, 0) end as double) as questions_per_head_low,
    cast(case when is_shown then {{ poisson_high('questions') }} / nullif(people, 0) end as double) as questions_per_head_high,
    cast(case when is_shown then 100 * (change - margin * 1.96 / 2.576) end as double) as trend_change_low,
    cast(case when is_shown then 100 * (change + margin * 1.96 / 2.576) end as double) as trend_change_high,
    cast(case when is_shown then judged end as bigint) as judged
from weekly
