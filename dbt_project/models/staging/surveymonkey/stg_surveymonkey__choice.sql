with

source as (
    select * from {{ source('raw', 'surveymonkey__survey_page') }}
),

question as (
    select {{ json_objects('questions') }} as question
    from source
    where not coalesce(_deleted, false)
),

choice as (
    select
        {{ json_text('question', 'id') }} as question_id,
        {{ json_text(json_first(json_member('question', 'headings')), 'heading') }} as heading,
        {{ json_objects(json_member(json_member('question', 'answers'), 'choices')) }} as choice
    from question
),

renamed as (
    select
        {{ json_text('choice', 'id') }} as choice_id,
        question_id,
        heading as question,
        {{ json_text('choice', 'text') }} as label
    from choice
)

select * from renamed
