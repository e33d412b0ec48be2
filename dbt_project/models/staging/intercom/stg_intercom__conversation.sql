with

source as (
    select * from {{ source('raw', 'intercom__conversation') }}
),

renamed as (
    select
        id as conversation_id,
        coalesce(
            {{ first_id('contacts') }},
            case when author_type in ('user', 'lead', 'contact') then author_id end
        ) as contact_id,
        author_email_key as email_key,
        {{ clean('lower(author_email_domain)') }} as email_domain,
        case state when 'snoozed' then 'pending' else {{ clean('lower(state)') }} end as status,
        case when priority = 'priority' then 'high' else 'normal' end as priority,
        {{ area_of_tags('tags') }} as product_area,
        case when rating >= 4 then 'good' when rating <= 2 then 'bad' end as satisfaction,
        -- What a colleague or a bot wrote first is no customer's word.
        case when coalesce(author_type, 'user') not in ('admin', 'bot', 'team') then _text end as words,
        case when coalesce(author_type, 'user') not in ('admin', 'bot', 'team') then _text_sha256 end as words_sha256,
        case when state = 'closed' then coalesce(closed_at, updated_at) end as solved_at,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
