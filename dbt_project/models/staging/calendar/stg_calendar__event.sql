with

source as (
    select * from {{ source('raw', 'calendar__event') }}
),

renamed as (
    select
        uid,
        occurrence as occurrence_at,
        starts_at,
        ends_at,
        coalesce(all_day, false) as is_all_day,
        coalesce(recurring, false) as is_recurring,
        coalesce(is_exception, false) as is_exception,
        status,
        transparency,
        organizer_key,
        organizer_domain,
        revision,
        spread_from,
        spread_to,
        updated_at,
        _sequence as delivery
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
