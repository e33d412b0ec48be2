with

source as (
    select * from {{ source('raw', 'question_form__question') }}
),

renamed as (
    select
        question_id,
        email_key,
        {{ clean('team') }} as team,
        {{ clean('launch') }} as launch,
        {{ clean('lower(product_area)') }} as product_area,
        {{ clean('asked_of') }} as asked_of,
        _text as words,
        _text_sha256 as words_sha256,
        {{ clean('answer') }} as answer,
        answered_by_key,
        {{ clean('answered_by_team') }} as answered_by_team,
        asked_at,
        answered_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
