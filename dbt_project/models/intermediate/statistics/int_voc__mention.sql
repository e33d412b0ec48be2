-- Mentions of themes as they were assigned, and as today's taxonomy would name them. An item mentions a theme once.
with

mentions as (
    select
        'as_reported' as series,
        mention.theme_id,
        mention.feedback_id,
        mention.sentiment
    from {{ ref('feedback_theme') }} as mention
    union all
    select
        'restated' as series,
        coalesce(today.theme_id_today, mention.theme_id_today, mention.theme_id) as theme_id,
        mention.feedback_id,
        mention.sentiment
    from {{ ref('feedback_theme') }} as mention
    left join {{ ref('int_voc__theme_today') }} as today
        on coalesce(mention.theme_id_today, mention.theme_id) = today.theme_id
)

select
    series,
    theme_id,
    feedback_id,
    {{ exact_sum('sentiment') }} / nullif(count(sentiment), 0) as sentiment
from mentions
group by series, theme_id, feedback_id
