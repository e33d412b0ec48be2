with

source as (
    select * from {{ source('raw', 'registry__plan_item') }}
),

renamed as (
    select
        item_id,
        {{ clean('quarter') }} as quarter,
        {{ clean('team') }} as team,
        owner_key is not null as has_owner,
        target_date is not null as has_target_date,
        {{ clean('outcome') }} is not null as has_outcome,
        {{ clean('template') }} as template
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
