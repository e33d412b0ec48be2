-- What is our NPS by segment, how sure are we, and did it move?
-- parameter: months integer 3 How many months back from the newest.
select
    segment,
    month_start,
    n,
    round(nps) as nps,
    round(nps_low) as nps_low,
    round(nps_high) as nps_high,
    round(change) as change,
    change_is_significant,
    state
from {{ ref('nps_monthly') }}
where
    month_start >= (
        select {{ dbt.dateadd('month', -(var('months', 3) | int), 'max(latest.month_start)') }}
        from {{ ref('nps_monthly') }} as latest
    )
order by segment asc, month_start asc
