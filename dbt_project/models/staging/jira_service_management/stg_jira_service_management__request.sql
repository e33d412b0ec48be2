with

source as (
    select * from {{ source('raw', 'jira_service_management__request') }}
),

renamed as (
    select
        request_key,
        reporter_id,
        {{ clean('organization') }} as organization,
        reporter_email_key as email_key,
        {{ clean('lower(reporter_email_domain)') }} as email_domain,
        {{ account_reference(none, 'organization', 'reporter_email_domain') }} as account_reference,
        {{ clean('request_type') }} as request_type,
        case
            when solved_at is not null or lower(status_category) in ('done', 'erledigt', 'listo') then 'solved'
            else {{ clean('lower(status)') }}
        end as status,
        {{ clean('lower(priority)') }} as priority,
        coalesce(
            {{ clean('lower(product_area)') }},
            nullif({{ regexp_group("lower(label)", "^(?:product_)?area[_:-]([a-z0-9_]+)$") }}, '')
        ) as product_area,
        case
            when satisfaction in ('4', '5', '4.0', '5.0') then 'good'
            when satisfaction in ('1', '2', '1.0', '2.0') then 'bad'
        end as satisfaction,
        _text as words,
        _text_sha256 as words_sha256,
        solved_at,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
