with

source as (
    select * from {{ source('raw', 'pulse__answer') }}
),

renamed as (
    select
        response_id_key as response_key,
        {{ clean('team') }} as team,
        {{ clean('question') }} as question,
        score,
        answered_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
