-- Should we hire for product operations, and how firm is the answer?
select
    form,
    recommendation,
    firing_signals,
    counter_signals,
    system_stands,
    round(100 * robustness) as same_answer_percent,
    rationale
from {{ ref('recommendation') }}
