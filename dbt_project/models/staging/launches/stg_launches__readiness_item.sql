with

source as (
    select * from {{ source('raw', 'launches__readiness_item') }}
),

renamed as (
    select
        readiness_item_id,
        {{ clean('lower(launch)') }} as launch_reference,
        {{ regexp_replace_all("lower(trim(kind))", "[^a-z0-9]+", "_") }} as kind,
        {{ regexp_replace_all("lower(trim(part))", "[^a-z0-9]+", "_") }} as part,
        {{ clean('team') }} as team,
        {{ clean('title') }} as title,
        {{ clean('text') }} as content,
        done_at,
        {{ clean('link') }} as link,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
