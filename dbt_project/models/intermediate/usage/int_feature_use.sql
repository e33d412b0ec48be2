{{
    config(
        materialized='incremental' if target.type == 'duckdb' else 'table',
        incremental_strategy='delete+insert',
        unique_key='usage_date',
        on_schema_change='append_new_columns',
        post_hook="{% if is_incremental() %}delete from {{ this }} where usage_date not in (select usage_date from {{ ref('int_product_event') }}){% endif %}"
    )
}}
{#- A table of an older layout lacks the column, and all its days are counted again. -#}
{%- set names = adapter.get_columns_in_relation(this) | map(attribute='name') | list if is_incremental() else [] %}
-- Who used which feature on which day. Only days whose events changed are counted again: a day is settled while it has
-- the very events, by when they were loaded, that it had when it was counted.
with

event as (
    select * from {{ ref('int_product_event') }}
),

present as (
    select
        usage_date,
        count(*) as day_events,
        {{ bag_hash('loaded_at') }} as day_version
    from event
    group by usage_date
),

{% if 'day_version' in names -%}
    settled as (
        select
            usage_date,
            max(day_events) as day_events,
            max(day_version) as day_version
        from {{ this }}
        group by usage_date
    ),

    changed as (
        select present.*
        from present
        left join settled
            on
                present.usage_date = settled.usage_date
                and present.day_events = settled.day_events
                and present.day_version = settled.day_version
        where settled.usage_date is null
    ),
{%- else -%}
    changed as (
        select * from present
    ),
{%- endif %}

opened as (
    select
        event.source_system,
        event.usage_date,
        event.event_type,
        coalesce(event.feature, {{ json_text('event.event_properties', 'feature') }}) as feature_property,
        coalesce(event.product_area, {{ json_text('event.event_properties', 'product_area') }}) as product_area,
        event.is_automatic,
        event.event_groups,
        event.account_external_id,
        event.events,
        event.user_domain,
        event.user_key,
        changed.day_events,
        changed.day_version
    from event
    inner join changed on event.usage_date = changed.usage_date
),

counted as (
    select
        source_system,
        usage_date,
        event_type,
        feature_property,
        product_area,
        is_automatic,
        event_groups,
        account_external_id,
        user_domain,
        user_key,
        day_events,
        day_version,
        cast(sum(events) as bigint) as events
    from opened
    group by
        source_system,
        usage_date,
        event_type,
        feature_property,
        product_area,
        is_automatic,
        event_groups,
        account_external_id,
        user_domain,
        user_key,
        day_events,
        day_version
),

grouped as (
    select distinct event_groups from counted
),

-- Read once per distinct set of groups, not once per event.
account_group as (
    select
        event_groups,
        coalesce(
            {%- for type in var('account_group_types') %}
                {{ json_first_text('event_groups', type) }}{{ "," if not loop.last }}
            {%- endfor %}
        ) as account_external_id
    from grouped
    where event_groups is not null
)

select
    counted.usage_date,
    coalesce({{ clean('counted.feature_property') }}, counted.event_type) as feature,
    {{ clean('lower(counted.product_area)') }} as product_area,
    -- What the analytics library sends by itself is no use of a feature.
    counted.feature_property is not null or not counted.is_automatic as is_feature,
    coalesce(counted.account_external_id, {{ clean('account_group.account_external_id') }}) as account_external_id,
    counted.user_domain,
    {{ account_reference(
        'coalesce(counted.account_external_id, account_group.account_external_id)', none, 'counted.user_domain'
    ) }} as account_reference,
    counted.user_key,
    counted.events,
    counted.day_events,
    counted.day_version,
    counted.source_system
from counted
left join account_group on counted.event_groups = account_group.event_groups
