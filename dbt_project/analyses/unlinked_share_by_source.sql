-- How much of what each system says cannot be attributed to an account, and how sure are the links of the rest?
select
    feedback.source_system,
    feedback.channel,
    count(*) as items,
    count(case when feedback.account_id is null then 1 end) as unlinked_items,
    count(case when feedback.account_id is null then 1 end) * 1.0 / count(*) as unlinked_share,
    count(distinct feedback.account_id) as accounts,
    min(account.min_link_confidence) as weakest_link
from {{ ref('feedback') }} as feedback
left join {{ ref('account') }} as account on feedback.account_id = account.account_id
group by feedback.source_system, feedback.channel
order by unlinked_share desc, items desc
