with

source as (
    select * from {{ source('raw', 'slack__channel') }}
),

renamed as (
    select
        id as channel_id,
        name as channel_name,
        coalesce(is_archived, false) as is_archived,
        {{ clean('topic') }} as topic,
        {{ clean('purpose') }} as purpose,
        created_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
