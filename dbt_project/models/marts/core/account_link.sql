select
    source_system,
    source_id,
    account_id,
    match_method,
    match_confidence
from {{ ref('int_account_link') }}
