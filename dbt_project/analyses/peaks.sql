-- Which theme was heard far more in a week than its past explains, by whom, and how unlikely is that by chance?
-- parameter: weeks integer 26 How many weeks back from the newest.
select
    weekly.week_start,
    theme.theme_name,
    weekly.segment,
    weekly.mentions,
    round(weekly.expected_mentions, 1) as expected_mentions,
    weekly.anomaly_q
from {{ ref('theme_weekly') }} as weekly
inner join {{ ref('theme') }} as theme on weekly.theme_id = theme.theme_id and theme.valid_to is null
where
    weekly.series = 'restated'
    and weekly.channel = 'all'
    and weekly.anomaly_q < 0.05
    and weekly.week_start > (
        select {{ dbt.dateadd('week', -(var('weeks', 26) | int), 'max(latest.week_start)') }}
        from {{ ref('theme_weekly') }} as latest
    )
order by weekly.week_start desc, weekly.anomaly_q asc, weekly.theme_id asc
