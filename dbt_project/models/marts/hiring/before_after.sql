select
    event_kind,
    event_id,
    event_on,
    signal,
    measure,
    period,
    periods_before,
    periods_after,
    level_before,
    change,
    change_low,
    change_high,
    case when state = 'estimated' then change_low > 0 or change_high < 0 end as change_is_clear,
    state
from {{ ref('int_hiring__before_after') }}
