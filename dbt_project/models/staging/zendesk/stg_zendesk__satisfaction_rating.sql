with

source as (
    select * from {{ source('raw', 'zendesk__satisfaction_rating') }}
),

renamed as (
    select
        id as rating_id,
        ticket_id,
        case
            when lower(score) like 'good%' then 'good'
            when lower(score) like 'bad%' then 'bad'
        end as satisfaction,
        {{ clean('reason') }} as reason,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
