-- An identifier that two accounts claim identifies neither.
select
    match_method,
    identifier,
    min(master_key) as master_key,
    count(distinct master_key) as claimants
from {{ ref('int_account_claim') }}
group by match_method, identifier
