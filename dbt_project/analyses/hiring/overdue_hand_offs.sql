-- Which systems of product operations are overdue for their hand-off, and do they still take time?
select
    name,
    kind,
    stage,
    owner_role,
    hand_off_due,
    manual_hours,
    manual_hours_change
from {{ ref('system_arc') }}
where
    overdue
    and month_start = (select max(latest.month_start) from {{ ref('system_arc') }} as latest)
order by hand_off_due asc, name asc
