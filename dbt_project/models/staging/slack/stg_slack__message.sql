with

source as (
    select * from {{ source('raw', 'slack__message') }}
),

renamed as (
    select
        channel_id || '/' || ts as message_id,
        -- Outside a thread a message is a thread of its own.
        channel_id || '/' || coalesce({{ clean('thread_ts') }}, ts) as thread_id,
        channel_id,
        channel_name,
        user_key as person_key,
        _text as words,
        _text_sha256 as words_sha256,
        sent_at
    from source
    -- What people wrote: no joins and leaves, no integrations, nothing that was deleted.
    where
        not coalesce(_deleted, false)
        and user_key is not null
        and bot_id is null
        and coalesce(subtype, 'thread_broadcast') in ('thread_broadcast', 'me_message', 'file_share')
)

select * from renamed
