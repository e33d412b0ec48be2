-- Who raised the theme of what has shipped since, and which team should tell them?
-- parameter: owner_team text any Team that tells them, customer_success or sales; any for both.
select
    loop_closure.owner_team,
    account.account_name,
    account.arr,
    theme.theme_name,
    item.title as shipped,
    loop_closure.state,
    said.quote as they_said,
    cast(loop_closure.shipped_at as date) as shipped_on,
    cast(feedback.occurred_at as date) as asked_on,
    feedback.source_url
from {{ ref('loop_closure') }} as loop_closure
inner join {{ ref('feedback') }} as feedback on loop_closure.feedback_id = feedback.feedback_id
left join {{ ref('account') }} as account on loop_closure.account_id = account.account_id
left join {{ ref('theme') }} as theme on loop_closure.theme_id = theme.theme_id
left join {{ ref('roadmap_item') }} as item on loop_closure.roadmap_item_id = item.roadmap_item_id
left join (
    select
        mention.feedback_id,
        mention.theme_id_today,
        max_by(mention.quote, mention.confidence) as quote
    from {{ ref('feedback_theme') }} as mention
    group by mention.feedback_id, mention.theme_id_today
) as said on loop_closure.feedback_id = said.feedback_id and loop_closure.theme_id = said.theme_id_today
where
    loop_closure.state in ('to_tell', 'told')
    and '{{ var('owner_team', 'any') }}' in ('any', loop_closure.owner_team)
order by
    loop_closure.state = 'told', account.arr desc nulls last, account.account_name, loop_closure.theme_id,
    loop_closure.roadmap_item_id
