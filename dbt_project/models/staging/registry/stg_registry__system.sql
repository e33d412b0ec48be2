with

source as (
    select * from {{ source('raw', 'registry__system') }}
),

renamed as (
    select
        {{ clean('system_id') }} as system_id,
        {{ clean('name') }} as system_name,
        {{ clean('lower(kind)') }} as kind,
        {{ clean('lower(owner_role)') }} as owner_role,
        stood_up_at,
        hand_off_due
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
