-- How fresh is each stream?
select source, stream, state, last_event_at, last_loaded_at, expected_every
from trust.freshness
where state <> 'never_loaded'
order by state = 'fresh', source, stream
