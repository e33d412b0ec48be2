with

account as (
    select * from {{ ref('int_account') }}
),

account_link as (
    select
        account_id,
        count(distinct source_system) as source_count,
        min(match_confidence) as min_link_confidence
    from {{ ref('int_account_link') }}
    where account_id is not null
    group by account_id
)

select
    account.account_id,
    account.account_name,
    account.domain,
    account.segment,
    account.plan,
    account.arr,
    account.lifecycle_stage,
    account.region,
    account.created_at,
    account.renewal_at,
    account_link.source_count,
    account_link.min_link_confidence
from account
inner join account_link on account.account_id = account_link.account_id
