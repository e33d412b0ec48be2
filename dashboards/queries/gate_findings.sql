-- Which expectations do not hold in the publication on show?
select severity, suite, object, expectation, observed, expected
from trust.gate_result
where
    not success
    and run_id = (select last.run_id from trust.run as last where last.state = 'published' order by last.finished_at desc limit 1)
order by severity, suite, object, expectation
