with

link as (
    select * from {{ ref('int_account_link') }}
),

record as (
    select * from {{ ref('int_account_record') }}
),

crm_account as (
    select * from {{ ref('int_crm_account') }}
)

select
    link.source_system,
    link.source_id,
    link.account_id,
    link.match_method,
    link.match_confidence,
    link.record_kind,
    record.account_name as record_name,
    {{ in_reporting_currency('crm_account.arr', 'crm_account.currency') }} as record_arr
from link
inner join record on link.source_system = record.source_system and link.source_id = record.source_id
left join crm_account on link.source_system = crm_account.source_system and link.source_id = crm_account.source_id
