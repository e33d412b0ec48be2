-- What do revenue teams ask: what a launch is, how it works, or how to get customers ready?
with recent as (
    select *
    from alignment.health_weekly
    where
        not suppressed
        and week_start > (select max(latest.week_start) from alignment.health_weekly as latest) - to_weeks($weeks)
        and ($team = 'all' or asker_team = $team)
),

mixes as (
    select
        asker_team,
        sum(awareness) as awareness,
        sum(mechanics) as mechanics,
        sum(readiness) as readiness,
        sum(awareness) + sum(mechanics) + sum(readiness) as n,
        arg_max(trend, week_start) as trend,
        arg_max(trend_change, week_start) as trend_change
    from recent
    group by asker_team
),

shares as (
    select
        *,
        readiness / nullif(n, 0) as share,
        1.96 * sqrt(readiness / nullif(n, 0) * (1 - readiness / nullif(n, 0)) / n + 3.8416 / (4 * n * n)) as margin
    from mixes
)

select
    asker_team,
    awareness,
    mechanics,
    readiness,
    n,
    share as readiness_share,
    greatest(0, (share + 1.9208 / n - margin) / (1 + 3.8416 / n)) as low,
    least(1, (share + 1.9208 / n + margin) / (1 + 3.8416 / n)) as high,
    trend,
    trend_change
from shares
order by asker_team <> 'all', asker_team
