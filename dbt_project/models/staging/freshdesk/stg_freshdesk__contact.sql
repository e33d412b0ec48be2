with

source as (
    select * from {{ source('raw', 'freshdesk__contact') }}
),

renamed as (
    select
        id as contact_id,
        company_id,
        {{ clean('company_name') }} as company_name,
        email_key,
        {{ clean('lower(email_domain)') }} as email_domain,
        {{ account_reference(none, 'company_name', 'email_domain') }} as account_reference,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
