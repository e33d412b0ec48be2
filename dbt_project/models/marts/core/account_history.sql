select
    account_id,
    valid_from,
    valid_to,
    segment,
    plan,
    arr,
    lifecycle_stage,
    is_observed,
    is_earliest
from {{ ref('int_account_history') }}
