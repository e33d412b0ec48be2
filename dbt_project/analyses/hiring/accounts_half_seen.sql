-- Of which large customers do we see only a part of the picture?
with

moment as (
    select cast(max(as_of) as timestamptz) - interval 365 day as year_ago from {{ ref('recommendation') }}
),

-- Kinds that the company does not deliver at all are missing nowhere.
delivered as (
    select
        bool_or(nps_last_seen is not null) as nps,
        bool_or(crm_last_seen is not null) as crm,
        bool_or(support_last_seen is not null) as support,
        bool_or(analytics_last_seen is not null) as analytics,
        bool_or(sales_last_seen is not null) as sales,
        bool_or(research_last_seen is not null) as research
    from {{ ref('account_data_picture') }}
)

select
    account.account_name,
    account.arr,
    round(picture.completeness, 2) as completeness,
    concat_ws(
        ', ',
        case when delivered.nps and coalesce(picture.nps_last_seen <= moment.year_ago, true) then 'NPS' end,
        case when delivered.crm and coalesce(picture.crm_last_seen <= moment.year_ago, true) then 'CRM' end,
        case when delivered.support and coalesce(picture.support_last_seen <= moment.year_ago, true) then 'support' end,
        case when delivered.analytics and coalesce(picture.analytics_last_seen <= moment.year_ago, true) then 'analytics' end,
        case when delivered.sales and coalesce(picture.sales_last_seen <= moment.year_ago, true) then 'sales' end,
        case when delivered.research and coalesce(picture.research_last_seen <= moment.year_ago, true) then 'research' end
    ) as not_seen_within_a_year
from {{ ref('account_data_picture') }} as picture
inner join {{ ref('account') }} as account on picture.account_id = account.account_id
cross join moment
cross join delivered
where account.lifecycle_stage = 'customer' and picture.completeness < 1
order by account.arr desc nulls last, account.account_name asc
limit 50
