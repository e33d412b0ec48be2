with

source as (
    select * from {{ source('raw', 'launches__told') }}
),

renamed as (
    select
        told_id,
        {{ clean('roadmap_item') }} as roadmap_item,
        {{ clean('theme_id') }} as theme_id,
        {{ clean('account_external_id') }} as account_external_id,
        {{ clean('company') }} as company,
        {{ account_reference('account_external_id', 'company') }} as account_reference,
        told_at,
        {{ clean('team') }} as team
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
