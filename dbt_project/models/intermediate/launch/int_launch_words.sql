-- What internal readiness content says to each team about each launch, and which of it was there on the day.
with

item as (
    select
        reference.launch_id,
        {{ readiness_part('item.part', 'item.title') }} as part,
        item.team as alias,
        coalesce(item.content, item.title) as words,
        item.done_at,
        item.updated_at,
        item.readiness_item_id
    from {{ ref('stg_launches__readiness_item') }} as item
    inner join {{ ref('int_launch_reference') }} as reference on item.launch_reference = reference.reference
    where {{ readiness_kind('item.kind') }} = 'internal_readiness'
),

addressed as (
    select
        item.*,
        team.team_id
    from item
    left join {{ ref('int_team_alias') }} as team on item.alias = team.alias
)

select
    launch_id,
    part,
    -- For whom; null: for everybody.
    team_id,
    words,
    done_at,
    row_number() over (
        partition by launch_id, part, team_id
        order by done_at desc nulls last, updated_at desc nulls last, readiness_item_id desc
    ) as age
from addressed
where part is not null
