-- How did a theme's share of all feedback move, in stretches of four weeks, with its 95 % interval (Wilson)?
with span as (
    select max(week_start) as last_week from voc.theme_weekly where is_complete_week
),

stretches as (
    select
        span.last_week - to_weeks(cast(datediff('week', weekly.week_start, span.last_week) // 4 * 4 + 3 as integer)) as starts_on,
        sum(weekly.mentions) as mentions,
        sum(weekly.feedback_n) as n
    from voc.theme_weekly as weekly
    cross join span
    where
        weekly.series = 'restated'
        and weekly.is_complete_week
        and weekly.theme_id = $theme
        and weekly.segment = $segment
        and weekly.channel = $channel
        and weekly.week_start > span.last_week - to_weeks($weeks)
    group by starts_on
),

shares as (
    select
        *,
        mentions / nullif(n, 0) as share,
        1.96 * sqrt(mentions / nullif(n, 0) * (1 - mentions / nullif(n, 0)) / n + 3.8416 / (4 * n * n)) as margin
    from stretches
)

select
    cast(starts_on as date) as starts_on,
    mentions,
    n,
    share,
    greatest(0, (share + 1.9208 / n - margin) / (1 + 3.8416 / n)) as low,
    least(1, (share + 1.9208 / n + margin) / (1 + 3.8416 / n)) as high
from shares
order by starts_on
