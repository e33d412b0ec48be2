with

source as (
    select * from {{ source('raw', 'pendo__guide_event') }}
),

renamed as (
    select
        guide_id,
        visitor_id as visitor_key,
        {{ clean('account_id') }} as account_external_id,
        {{ clean('type') }} as event_type,
        event_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
