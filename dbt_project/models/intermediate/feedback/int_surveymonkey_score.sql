-- Pages of the API name options by number; the definition of the survey tells what they say.
with

response as (
    select * from {{ ref('stg_surveymonkey__response') }} where choice_ids is not null
),

question as (
    select {{ json_objects('questions') }} as question
    from {{ ref('stg_surveymonkey__survey_page') }}
),

option as (
    select
        {{ json_text(json_first(json_member('question', 'headings')), 'heading') }} as heading,
        {{ json_objects(json_member(json_member('question', 'answers'), 'choices')) }} as choice
    from question
),

recommendation as (
    select
        {{ json_text('choice', 'id') }} as choice_id,
        {{ json_text('choice', 'text') }} as label
    from option
    where {{ regexp_like('lower(heading)', "how likely.*recommend|wahrscheinlich.*empfehlen|probable.*recom") }}
),

chosen as (
    select
        response.response_id,
        max({{ leading_score('recommendation.label') }}) as score
    from response
    inner join recommendation
        on
            {{ contains(
                "concat(chr(10), response.choice_ids, chr(10))", "concat(chr(10), recommendation.choice_id, chr(10))"
            ) }}
    group by response.response_id
)

select * from chosen
