-- Sums over the questions of a week, and of the stretches that its trend compares, by team and for all together.
with

question as (
    select
        {{ week_start('asked_at') }} as asked_week,
        coalesce(asker_team, 'unknown') as team,
        asker_key,
        quality,
        coalesce(quality_confidence, 1) as confidence
    from {{ ref('int_question') }}
    where coalesce(quality, '') <> 'not_question' and asked_at <= {{ as_of() }}
),

week as (
    select distinct week_start from {{ ref('int_question_team') }}
),

placed as (
    select
        week.week_start,
        question.*,
        case
            when question.asked_week = week.week_start then 'week'
        end as this_week,
        case
            when question.asked_week > {{ dbt.dateadd('week', -alignment_limit('question_trend_weeks'), 'week.week_start') }}
                then 'recent'
            else 'before'
        end as stretch
    from week
    inner join question
        on
            question.asked_week <= week.week_start
            and question.asked_week
            > {{ dbt.dateadd('week', -2 * alignment_limit('question_trend_weeks'), 'week.week_start') }}
),

in_span as (
    select *, stretch as span from placed
    union all
    select *, this_week as span from placed
    where this_week is not null
),

by_team as (
    select *, team as asker_team from in_span
    union all
    select *, 'all' as asker_team from in_span
),

by_asker as (
    select
        week_start,
        span,
        asker_team,
        asker_key,
        count(*) as questions,
        count(quality) as judged,
        sum(case when quality = 'awareness' then 1 else 0 end) as awareness,
        sum(case when quality = 'mechanics' then 1 else 0 end) as mechanics,
        sum(case when quality = 'readiness' then 1 else 0 end) as readiness,
        sum({{ quality_score('quality') }}) as score,
        sum(power({{ quality_score('quality') }}, 2)) as square,
        {{ exact_sum(expected_score('quality', 'confidence'), 12) }} as expected,
        {{ exact_sum(score_variance('quality', 'confidence'), 12) }} as score_error,
        {{ exact_sum(
            "case when quality = 'readiness' then confidence else (1 - confidence) / 2 end", 12
        ) }} as expected_readiness,
        {{ exact_sum(
            "case when quality = 'readiness' then confidence * (1 - confidence)
                else (1 - confidence) / 2 * (1 - (1 - confidence) / 2) end", 12
        ) }} as readiness_error
    from by_team
    group by week_start, span, asker_team, asker_key
),

by_cell as (
    select
        week_start,
        span,
        asker_team,
        sum(questions) as questions,
        sum(awareness) as awareness,
        sum(mechanics) as mechanics,
        sum(readiness) as readiness,
        sum(judged) as judged,
        sum(case when judged > 0 then 1 else 0 end) as askers,
        sum(judged * judged) as judged_squared,
        sum(score * score) as score_squared,
        sum(score * judged) as score_cross,
        sum(readiness * readiness) as readiness_squared,
        sum(readiness * judged) as readiness_cross,
        sum(score) / nullif(sum(judged), 0) as mean,
        sum(square) / nullif(sum(judged), 0) - power(sum(score) / nullif(sum(judged), 0), 2) as spread,
        cast(sum(readiness) as double) / nullif(sum(judged), 0) as readiness_share,
        {{ exact_sum('expected', 12) }} / nullif(sum(judged), 0) as corrected_mean,
        {{ exact_sum('score_error', 12) }} / nullif(power(sum(judged), 2), 0) as mean_error,
        {{ exact_sum('expected_readiness', 12) }} / nullif(sum(judged), 0) as corrected_readiness,
        {{ exact_sum('readiness_error', 12) }} / nullif(power(sum(judged), 2), 0) as readiness_error
    from by_asker
    group by week_start, span, asker_team
)

select
    week_start,
    span,
    asker_team,
    questions,
    awareness,
    mechanics,
    readiness,
    judged,
    {{ clustered_effective_n('mean', 'judged', 'askers', 'score_squared', 'score_cross', 'judged_squared') }} as effective,
    {{ clustered_effective_n(
        'readiness_share', 'judged', 'askers', 'readiness_squared', 'readiness_cross', 'judged_squared'
    ) }} as effective_readiness,
    mean,
    spread,
    readiness_share,
    corrected_mean,
    mean_error,
    corrected_readiness,
    readiness_error
from by_cell
