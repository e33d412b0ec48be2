select
    source,
    stream,
    {{ regexp_replace_all('file', '[^/!@ ]+@', '…@') }} as file,
    line,
    reason,
    raw_redacted,
    batch as run_id
from {{ source('ops', 'quarantine') }}
