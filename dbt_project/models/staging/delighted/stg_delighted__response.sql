with

source as (
    select * from {{ source('raw', 'delighted__response') }}
),

renamed as (
    select
        response_id,
        coalesce({{ clean('lower(survey_type)') }}, 'nps') as survey_type,
        score,
        person_id,
        email_key,
        {{ clean('lower(email_domain)') }} as email_domain,
        {{ clean('account_external_id') }} as account_external_id,
        {{ clean('company') }} as company,
        {{ clean('lower(product_area)') }} as product_area,
        {{ account_reference('account_external_id', 'company', 'email_domain') }} as account_reference,
        permalink as source_url,
        _text as comment,
        _text_sha256 as comment_sha256,
        created_at as responded_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
