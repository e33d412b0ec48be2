with

source as (
    select * from {{ source('raw', 'pendo__poll') }}
),

renamed as (
    select
        id as poll_id,
        guide_id,
        question,
        {{ clean('lower(type)') }} as poll_type,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
