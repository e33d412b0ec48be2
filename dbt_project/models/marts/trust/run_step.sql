-- The steps of the run that builds this table are added by the publisher, as far as they have come.
select
    step.run_id,
    step.step,
    step.started_at,
    step.finished_at,
    step.seconds,
    step.attempts
from {{ source('ops', 'run_step') }} as step
where step.run_id is distinct from {{ current_run_id() }}
