with

source as (
    select * from {{ source('raw', 'surveymonkey__survey_page') }}
),

renamed as (
    select
        id as page_id,
        {{ clean('title') }} as title,
        questions
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
