with

source as (
    select * from {{ source('raw', 'zendesk__ticket') }}
),

renamed as (
    select
        id as ticket_id,
        organization_id,
        requester_id,
        {{ clean('lower(status)') }} as status,
        {{ clean('lower(priority)') }} as priority,
        {{ clean('lower(type)') }} as ticket_type,
        {{ clean('lower(via_channel)') }} as via_channel,
        {{ area_of_tags('tags') }} as product_area,
        case
            when lower(satisfaction) like 'good%' then 'good'
            when lower(satisfaction) like 'bad%' then 'bad'
        end as satisfaction,
        -- The export gives the address of the API; a person opens the agent's page.
        {{ regexp_replace_all('url', '/api/v2/tickets/([0-9]+)[.]json$', '/agent/tickets/\\1') }} as source_url,
        _text as words,
        _text_sha256 as words_sha256,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
