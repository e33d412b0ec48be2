-- Which themes are rising in a segment, and by how much?
-- parameter: segment text enterprise One of core.account's segments, or all.
select
    weekly.segment,
    theme.theme_name,
    weekly.trend,
    weekly.recent_mentions as mentions_8_weeks,
    round(weekly.recent_expected, 1) as expected,
    round(weekly.recent_mentions / nullif(weekly.recent_expected, 0), 1) as times_expected,
    weekly.trend_q
from {{ ref('theme_weekly') }} as weekly
inner join {{ ref('theme') }} as theme on weekly.theme_id = theme.theme_id and theme.valid_to is null
where
    weekly.series = 'restated'
    and weekly.segment = '{{ var('segment', 'enterprise') }}'
    and weekly.channel = 'all'
    and weekly.trend in ('rising', 'new')
    and weekly.week_start = (
        select max(latest.week_start)
        from {{ ref('theme_weekly') }} as latest
        where latest.is_complete_week
    )
order by times_expected desc, weekly.theme_id asc
