-- Did the quality of a team's questions move, by how much, and did it fall silent meanwhile?
select
    week_start,
    asker_team,
    questions,
    round(questions_per_head, 2) as questions_per_head,
    round(health_index) as health_index,
    round(health_index_low) as health_index_low,
    round(health_index_high) as health_index_high,
    trend,
    round(trend_change) as trend_change,
    round(trend_change_low) as trend_change_low,
    round(trend_change_high) as trend_change_high
from {{ ref('health_weekly') }}
where
    not suppressed
    and week_start >= (
        select {{ dbt.dateadd('week', -12, 'max(latest.week_start)') }}
        from {{ ref('health_weekly') }} as latest
    )
order by asker_team asc, week_start asc
