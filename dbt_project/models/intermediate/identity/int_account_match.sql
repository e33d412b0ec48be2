-- The account of each source account record: by an exact method, else by what is most likely.
with

exact as (
    select * from {{ ref('int_account_match_exact') }}
),

linkage as (
    select * from {{ ref('int_account_linkage') }}
)

select
    exact.source_system,
    exact.source_id,
    exact.record_kind,
    exact.identity_key,
    coalesce(exact.master_key, linkage.master_key) as master_key,
    case when exact.master_key is null and linkage.master_key is not null then 'probabilistic' else exact.match_method end
        as match_method,
    case
        when exact.master_key is not null then exact.match_confidence
        -- A likely account is never trusted more than one of equal name.
        when linkage.master_key is not null then {{ match_confidence("'exact_name'") }} * linkage.probability
    end as match_confidence
from exact
left join linkage on exact.source_system = linkage.source_system and exact.source_id = linkage.source_id
