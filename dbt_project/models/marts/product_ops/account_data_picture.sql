{%- set kinds = ['nps', 'crm', 'support', 'analytics', 'sales', 'research'] -%}
with

account as (
    select
        account_id,
        created_at
    from {{ ref('account') }}
),

crm_record as (
    select distinct account_id
    from {{ ref('account_link') }}
    where
        account_id is not null
        and source_system in (select crm.source from {{ ref('freshness') }} as crm where crm.kind = 'crm')
),

seen as (
    select
        account_id,
        'nps' as kind,
        responded_at as seen_at
    from {{ ref('nps_response') }}

    union all

    select
        account_id,
        'crm' as kind,
        case when closed_at <= {{ as_of() }} then closed_at else created_at end as seen_at
    from {{ ref('opportunity') }}

    union all

    select
        account.account_id,
        'crm' as kind,
        account.created_at as seen_at
    from account
    inner join crm_record on account.account_id = crm_record.account_id

    union all

    select
        account_id,
        'support' as kind,
        created_at as seen_at
    from {{ ref('ticket') }}

    union all

    select
        account_id,
        'analytics' as kind,
        {{ day_to_timestamp('usage_date') }} as seen_at
    from {{ ref('feature_usage_daily') }}

    union all

    select
        account_id,
        channel as kind,
        occurred_at as seen_at
    from {{ ref('feedback') }}
    where channel in ('sales', 'research')
),

latest as (
    select
        account_id,
        kind,
        max(seen_at) as seen_at
    from seen
    where account_id is not null and seen_at <= {{ as_of() }}
    group by account_id, kind
),

delivered as (
    select count(distinct kind) as kinds from latest
),

pivoted as (
    select
        account.account_id,
        {% for kind in kinds -%}
            max(case when latest.kind = '{{ kind }}' then latest.seen_at end) as {{ kind }}_last_seen,
        {% endfor -%}
        count(case when latest.seen_at > {{ dbt.dateadd('day', -365, as_of()) }} then 1 end) as kinds_seen
    from account
    left join latest on account.account_id = latest.account_id
    group by account.account_id
)

select
    pivoted.account_id,
    {% for kind in kinds -%}
        pivoted.{{ kind }}_last_seen,
    {% endfor -%}
    pivoted.kinds_seen / cast(nullif(delivered.kinds, 0) as double) as completeness,
    pivoted.kinds_seen,
    delivered.kinds as kinds_delivered
from pivoted
cross join delivered
