with

source as (
    select * from {{ source('raw', 'teams__message') }}
),

renamed as (
    select
        channel_id || '/' || id as message_id,
        channel_id || '/' || coalesce({{ clean('reply_to_id') }}, id) as thread_id,
        channel_id,
        user_key as person_key,
        _text as words,
        _text_sha256 as words_sha256,
        created_at as sent_at
    from source
    where
        not coalesce(_deleted, false)
        and deleted_at is null
        and user_key is not null
        and coalesce(type, 'message') = 'message'
)

select * from renamed
