-- Which survey responses are in no mart, and why?
select
    source_system,
    exclusion_reason,
    count(*) as responses,
    min(responded_at) as first_at,
    max(responded_at) as last_at
from {{ ref('int_survey_response') }}
where exclusion_reason is not null
group by source_system, exclusion_reason
order by responses desc
