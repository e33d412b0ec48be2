with

source as (
    select * from {{ source('raw', 'zendesk__organization') }}
),

renamed as (
    select
        id as organization_id,
        {{ clean('name') }} as organization_name,
        {{ clean('external_id') }} as external_id,
        domain_names,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false) and deleted_at is null
)

select * from renamed
