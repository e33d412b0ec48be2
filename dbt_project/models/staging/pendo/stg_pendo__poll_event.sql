with

source as (
    select * from {{ source('raw', 'pendo__poll_event') }}
),

renamed as (
    select
        -- Pendo gives an answer no id of its own.
        concat_ws('|', visitor_id, poll_id, cast(answered_at as {{ dbt.type_string() }})) as answer_id,
        poll_id,
        guide_id,
        visitor_id,
        {{ clean('lower(visitor_id_domain)') }} as email_domain,
        {{ clean('account_id') }} as account_external_id,
        {{ clean('lower(poll_type)') }} as poll_type,
        {{ account_reference('account_id', none, 'visitor_id_domain') }} as account_reference,
        {{ clean('answer') }} as answer,
        _text as words,
        _text_sha256 as words_sha256,
        answered_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
