with

source as (
    select * from {{ source('raw', 'mixpanel__event') }}
),

renamed as (
    select
        {{ stable_key(['event_type', 'distinct_id', 'cast(event_at as ' ~ dbt.type_string() ~ ')', 'insert_id']) }} as event_id,
        event_at,
        {{ utc_date('event_at') }} as usage_date,
        event_type,
        {{ json_text('properties', 'feature') }} as feature,
        {{ clean("lower(" ~ json_text('properties', 'product_area') ~ ")") }} as product_area,
        event_type like '$%' as is_automatic,
        coalesce(
            {%- for type in var('account_group_types') %}
                {{ json_first_text('properties', type) }}{{ "," if not loop.last }}
            {%- endfor %}
        ) as account_external_id,
        coalesce(user_id, distinct_id) as user_key,
        {{ clean('lower(coalesce(user_id_domain, distinct_id_domain))') }} as user_domain,
        1 as events,
        _loaded_at as loaded_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
