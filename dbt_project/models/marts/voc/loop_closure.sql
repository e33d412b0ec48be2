-- Who asked before it shipped, and whether they were told since. A row of the sheet that names no account told them all.
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
            -- Praise asks for nothing: it speaks only where the account said nothing else.
            order by case when said.sentiment >= 0.05 then 1 else 0 end, said.occurred_at desc, said.feedback_id desc
        ) as age
    from {{ ref('int_voc__said') }} as said
    inner join shipped on said.theme_id = shipped.theme_id and said.occurred_at < shipped.shipped_at
    where said.account_id is not null
),

-- What a row leaves open holds for all. Sheet and shipped items are few, who asked are many: joined with equalities only.
told as (
    select
        told.account_id,
        shipped.theme_id,
        shipped.roadmap_item_id,
        min(told.told_at) as told_at
    from {{ ref('int_told') }} as told
    inner join shipped
        on
            coalesce(told.theme_id, shipped.theme_id) = shipped.theme_id
            and coalesce(told.roadmap_item_id, shipped.roadmap_item_id) = shipped.roadmap_item_id
            -- Sheets give days. Before it shipped there was nothing to tell but plans.
            and {{ dbt.date_trunc('day', 'told.told_at') }} >= {{ dbt.date_trunc('day', 'shipped.shipped_at') }}
    group by told.account_id, shipped.theme_id, shipped.roadmap_item_id
),

answered as (
    select
        asked.*,
        case
            when for_all.told_at is null or told.told_at < for_all.told_at then told.told_at
            else for_all.told_at
        end as told_at
    from asked
    left join told
        on
            asked.account_id = told.account_id
            and asked.theme_id = told.theme_id
            and asked.roadmap_item_id = told.roadmap_item_id
    left join told as for_all
        on
            asked.theme_id = for_all.theme_id
            and asked.roadmap_item_id = for_all.roadmap_item_id
            and for_all.account_id is null
    where asked.age = 1
)

select
    account_id,
    theme_id,
    roadmap_item_id,
    feedback_id,
    shipped_at,
    told_at,
    case when lifecycle_stage = 'prospect' then 'sales' else 'customer_success' end as owner_team,
    case
        when told_at is not null then 'told'
        when lifecycle_stage = 'churned' then 'not_applicable'
        else 'to_tell'
    end as state
from answered
