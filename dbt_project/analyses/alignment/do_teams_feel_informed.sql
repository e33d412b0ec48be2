-- Do revenue teams feel in the know as the company grows, and how much of what we hear has an answer?
select
    month_start,
    headcount,
    round(revenue_pulse, 1) as revenue_pulse,
    round(revenue_pulse_low, 1) as revenue_pulse_low,
    round(revenue_pulse_high, 1) as revenue_pulse_high,
    revenue_pulse_n,
    round(product_pulse, 1) as product_pulse,
    round(product_pulse_low, 1) as product_pulse_low,
    round(product_pulse_high, 1) as product_pulse_high,
    round(heard_arr_with_decision_share, 2) as heard_arr_with_decision_share,
    round(heard_arr_with_decision_share_low, 2) as heard_arr_with_decision_share_low,
    round(heard_arr_with_decision_share_high, 2) as heard_arr_with_decision_share_high,
    round(effort_with_evidence_share, 2) as effort_with_evidence_share,
    round(effort_with_evidence_share_low, 2) as effort_with_evidence_share_low,
    round(effort_with_evidence_share_high, 2) as effort_with_evidence_share_high,
    median_days_heard_to_decision,
    median_days_decision_to_told
from {{ ref('transparency_monthly') }}
order by month_start asc
