with

source as (
    select * from {{ source('raw', 'launches__decision') }}
),

renamed as (
    select
        decision_id,
        {{ clean('theme_id') }} as theme_id,
        {{ clean('roadmap_item') }} as roadmap_item,
        {{ clean('lower(decision)') }} as decision,
        {{ clean('reason') }} as reason,
        decided_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
