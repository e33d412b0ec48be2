-- Which launches are known, which are ready, and what does each team that is not ready lack?
select
    launch.launch_id,
    launch.launch_name,
    launch.launch_at,
    launch.verdict,
    launch.failure_mode,
    launch.awareness_score,
    launch.awareness_score_low,
    launch.awareness_score_high,
    launch.readiness_score,
    launch.readiness_score_low,
    launch.readiness_score_high,
    launch.definition_of_done_done,
    launch.definition_of_done_total,
    launch.has_in_product_education,
    launch.has_documentation,
    launch.has_internal_readiness,
    launch.adoption_30d,
    launch.adoption_low,
    launch.adoption_high,
    launch.adoption_n,
    launch.teams,
    list(team.team order by team.team) filter (where team.state = 'not_ready') as teams_not_ready,
    list(team.team || ': ' || team.barrier order by team.team) filter (where team.state = 'not_ready') as barriers
from alignment.launch_readiness as launch
left join alignment.launch_team_readiness as team on launch.launch_id = team.launch_id and not team.suppressed
group by all
order by launch.launch_at desc
