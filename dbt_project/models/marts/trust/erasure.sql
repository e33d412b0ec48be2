select
    erasure_id,
    kind,
    source,
    erased_at,
    files,
    records,
    mentions
from {{ source('ops', 'erasure') }}
