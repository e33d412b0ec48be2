-- What did accounts talk about that have churned since, and how much ARR went with them? Each account counts once per theme.
with

said as (
    select distinct
        theme_id,
        raised_by
    from {{ ref('feedback_theme') }}
    where raised_by is not null
)

select
    said.theme_id,
    count(case when account.lifecycle_stage = 'churned' then 1 end) as churned_accounts,
    sum(case when account.lifecycle_stage = 'churned' then account.arr end) as churned_arr,
    count(*) as all_accounts,
    round(count(case when account.lifecycle_stage = 'churned' then 1 end) / count(*), 3) as share_churned
from said
left join {{ ref('account') }} as account on said.raised_by = account.account_id
group by said.theme_id
having count(case when account.lifecycle_stage = 'churned' then 1 end) > 0
order by churned_arr desc nulls last, said.theme_id asc
