-- How did a theme go week by week: how often, how surely, behind how much revenue, and do those who mention it recommend us?
-- parameter: theme text data_export A theme_id of core.theme.
-- parameter: segment text all One of core.account's segments, or all.
-- parameter: weeks integer 13 How many weeks back from the newest.
select
    weekly.week_start,
    weekly.mentions,
    weekly.accounts,
    round(weekly.share, 3) as share,
    round(weekly.share_low, 3) as share_low,
    round(weekly.share_high, 3) as share_high,
    weekly.arr_exposed,
    round(weekly.expected_mentions, 1) as expected_mentions,
    weekly.anomaly_q < 0.05 as is_news,
    weekly.trend,
    round(weekly.nps) as nps_of_mentioners,
    weekly.nps_n
from {{ ref('theme_weekly') }} as weekly
where
    weekly.theme_id = '{{ var('theme', 'data_export') }}'
    and weekly.series = 'restated'
    and weekly.segment = '{{ var('segment', 'all') }}'
    and weekly.channel = 'all'
    and weekly.week_start > (
        select {{ dbt.dateadd('week', -(var('weeks', 13) | int), 'max(latest.week_start)') }}
        from {{ ref('theme_weekly') }} as latest
    )
order by weekly.week_start desc
