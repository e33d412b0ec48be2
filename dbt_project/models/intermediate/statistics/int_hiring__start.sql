-- When something of product operations began: somebody joined, or a system was established (else, stood up).
with

joined as (
    select
        employee_id,
        min(valid_from) as started_on
    from {{ ref('int_person') }}
    where function = 'product_ops'
    group by employee_id
),

established as (
    select
        system_id,
        min(happened_at) as started_on
    from {{ ref('stg_registry__system_event') }}
    where event = 'established'
    group by system_id
),

system as (
    select
        registered.system_id,
        coalesce(established.started_on, registered.stood_up_at) as started_on
    from {{ ref('stg_registry__system') }} as registered
    left join established on registered.system_id = established.system_id
)

select distinct
    'hire' as event_kind,
    'product_ops' as event_id,
    started_on as event_on
from joined
where started_on <= {{ utc_date(as_of()) }}

union all

select
    'system' as event_kind,
    system_id as event_id,
    started_on as event_on
from system
where started_on <= {{ utc_date(as_of()) }}
