-- How did the time of product operations shift from running things to building them and to advice?
select month_start, operational_share, automation_share, strategic_share, arc_position, arc_communicated, logged_hours
from product_ops.time_mix_monthly
order by month_start desc
limit 12
