with

source as (
    select * from {{ source('raw', 'calendar__attendance') }}
),

renamed as (
    select
        uid,
        occurrence as occurrence_at,
        attendee_key,
        attendee_domain,
        {{ clean('lower(response)') }} as response,
        {{ clean('lower(participation)') }} as participation,
        {{ clean('lower(attendee_kind)') }} as attendee_kind,
        coalesce(is_organizer, false) as is_organizer,
        revision
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
