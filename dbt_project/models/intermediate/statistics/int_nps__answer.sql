-- Answers that the drivers are sought in, numbered, each with whom it came from and whether it says anything in words.
with answers as (
    select
        response.response_id,
        response.nps_group,
        feedback.feedback_id,
        {{ respondent('response.account_id', 'response.contact_key', 'response.response_id') }} as respondent
    from {{ ref('nps_response') }} as response
    left join {{ ref('feedback') }} as feedback on response.feedback_id = feedback.feedback_id
    where
        response.nps_group is not null
        and response.responded_at <= {{ as_of() }}
        and response.responded_at > {{ dbt.dateadd('week', -voc_limit('voc_driver_weeks'), as_of()) }}
)

select
    feedback_id,
    feedback_id is not null as commented,
    row_number() over (order by response_id) - 1 as answer,
    dense_rank() over (order by respondent) as account,
    case nps_group when 'promoter' then 100 when 'detractor' then -100 else 0 end as net
from answers
