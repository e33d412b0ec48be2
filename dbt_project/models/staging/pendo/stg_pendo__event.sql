with

source as (
    select * from {{ source('raw', 'pendo__event') }}
),

renamed as (
    select
        {{ stable_key(['visitor_id', 'used_id', 'cast(event_at as ' ~ dbt.type_string() ~ ')', 'account_id']) }} as event_id,
        event_at,
        {{ utc_date('event_at') }} as usage_date,
        used_id as event_type,
        coalesce({{ clean('used_name') }}, used_id) as feature,
        {{ clean('lower(product_area)') }} as product_area,
        used_id in ('allevents', 'load', 'identify', 'session') as is_automatic,
        case when account_id != visitor_id then {{ clean('account_id') }} end as account_external_id,
        visitor_id as user_key,
        {{ clean('lower(visitor_id_domain)') }} as user_domain,
        coalesce(events, 1) as events,
        _loaded_at as loaded_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
