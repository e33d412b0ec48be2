with

source as (
    select * from {{ source('raw', 'hris__roster') }}
),

renamed as (
    select
        employee as employee_id,
        email_key,
        email_domain,
        {{ clean('department') }} as department,
        {{ clean('function') }} as function_name,
        {{ clean('team') }} as team,
        {{ clean('title') }} as title,
        coalesce(is_manager, false) as is_manager,
        valid_from,
        valid_to,
        {{ clean('lower(status)') }} as status,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
