with

source as (
    select * from {{ source('raw', 'registry__system_event') }}
),

renamed as (
    select
        {{ clean('system_id') }} as system_id,
        happened_at,
        {{ clean('lower(event)') }} as event,
        {{ clean('lower(to_role)') }} as to_role,
        automated_share,
        hand_off_due
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
