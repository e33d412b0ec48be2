with

source as (
    select * from {{ source('raw', 'intercom__contact') }}
),

renamed as (
    select
        id as contact_id,
        {{ first_id('companies') }} as company_id,
        email_key,
        {{ clean('lower(email_domain)') }} as email_domain,
        {{ clean('lower(role)') }} as contact_role,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
