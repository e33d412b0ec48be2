with

source as (
    select * from {{ source('raw', 'surveymonkey__response') }}
),

renamed as (
    select
        response_id,
        {{ leading_score('score_answer') }} as score,
        choice_ids,
        email_key,
        {{ clean('lower(email_domain)') }} as email_domain,
        {{ clean('account_external_id') }} as account_external_id,
        {{ clean('company') }} as company,
        {{ clean('lower(product_area)') }} as product_area,
        {{ account_reference('account_external_id', 'company', 'email_domain') }} as account_reference,
        _text as comment,
        _text_sha256 as comment_sha256,
        coalesce(responded_at, updated_at, started_at) as responded_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
