select
    source,
    stream,
    kind,
    last_event_at,
    last_loaded_at,
    cast(expected_every_days as integer) as expected_every,
    case
        when last_loaded_at is null then 'never_loaded'
        when last_event_at is null then 'no_events'
        when {{ dbt.dateadd('day', 'expected_every_days', 'last_event_at') }} >= {{ as_of() }} then 'fresh'
        when {{ dbt.dateadd('day', '2 * expected_every_days', 'last_event_at') }} >= {{ as_of() }} then 'late'
        else 'stale'
    end as state,
    rows_withdrawn
from {{ source('ops', 'stream') }}
