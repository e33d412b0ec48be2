with

source as (
    select * from {{ source('raw', 'zendesk__comment') }}
),

renamed as (
    select
        id as comment_id,
        ticket_id,
        author_id,
        _text as words,
        _text_sha256 as words_sha256,
        coalesce(public, true) as is_public,
        created_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
