{{ config(materialized='view') }}
-- Items of the sources that a workspace declares in its configuration: whatever these are called, no SQL is written for them.
with

item as (
    select * from {{ source('declared', 'item') }}
)

select
    source_system,
    source_stream,
    source_key,
    channel,
    occurred_at,
    {{ account_reference('account_external_id', 'account_name', 'email_domain') }} as account_reference,
    {{ clean('account_external_id') }} as account_external_id,
    {{ clean('account_name') }} as account_name,
    email_key,
    {{ clean('lower(email_domain)') }} as email_domain,
    {{ clean('lower(product_area)') }} as product_area,
    case when nps_score between 0 and 10 then nps_score end as nps_score,
    source_url,
    words,
    words_sha256
from item
