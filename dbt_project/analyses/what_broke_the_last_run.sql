-- What broke the last run that was not published?
with

last_failure as (
    select
        run_id,
        started_at,
        state
    from {{ ref('run') }}
    where state <> 'published'
    order by started_at desc
    limit 1
)

select
    last_failure.started_at,
    last_failure.state,
    gate.severity,
    gate.suite,
    gate.object,
    gate.expectation,
    gate.observed,
    gate.expected
from last_failure
left join {{ ref('gate_result') }} as gate on last_failure.run_id = gate.run_id and not gate.success
order by gate.severity asc, gate.object asc, gate.expectation asc
