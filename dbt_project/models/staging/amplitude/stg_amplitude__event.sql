with

source as (
    select * from {{ source('raw', 'amplitude__event') }}
),

renamed as (
    select
        uuid as event_id,
        event_at,
        {{ utc_date('event_at') }} as usage_date,
        event_type,
        event_properties,
        groups as event_groups,
        coalesce(user_id, amplitude_id, device_id) as user_key,
        {{ clean('lower(user_id_domain)') }} as user_domain,
        _loaded_at as loaded_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
