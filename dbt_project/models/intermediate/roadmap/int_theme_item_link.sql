-- Which planned item answers which theme: what people say wins, then what was decided, then what its own words are about.
with

rule as (
    select
        rules.decision,
        reference.roadmap_item_id,
        rules.theme = '*' as is_any_theme,
        coalesce(today.theme_id_today, named_theme.theme_id) as theme_id
    from {{ source('ops', 'theme_rule') }} as rules
    inner join {{ ref('int_roadmap_reference') }} as reference on lower(rules.roadmap_item) = reference.reference
    left join {{ ref('int_theme_reference') }} as named_theme on lower(rules.theme) = named_theme.reference
    left join {{ ref('int_voc__theme_today') }} as today on named_theme.theme_id = today.theme_id
),

claim as (
    select
        roadmap_item_id,
        theme_id,
        'manual' as link_method,
        1.0 as confidence,
        1 as place
    from rule
    where decision = 'link' and theme_id is not null

    union all

    select
        decision.roadmap_item_id,
        coalesce(today.theme_id_today, decision.theme_id) as theme_id,
        'decision' as link_method,
        1.0 as confidence,
        2 as place
    from {{ ref('decision') }} as decision
    left join {{ ref('int_voc__theme_today') }} as today on decision.theme_id = today.theme_id
    where
        decision.roadmap_item_id is not null and decision.theme_id is not null
        and (decision.decided_at is null or decision.decided_at <= {{ as_of() }})

    union all

    select
        item.roadmap_item_id,
        matched.theme_id,
        'similarity' as link_method,
        matched.confidence,
        3 as place
    from {{ ref('int_roadmap_item') }} as item
    inner join {{ source('enriched', 'roadmap_theme') }} as matched
        on item.source_system = matched.source_system and item.item_key = lower(matched.item_key)
    where matched.theme_id is not null
),

-- Likeness is asked only about items that nobody has said anything of.
ranked as (
    select
        claim.*,
        min(claim.place) over (partition by claim.roadmap_item_id) as best_place_of_item,
        row_number() over (partition by claim.roadmap_item_id, claim.theme_id order by claim.place) as age
    from claim
),

forbidden as (
    select * from rule where decision = 'never'
)

select
    ranked.roadmap_item_id,
    ranked.theme_id,
    ranked.link_method,
    cast(ranked.confidence as double) as link_confidence
from ranked
where
    ranked.age = 1
    and (ranked.place < 3 or ranked.best_place_of_item = 3)
    and not exists (
        select 1 from forbidden
        where
            forbidden.roadmap_item_id = ranked.roadmap_item_id
            and (forbidden.is_any_theme or forbidden.theme_id = ranked.theme_id)
    )
