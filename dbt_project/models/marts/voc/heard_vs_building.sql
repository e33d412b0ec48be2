-- Both directions: each theme that is heard or was decided on, with what is built for it, and each item that no theme explains.
with

decisions as (
    select
        coalesce(today.theme_id_today, decision.theme_id) as theme_id,
        decision.roadmap_item_id,
        decision.decision,
        decision.reason,
        decision.decided_at,
        row_number() over (
            partition by coalesce(today.theme_id_today, decision.theme_id), decision.roadmap_item_id
            order by decision.decided_at desc nulls last, decision.decision_id desc
        ) as age
    from {{ ref('decision') }} as decision
    left join {{ ref('int_voc__theme_today') }} as today on decision.theme_id = today.theme_id
    where decision.decided_at is null or decision.decided_at <= {{ as_of() }}
),

items as (
    select
        roadmap_item_id,
        shipped_at,
        effort / nullif(sum(cast(effort as decimal(27, 4))) over (), 0) as effort_share
    from {{ ref('roadmap_item') }}
),

heard as (
    select
        *,
        rank() over (order by mentions desc, accounts desc) as heard_rank
    from {{ ref('int_voc__heard') }}
    where mentions > 0
),

links as (
    select * from {{ ref('int_theme_item_link') }}
),

pairs as (
    select
        theme_id,
        roadmap_item_id
    from links
    union distinct
    -- Decisions that name no item; those that do are links, unless people said never.
    select
        theme_id,
        roadmap_item_id
    from decisions
    where theme_id is not null and roadmap_item_id is null
),

themes as (
    select theme_id from heard
    union distinct
    select theme_id from pairs
),

by_theme as (
    select
        themes.theme_id,
        pairs.roadmap_item_id,
        decisions.decision,
        decisions.reason,
        decisions.decided_at,
        links.link_method,
        links.link_confidence
    from themes
    left join pairs on themes.theme_id = pairs.theme_id
    left join links on pairs.theme_id = links.theme_id and pairs.roadmap_item_id = links.roadmap_item_id
    left join decisions
        on
            pairs.theme_id = decisions.theme_id
            and coalesce(pairs.roadmap_item_id, '') = coalesce(decisions.roadmap_item_id, '')
            and decisions.age = 1
),

unexplained as (
    select
        cast(null as {{ dbt.type_string() }}) as theme_id,
        items.roadmap_item_id,
        decisions.decision,
        decisions.reason,
        decisions.decided_at,
        cast(null as {{ dbt.type_string() }}) as link_method,
        cast(null as double) as link_confidence
    from items
    left join decisions
        on items.roadmap_item_id = decisions.roadmap_item_id and decisions.theme_id is null and decisions.age = 1
    where items.roadmap_item_id not in (
        select by_theme.roadmap_item_id from by_theme
        where by_theme.roadmap_item_id is not null
    )
),

ledger as (
    select * from by_theme
    union all
    select * from unexplained
),

-- From the decision on: that it is declined is told as well.
told as (
    select
        by_theme.theme_id,
        by_theme.roadmap_item_id,
        min(told.told_at) as told_at
    from by_theme
    inner join {{ ref('int_told') }} as told
        on
            coalesce(told.theme_id, by_theme.theme_id) = by_theme.theme_id
            and coalesce(told.roadmap_item_id, by_theme.roadmap_item_id, '') = coalesce(by_theme.roadmap_item_id, '')
            and {{ dbt.date_trunc('day', 'told.told_at') }} >= {{ dbt.date_trunc('day', 'by_theme.decided_at') }}
    group by by_theme.theme_id, by_theme.roadmap_item_id
)

select
    ledger.theme_id,
    ledger.roadmap_item_id,
    cast(coalesce(heard.mentions, 0) as bigint) as heard_mentions,
    cast(coalesce(heard.accounts, 0) as bigint) as heard_accounts,
    cast(case when heard.theme_id is null then 0 else heard.arr end as double) as heard_arr,
    cast(heard.heard_rank as bigint) as heard_rank,
    cast(items.effort_share as double) as effort_share,
    case
        when ledger.decision = 'decline' then 'declined'
        when items.shipped_at <= {{ as_of() }} then 'shipped'
        when ledger.theme_id is null or heard.theme_id is null then 'building_not_heard'
        when items.roadmap_item_id is not null or ledger.decision = 'build' then 'aligned'
        else 'heard_not_building'
    end as state,
    ledger.decision,
    ledger.reason as decision_reason,
    first_heard.heard_at,
    ledger.decided_at,
    items.shipped_at,
    told.told_at,
    cast(
        case
            when ledger.decided_at >= first_heard.heard_at
                then {{ dbt.datediff('first_heard.heard_at', 'ledger.decided_at', 'day') }}
        end as bigint
    ) as days_heard_to_decision,
    ledger.link_method,
    ledger.link_confidence,
    -- Who was told was told on the day of the decision at the earliest.
    cast(
        {{ dbt.datediff('ledger.decided_at', 'told.told_at', 'day') }}
        as bigint
    ) as days_decision_to_told
from ledger
left join heard on ledger.theme_id = heard.theme_id
left join {{ ref('int_voc__heard') }} as first_heard on ledger.theme_id = first_heard.theme_id
left join items on ledger.roadmap_item_id = items.roadmap_item_id
left join told
    on ledger.theme_id = told.theme_id and coalesce(ledger.roadmap_item_id, '') = coalesce(told.roadmap_item_id, '')
