with

source as (
    select * from {{ source('raw', 'dovetail__note') }}
),

renamed as (
    select
        note_id,
        email_key,
        {{ clean('lower(email_domain)') }} as email_domain,
        {{ clean('account_external_id') }} as account_external_id,
        {{ clean('company') }} as company,

        {{ clean('lower(product_area)') }} as product_area,
        {{ account_reference('account_external_id', 'company', 'email_domain') }} as account_reference,
        {{ clean('url') }} as source_url,
        _text as words,
        _text_sha256 as words_sha256,
        created_at as occurred_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
