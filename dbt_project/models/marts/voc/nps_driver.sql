select
    theme_id,
    importance,
    importance_low,
    importance_high,
    leave_one_out_impact,
    impact_low as leave_one_out_impact_low,
    impact_high as leave_one_out_impact_high,
    effect,
    effect_q,
    model_r2,
    n,
    mentions,
    method,
    case
        when importance is null then 'insufficient_data'
        when importance_low > 0 and effect_q < {{ voc_limit('driver_q') }} then 'driver'
        else 'not_shown'
    end as state
from {{ ref('int_nps__driver') }}
