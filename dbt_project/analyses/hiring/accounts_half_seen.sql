-- Of which large customers do we see only a part of the picture?
select
    account.account_name,
    account.arr,
    round(picture.completeness, 2) as completeness,
    picture.nps_last_seen,
    picture.crm_last_seen,
    picture.support_last_seen,
    picture.analytics_last_seen,
    picture.sales_last_seen,
    picture.research_last_seen
from {{ ref('account_data_picture') }} as picture
inner join {{ ref('account') }} as account on picture.account_id = account.account_id
where account.lifecycle_stage = 'customer' and picture.completeness < 1
order by account.arr desc nulls last, account.account_name asc
limit 50
