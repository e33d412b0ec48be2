-- The names and domains of each account, as linkage compares them.
with

claim as (
    select * from {{ ref('int_account_claim') }}
),

account_name as (
    select
        master_key,
        identifier as name_key
    from claim
    where match_method = 'exact_name'
),

account_domain as (
    select
        master_key,
        {{ sorted_list('identifier') }} as domains
    from claim
    where match_method = 'domain'
    group by master_key
)

select
    coalesce(account_name.master_key, account_domain.master_key) as master_key,
    account_name.name_key,
    account_domain.domains
from account_name
full outer join account_domain on account_name.master_key = account_domain.master_key
