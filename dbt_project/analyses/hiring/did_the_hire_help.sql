-- What changed when somebody joined product operations or a system was established, and where can nobody tell?
select
    event_kind,
    event_id,
    event_on,
    signal,
    measure,
    state,
    round(level_before, 2) as level_before,
    round(change, 2) as change,
    round(change_low, 2) as change_low,
    round(change_high, 2) as change_high,
    change_is_clear
from {{ ref('before_after') }}
order by case state when 'estimated' then 0 else 1 end, event_on desc, event_id asc, signal asc, measure asc
