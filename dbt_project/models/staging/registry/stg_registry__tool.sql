with

source as (
    select * from {{ source('raw', 'registry__tool') }}
),

renamed as (
    select
        {{ clean('tool') }} as tool,
        {{ clean('lower(category)') }} as category,
        {{ clean('lower(owner_role)') }} as owner_role,
        {{ clean('lower(boundary)') }} as boundary,
        {{ clean('lower(source_system)') }} as source_system
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
