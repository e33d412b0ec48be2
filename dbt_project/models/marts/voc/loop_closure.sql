-- Who asked before it shipped. Nothing that is connected yet says who was told, so every open loop is still to be told.
with

shipped as (
    select
        ledger.theme_id,
        ledger.roadmap_item_id,
        ledger.shipped_at
    from {{ ref('heard_vs_building') }} as ledger
    where ledger.state = 'shipped' and ledger.theme_id is not null
),

asked as (
    select
        said.account_id,
        said.theme_id,
        said.lifecycle_stage,
        shipped.roadmap_item_id,
        shipped.shipped_at,
        said.feedback_id,
        row_number() over (
            partition by said.account_id, said.theme_id, shipped.roadmap_item_id
            order by said.occurred_at desc, said.feedback_id desc
        ) as age
    from {{ ref('int_voc__said') }} as said
    inner join shipped on said.theme_id = shipped.theme_id and said.occurred_at < shipped.shipped_at
    where said.account_id is not null
)

select
    account_id,
    theme_id,
    roadmap_item_id,
    feedback_id,
    shipped_at,
    cast(null as timestamptz) as told_at,
    case when lifecycle_stage = 'prospect' then 'sales' else 'customer_success' end as owner_team,
    case when lifecycle_stage = 'churned' then 'not_applicable' else 'to_tell' end as state
from asked
where age = 1
