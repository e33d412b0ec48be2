with

source as (
    select * from {{ source('raw', 'segment__track') }}
),

renamed as (
    select
        message_id as event_id,
        event_at,
        {{ utc_date('event_at') }} as usage_date,
        event_type,
        coalesce({{ clean('feature') }}, {{ json_text('properties', 'feature') }}) as feature,
        {{ clean('lower(product_area)') }} as product_area,
        false as is_automatic,
        {{ clean('group_id') }} as account_external_id,
        coalesce(user_id, anonymous_id) as user_key,
        {{ clean('lower(user_id_domain)') }} as user_domain,
        1 as events,
        _loaded_at as loaded_at
    from source
    where not coalesce(_deleted, false) and event_type is not null
)

select * from renamed
