with

source as (
    select * from {{ source('raw', 'qualtrics__response') }}
),

renamed as (
    select
        response_id,
        score,
        email_key,
        {{ clean('lower(email_domain)') }} as email_domain,
        {{ clean('account_external_id') }} as account_external_id,
        {{ clean('company') }} as company,
        {{ account_reference('account_external_id', 'company', 'email_domain') }} as account_reference,
        {{ clean('user_language') }} as survey_language,
        -- Labels or codes, as the export was asked for: 1 preview, 2 test, 8 spam, 9 spam preview, 17 offline preview.
        case
            when lower(status) like '%preview%' or status in ('1', '9', '17') then 'preview'
            when lower(status) like '%test%' or status = '2' then 'test'
            when lower(status) like '%spam%' or status = '8' then 'spam'
        end as unreal_status,
        lower(finished) in ('true', '1', 'yes', 'wahr') as is_finished,
        _text as comment,
        _text_sha256 as comment_sha256,
        coalesce(recorded_at, ended_at, started_at) as responded_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
