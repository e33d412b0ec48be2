with

source as (
    select * from {{ source('raw', 'registry__role_description') }}
),

renamed as (
    select
        {{ clean('lower(role)') }} as role,
        valid_from,
        description as text,
        describes_arc
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
