-- Which themes go with a low NPS, and for which is that shown rather than noise?
select
    theme_id,
    state,
    mentions,
    round(100 * importance, 2) as percent_of_variance,
    round(effect) as points_of_mentioners,
    round(leave_one_out_impact, 1) as impact_on_nps,
    round(leave_one_out_impact_low, 1) as impact_low,
    round(leave_one_out_impact_high, 1) as impact_high
from {{ ref('nps_driver') }}
order by importance desc nulls last, theme_id asc
