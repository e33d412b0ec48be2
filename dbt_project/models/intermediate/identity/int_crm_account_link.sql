-- Resolved account of each CRM account key, for records that name it in any of its spellings.
with

crm_account as (
    select * from {{ ref('int_crm_account') }}
),

account_link as (
    select * from {{ ref('int_account_link') }}
)

select
    crm_account.crm_key,
    max(account_link.account_id) as account_id
from crm_account
inner join account_link
    on crm_account.source_system = account_link.source_system and crm_account.source_id = account_link.source_id
group by crm_account.crm_key
