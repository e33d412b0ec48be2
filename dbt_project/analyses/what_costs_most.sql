-- Which themes touch most revenue, are they getting worse, and is anybody working on them?
select
    summary.severity_rank,
    theme.theme_name,
    summary.mentions,
    summary.accounts,
    summary.arr_exposed_low,
    summary.arr_exposed,
    summary.arr_exposed_high,
    summary.open_pipeline,
    summary.lost_arr,
    summary.churned_arr,
    summary.nps_impact,
    summary.trend,
    summary.heard_state
from {{ ref('theme_summary') }} as summary
inner join {{ ref('theme') }} as theme on summary.theme_id = theme.theme_id and theme.valid_to is null
order by summary.severity_rank asc
