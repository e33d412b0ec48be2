{{ config(materialized='view') }}
-- Product events of every analytics system in one shape. Amplitude's properties are opened later, for changed days alone.
with

amplitude_event as (
    select * from {{ ref('stg_amplitude__event') }}
),

mixpanel_event as (
    select * from {{ ref('stg_mixpanel__event') }}
),

posthog_event as (
    select * from {{ ref('stg_posthog__event') }}
),

segment_track as (
    select * from {{ ref('stg_segment__track') }}
),

pendo_event as (
    select * from {{ ref('stg_pendo__event') }}
)

select
    'amplitude' as source_system,
    usage_date,
    event_type,
    event_properties,
    event_groups,
    cast(null as {{ dbt.type_string() }}) as feature,
    cast(null as {{ dbt.type_string() }}) as product_area,
    event_type like '[Amplitude]%'
    or event_type in ('$identify', '$groupidentify', 'session_start', 'session_end') as is_automatic,
    cast(null as {{ dbt.type_string() }}) as account_external_id,
    user_key,
    user_domain,
    1 as events,
    loaded_at
from amplitude_event

{% for system, events in [
    ('mixpanel', 'mixpanel_event'), ('posthog', 'posthog_event'), ('segment', 'segment_track'), ('pendo', 'pendo_event')
] %}
    union all

    select
        '{{ system }}' as source_system,
        usage_date,
        event_type,
        null as event_properties,
        null as event_groups,
        -- Pendo's own sums and signals have a name like features do.
        {{ "case when not is_automatic then feature end" if system == 'pendo' else "feature" }} as feature,
        product_area,
        is_automatic,
        account_external_id,
        user_key,
        user_domain,
        events,
        loaded_at
    from {{ events }}
{% endfor %}
