-- What did the gate say of the publication on show, suite by suite?
select
    suite,
    count(*) as expectations,
    count(*) filter (where success) as passed,
    count(*) filter (where not success and severity = 'warning') as warnings,
    count(*) filter (where not success and severity = 'blocking') as blocking
from trust.gate_result
where run_id = (select last.run_id from trust.run as last where last.state = 'published' order by last.finished_at desc limit 1)
group by suite
order by blocking desc, warnings desc, suite
