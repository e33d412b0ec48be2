with

match as (
    select * from {{ ref('int_account_match') }}
),

identity as (
    select * from {{ ref('int_account_identity') }}
)

select
    match.source_system,
    match.source_id,
    match.record_kind,
    match.master_key,
    identity.account_id,
    match.match_method,
    match.match_confidence
from match
left join identity on match.master_key = identity.master_key
