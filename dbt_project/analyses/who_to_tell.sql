-- Who raised the theme of what has shipped since, and which team should tell them?
-- parameter: owner_team text any Team that tells them, customer_success or sales; any for both.
-- parameter: rows integer 200 How many, those to tell with most revenue first; in_all says of how many. 0 for all.
with

counted as (
    select count(*) as in_all
    from {{ ref('loop_closure') }}
    where state in ('to_tell', 'told') and '{{ var('owner_team', 'any') }}' in ('any', owner_team)
),

-- Before their words are looked up: there are tens of thousands in a large company.
listed as (
    select
        loop_closure.*,
        account.account_name,
        account.arr
    from {{ ref('loop_closure') }} as loop_closure
    left join {{ ref('account') }} as account on loop_closure.account_id = account.account_id
    where
        loop_closure.state in ('to_tell', 'told')
        and '{{ var('owner_team', 'any') }}' in ('any', loop_closure.owner_team)
    order by
        loop_closure.state = 'told', account.arr desc nulls last, account.account_name, loop_closure.theme_id,
        loop_closure.roadmap_item_id, loop_closure.account_id
    {% if var('rows', 200) | int > 0 %} limit {{ var('rows', 200) | int }} {% endif %}
),

said as (
    select
        mention.feedback_id,
        mention.theme_id_today,
        max_by(mention.quote, mention.confidence) as quote
    from {{ ref('feedback_theme') }} as mention
    where mention.feedback_id in (select listed.feedback_id from listed)
    group by mention.feedback_id, mention.theme_id_today
)

select
    listed.owner_team,
    listed.account_name,
    listed.arr,
    theme.theme_name,
    item.title as shipped,
    listed.state,
    said.quote as they_said,
    cast(listed.shipped_at as date) as shipped_on,
    cast(feedback.occurred_at as date) as asked_on,
    feedback.source_url,
    counted.in_all
from listed
inner join {{ ref('feedback') }} as feedback on listed.feedback_id = feedback.feedback_id
left join {{ ref('theme') }} as theme on listed.theme_id = theme.theme_id
left join {{ ref('roadmap_item') }} as item on listed.roadmap_item_id = item.roadmap_item_id
left join said on listed.feedback_id = said.feedback_id and listed.theme_id = said.theme_id_today
cross join counted
order by
    listed.state = 'told', listed.arr desc nulls last, listed.account_name, listed.theme_id, listed.roadmap_item_id,
    listed.account_id
