with

feature_use as (
    select * from {{ ref('int_feature_use') }} where is_feature
),

account_link as (
    select * from {{ ref('int_account_link') }}
)

select
    feature_use.usage_date,
    account_link.account_id,
    feature_use.product_area,
    feature_use.feature,
    count(distinct feature_use.user_key) as active_users,
    cast(sum(feature_use.events) as bigint) as events
from feature_use
left join account_link
    on feature_use.source_system = account_link.source_system and feature_use.account_reference = account_link.source_id
group by feature_use.usage_date, account_link.account_id, feature_use.product_area, feature_use.feature
