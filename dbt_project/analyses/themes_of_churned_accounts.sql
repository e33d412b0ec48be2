-- What did accounts talk about that have churned since, and how much ARR went with them? Each account counts once per theme.
with

said as (
    select distinct
        mention.theme_id,
        account.account_id,
        account.arr
    from {{ ref('feedback_theme') }} as mention
    inner join {{ ref('feedback') }} as feedback on mention.feedback_id = feedback.feedback_id
    inner join {{ ref('account') }} as account on feedback.account_id = account.account_id
    where account.lifecycle_stage = 'churned'
),

everybody as (
    select
        mention.theme_id,
        count(distinct feedback.account_id) as accounts
    from {{ ref('feedback_theme') }} as mention
    inner join {{ ref('feedback') }} as feedback on mention.feedback_id = feedback.feedback_id
    group by mention.theme_id
)

select
    said.theme_id,
    count(*) as churned_accounts,
    sum(said.arr) as churned_arr,
    everybody.accounts as all_accounts,
    round(count(*) / everybody.accounts, 3) as share_churned
from said
inner join everybody on said.theme_id = everybody.theme_id
group by said.theme_id, everybody.accounts
order by churned_arr desc nulls last, said.theme_id asc
