-- The results of the run that builds this table are added by the publisher, when it has judged the marts too.
select
    gate.run_id,
    gate.suite,
    gate.expectation,
    gate.object,
    gate.severity,
    gate.success,
    gate.observed,
    gate.expected,
    coalesce(gate.waived, false) as waived
from {{ source('ops', 'gate_result') }} as gate
where gate.run_id is distinct from {{ current_run_id() }}
