with

source as (
    select * from {{ source('raw', 'teams__user') }}
),

renamed as (
    select
        id_key as person_key,
        email_key,
        {{ clean('lower(email_domain)') }} as email_domain,
        {{ clean('title') }} as title,
        {{ clean('department') }} as department
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
