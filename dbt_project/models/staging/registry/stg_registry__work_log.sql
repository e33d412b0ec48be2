with

source as (
    select * from {{ source('raw', 'registry__work_log') }}
),

renamed as (
    select
        entry_id,
        worked_on,
        {{ clean('lower(category)') }} as category,
        hours,
        {{ clean('system_id') }} as system_id,
        {{ clean('lower(role)') }} as role
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
