-- Where is each system of product operations on its arc?
select name, kind, stage, owner_role, manual_hours, automated_share, hand_off_due, overdue
from product_ops.system_arc
where month_start = (select max(latest.month_start) from product_ops.system_arc as latest)
order by stage, name
