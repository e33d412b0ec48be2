with

source as (
    select * from {{ source('raw', 'salesforce__user') }}
),

renamed as (
    select
        id as user_id,
        {{ clean('title') }} as title,
        {{ clean('department') }} as department,
        {{ clean('division') }} as division,
        coalesce(is_active, true) as is_active,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
