with

source as (
    select * from {{ source('raw', 'pendo__guide') }}
),

renamed as (
    select
        id as guide_id,
        {{ clean('name') }} as guide_name,
        {{ clean('lower(state)') }} as state,
        coalesce(published_at, created_at) as published_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
