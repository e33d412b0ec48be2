-- Which heard theme that rises in a segment, or that nobody answers, matters most? Rising ones first, then by revenue exposed.
with latest as (
    select max(week_start) as week_start from voc.theme_weekly where is_complete_week
),

-- In the words of that segment, where it has some.
evidence as (
    select
        *,
        row_number() over (partition by theme_id order by segment = $segment desc, rank) as place
    from voc.theme_evidence
    where stance = 'supporting'
)

select
    summary.theme_id,
    theme.theme_name,
    summary.mentions,
    summary.accounts,
    summary.arr_exposed_low,
    summary.arr_exposed,
    summary.arr_exposed_high,
    summary.heard_state,
    summary.window_start,
    summary.window_end,
    weekly.trend,
    weekly.recent_mentions,
    weekly.recent_expected,
    weekly.recent_mentions / nullif(weekly.recent_expected, 0) as times_expected,
    weekly.trend_q,
    evidence.quote,
    evidence.channel,
    evidence.segment as quote_segment
from voc.theme_summary as summary
inner join core.theme as theme on summary.theme_id = theme.theme_id and theme.valid_to is null
left join voc.theme_weekly as weekly
    on
        summary.theme_id = weekly.theme_id
        and weekly.series = 'restated'
        and weekly.channel = 'all'
        and weekly.segment = $segment
        and weekly.week_start = (select latest.week_start from latest)
left join evidence on summary.theme_id = evidence.theme_id and evidence.place = 1
where summary.heard_state = 'heard_not_building' or weekly.trend in ('rising', 'new')
order by coalesce(weekly.trend in ('rising', 'new'), false) desc, summary.arr_exposed desc nulls last, summary.theme_id
