-- How did the last runs go?
select run_id, started_at, finished_at, state, datediff('second', started_at, finished_at) as seconds, code_version, taxonomy_version
from trust.run
order by started_at desc
limit 10
