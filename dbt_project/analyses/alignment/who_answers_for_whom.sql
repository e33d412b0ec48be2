-- What should product operations own, and how much of it does another role answer?
select
    month_start,
    role,
    expected,
    handled,
    misrouted_in,
    misrouted_out,
    round(misrouted_share, 2) as misrouted_share,
    round(low, 2) as low,
    round(high, 2) as high
from {{ ref('role_boundary') }}
where not suppressed
order by month_start desc, misrouted_out desc, role asc
