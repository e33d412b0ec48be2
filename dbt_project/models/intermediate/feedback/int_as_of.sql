-- The moment from which everything looks back: as set, else the latest feedback or score that is not in the future, so that an
-- old export is seen as of its own time; else the present. A clock that was set back does not hide what was seen before.
{% set present = dbt.current_timestamp() -%}
{% if var('clock') -%}
    {% set present = "greatest(" ~ present ~ ", cast('" ~ var('clock') ~ "' as " ~ moment_type() ~ "))" -%}
{% endif -%}
with

feedback as (
    select * from {{ ref('int_feedback_unioned') }}
),

survey_response as (
    select * from {{ ref('int_survey_response') }}
),

said as (
    select occurred_at from feedback
    union all
    -- A score without a word is no feedback, and is an answer all the same.
    select responded_at as occurred_at
    from survey_response
    where nps_score is not null and exclusion_reason is null
),

latest as (
    select max(occurred_at) as occurred_at
    from said
    where occurred_at <= {{ present }}
)

select
    coalesce(
        {% if var('as_of') -%}
            cast('{{ var("as_of") }}' as {{ moment_type() }}),
        {%- endif %}
        latest.occurred_at,
        {{ present }}
    ) as as_of
from latest
