-- Does a theme look bigger in one channel than in another? Share of each channel's feedback in the last 13 weeks, pooled.
-- parameter: weeks integer 13 How many weeks back from the newest.
select
    weekly.theme_id,
    weekly.channel,
    sum(weekly.mentions) as mentions,
    sum(weekly.feedback_n) as feedback_n,
    round(sum(weekly.mentions) / nullif(sum(weekly.feedback_n), 0), 4) as share
from {{ ref('theme_weekly') }} as weekly
where
    weekly.series = 'restated'
    and weekly.segment = 'all'
    and weekly.channel <> 'all'
    and weekly.week_start > (
        select {{ dbt.dateadd('week', -(var('weeks', 13) | int), 'max(latest.week_start)') }}
        from {{ ref('theme_weekly') }} as latest
    )
group by weekly.theme_id, weekly.channel
order by weekly.theme_id asc, share desc nulls last
