with

source as (
    select * from {{ source('raw', 'salesforce__contact') }}
),

renamed as (
    select
        id as contact_id,
        {{ salesforce_key('id') }} as contact_key,
        {{ salesforce_key('account_id') }} as account_key,
        {{ clean('title') }} as title,
        {{ clean('department') }} as department,
        email_key,
        {{ clean('lower(email_domain)') }} as email_domain,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
