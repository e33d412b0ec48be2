with

source as (
    select * from {{ source('raw', 'freshdesk__ticket') }}
),

renamed as (
    select
        id as ticket_id,
        requester_id,
        company_id,
        {{ clean('company_name') }} as company_name,
        requester_email_key as email_key,
        {{ clean('lower(requester_email_domain)') }} as email_domain,
        {{ account_reference(none, 'company_name', 'requester_email_domain') }} as account_reference,
        -- The API writes codes, a report labels.
        case lower(status)
            when '2' then 'open'
            when '3' then 'pending'
            when '4' then 'solved'
            when 'resolved' then 'solved'
            when '5' then 'closed'
            else {{ clean('lower(status)') }}
        end as status,
        case lower(priority)
            when '1' then 'low'
            when '2' then 'normal'
            when 'medium' then 'normal'
            when '3' then 'high'
            when '4' then 'urgent'
            else {{ clean('lower(priority)') }}
        end as priority,
        coalesce({{ area_of_tags('tags') }}, {{ json_text('custom_fields', 'cf_product_area') }}) as product_area,
        -- Ratings of the API run from 103 (extremely happy) to -103, those of a report are labels.
        case
            when satisfaction in ('-101', '-102', '-103') or lower(satisfaction) like '%unhappy%' then 'bad'
            when satisfaction in ('101', '102', '103') or lower(satisfaction) like '%happy%' then 'good'
        end as satisfaction,
        _text as words,
        _text_sha256 as words_sha256,
        case when lower(status) in ('4', '5', 'resolved', 'closed') then coalesce(solved_at, updated_at) end as solved_at,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false) and not coalesce(spam, false)
)

select * from renamed
