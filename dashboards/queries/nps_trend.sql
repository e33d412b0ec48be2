-- What is the NPS of a segment by month, and how sure is it?
select month_start, n, nps, nps_low, nps_high, state, change_is_significant
from voc.nps_monthly
where segment = $segment
order by month_start desc
limit 12
