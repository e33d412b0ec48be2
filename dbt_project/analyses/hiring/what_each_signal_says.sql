-- What does each signal say, how sure is it, and where are the rows behind it?
select
    kind,
    signal,
    state,
    value,
    value_low,
    value_high,
    threshold,
    n,
    finding,
    benchmark,
    evidence_query
from {{ ref('signal') }}
order by kind desc, signal asc
