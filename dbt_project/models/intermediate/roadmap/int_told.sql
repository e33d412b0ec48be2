-- Who was told of what, with everything that the sheet names looked up. What it leaves open holds for all.
with

told as (
    select * from {{ ref('stg_launches__told') }}
),

looked_up as (
    select
        told.told_id,
        told.told_at,
        told.roadmap_item,
        told.theme_id as theme,
        told.account_reference,
        reference.roadmap_item_id,
        coalesce(today.theme_id_today, named_theme.theme_id) as theme_id,
        account_link.account_id
    from told
    left join {{ ref('int_roadmap_reference') }} as reference on lower(told.roadmap_item) = reference.reference
    left join {{ ref('int_theme_reference') }} as named_theme on lower(told.theme_id) = named_theme.reference
    left join {{ ref('int_voc__theme_today') }} as today on named_theme.theme_id = today.theme_id
    left join {{ ref('int_account_link') }} as account_link
        on account_link.source_system = 'launches' and told.account_reference = account_link.source_id
)

select
    told_id,
    told_at,
    roadmap_item_id,
    theme_id,
    account_id
from looked_up
-- A name that means nothing here must not be read as "all".
where
    (roadmap_item_id is not null or theme_id is not null)
    and (roadmap_item is null or roadmap_item_id is not null)
    and (theme is null or theme_id is not null)
    and (account_reference is null or account_id is not null)
    and told_at <= {{ as_of() }}
