-- Which launches were announced but not prepared, and how did they go?
select
    readiness.launch_name,
    readiness.launch_at,
    readiness.verdict,
    round(readiness.awareness_score, 1) as awareness,
    round(readiness.readiness_score, 1) as least_ready_team,
    round(readiness.readiness_score_low, 1) as least_ready_team_low,
    round(readiness.readiness_score_high, 1) as least_ready_team_high,
    readiness.definition_of_done_total - readiness.definition_of_done_done as parts_not_done,
    readiness.failure_mode
from {{ ref('launch_readiness') }} as readiness
where readiness.verdict in ('aware_not_ready', 'not_aware')
order by readiness.launch_at desc
