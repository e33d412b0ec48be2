-- What do customers of a segment talk about on a channel, how much of all they say is it, and did it move?
with span as (
    select max(week_start) as last_week from voc.theme_weekly where is_complete_week
),

cells as (
    select
        weekly.theme_id,
        sum(weekly.mentions) as mentions,
        sum(weekly.feedback_n) as feedback_n,
        arg_max(weekly.trend, weekly.week_start) as trend,
        arg_max(weekly.recent_mentions, weekly.week_start) as recent_mentions,
        arg_max(weekly.recent_expected, weekly.week_start) as recent_expected
    from voc.theme_weekly as weekly
    cross join span
    where
        weekly.series = 'restated'
        and weekly.is_complete_week
        and weekly.segment = $segment
        and weekly.channel = $channel
        and weekly.week_start > span.last_week - to_weeks($weeks)
    group by weekly.theme_id
),

shares as (
    select
        *,
        mentions / nullif(feedback_n, 0) as share,
        1.96 * sqrt(mentions / nullif(feedback_n, 0) * (1 - mentions / nullif(feedback_n, 0)) / feedback_n
        + 3.8416 / (4 * feedback_n * feedback_n)) as margin
    from cells
)

select
    shares.theme_id,
    theme.theme_name,
    theme.product_area,
    shares.mentions,
    shares.feedback_n,
    shares.share,
    greatest(0, (shares.share + 1.9208 / shares.feedback_n - shares.margin) / (1 + 3.8416 / shares.feedback_n)) as share_low,
    least(1, (shares.share + 1.9208 / shares.feedback_n + shares.margin) / (1 + 3.8416 / shares.feedback_n)) as share_high,
    shares.trend,
    shares.recent_mentions,
    shares.recent_expected,
    summary.accounts,
    summary.arr_exposed_low,
    summary.arr_exposed,
    summary.arr_exposed_high,
    summary.heard_state
from shares
inner join core.theme as theme on shares.theme_id = theme.theme_id and theme.valid_to is null
left join voc.theme_summary as summary on shares.theme_id = summary.theme_id
where shares.mentions > 0 and ($area = 'all' or theme.product_area = $area)
order by shares.mentions desc, shares.theme_id
