with

source as (
    select * from {{ source('raw', 'gong__transcript') }}
),

renamed as (
    select
        call_id,
        _text as words,
        _text_sha256 as words_sha256
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
