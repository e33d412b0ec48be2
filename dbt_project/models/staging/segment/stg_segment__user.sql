with

source as (
    select * from {{ source('raw', 'segment__user') }}
),

renamed as (
    select
        id as user_id,
        email_key,
        {{ clean('lower(email_domain)') }} as email_domain,
        {{ clean('company_id') }} as company_id,
        {{ clean('company_name') }} as company_name,
        {{ clean('plan') }} as plan,
        created_at,
        received_at as updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
