with

source as (
    select * from {{ source('raw', 'zendesk__user') }}
),

renamed as (
    select
        id as user_id,
        organization_id,
        {{ clean('external_id') }} as external_id,
        email_key,
        {{ clean('lower(email_domain)') }} as email_domain,
        coalesce({{ clean('lower(role)') }}, 'end-user') as user_role,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
