-- The run that builds this table is added by the publisher, when its end is known.
select
    run.run_id,
    run.started_at,
    run.finished_at,
    -- Only one run holds the writer's lock, so any other that says it is running was killed.
    case when run.state = 'running' then 'failed' else run.state end as state,
    run.code_version,
    run.taxonomy_version,
    run.seconds,
    run.files,
    run.rows_read,
    run.rows_quarantined
from {{ source('ops', 'run') }} as run
where run.run_id is distinct from {{ current_run_id() }}
