-- How ready is each team for each launch, and what holds it back?
select
    launch.launch_name,
    team.team,
    team.state,
    team.barrier,
    team.awareness,
    team.awareness_low,
    team.awareness_high,
    team.readiness,
    team.readiness_low,
    team.readiness_high,
    team.knowledge,
    team.ability,
    team.assets,
    team.people
from alignment.launch_team_readiness as team
inner join alignment.launch_readiness as launch on team.launch_id = launch.launch_id
where $team = 'all' or team.team = $team
order by launch.launch_at desc, team.team
