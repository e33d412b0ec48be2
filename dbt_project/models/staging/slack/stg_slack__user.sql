with

source as (
    select * from {{ source('raw', 'slack__user') }}
),

renamed as (
    select
        id_key as person_key,
        email_key,
        {{ clean('lower(email_domain)') }} as email_domain,
        {{ clean('title') }} as title,
        coalesce(is_bot, false) as is_bot,
        not coalesce(deleted, false) as is_active,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
