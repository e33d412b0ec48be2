-- What holds each team back, and how often: knowledge, ability or material?
select
    team.team,
    team.barrier,
    count(*) as launches,
    round(avg(team.readiness), 1) as readiness
from {{ ref('launch_team_readiness') }} as team
where team.state = 'not_ready'
group by team.team, team.barrier
order by launches desc, team.team asc, team.barrier asc
