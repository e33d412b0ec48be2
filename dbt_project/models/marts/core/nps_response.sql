with

survey_response as (
    select * from {{ ref('int_survey_response') }} where nps_score is not null and exclusion_reason is null
),

feedback as (
    select * from {{ ref('int_feedback_unioned') }}
)

select
    survey_response.source_system || ':' || survey_response.source_key as response_id,
    survey_response.source_system,
    survey_response.responded_at,
    survey_response.account_id,
    survey_response.contact_key,
    survey_response.nps_score as score,
    {{ nps_group('survey_response.nps_score') }} as nps_group,
    feedback.feedback_id
from survey_response
left join feedback
    on
        survey_response.source_system = feedback.source_system
        and survey_response.source_stream = feedback.source_stream
        and survey_response.source_key = feedback.source_key
