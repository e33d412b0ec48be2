with

counted as (
    select
        source,
        nullif(stream, '') as stream,
        file,
        file_sha256,
        state,
        reason,
        landed_at,
        loaded_at,
        batch as run_id,
        coalesce(rows_read, 0) as rows_read,
        coalesce(rows_loaded, 0) as rows_loaded,
        coalesce(rows_duplicate, 0) as rows_duplicate,
        coalesce(rows_superseded, 0) as rows_superseded,
        coalesce(rows_quarantined, 0) as rows_quarantined
    from {{ source('ops', 'file') }}
)

select
    run_id,
    source,
    stream,
    {{ regexp_replace_all('file', '[^/!@ ]+@', '…@') }} as file,
    rows_read,
    rows_loaded,
    rows_duplicate,
    rows_superseded,
    rows_quarantined,
    rows_read - rows_loaded - rows_duplicate - rows_superseded - rows_quarantined as balance,
    state,
    reason,
    file_sha256,
    landed_at,
    loaded_at
from counted
