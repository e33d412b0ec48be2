with

source as (
    select * from {{ source('raw', 'hubspot__contact') }}
),

renamed as (
    select
        id as contact_id,
        {{ first_id('company_ids') }} as company_id,
        {{ clean('job_title') }} as title,
        {{ clean('company_name') }} as company_name,
        email_key,
        {{ clean('lower(email_domain)') }} as email_domain,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
