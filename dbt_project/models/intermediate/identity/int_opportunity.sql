{{ config(materialized='view') }}
-- Deals of every CRM in one shape.
with

salesforce_opportunity as (
    select * from {{ ref('stg_salesforce__opportunity') }}
),

hubspot_deal as (
    select * from {{ ref('stg_hubspot__deal') }}
)

select
    'salesforce' as source_system,
    opportunity_id,
    'salesforce:' || opportunity_key as opportunity_key,
    'salesforce:' || account_key as crm_key,
    amount,
    currency,
    stage,
    opportunity_type,
    is_won,
    is_closed,
    loss_reason,
    close_date,
    created_at
from salesforce_opportunity

union all

select
    'hubspot' as source_system,
    deal_id as opportunity_id,
    'hubspot:' || deal_id as opportunity_key,
    'hubspot:' || company_id as crm_key,
    amount,
    currency,
    stage,
    -- HubSpot has no type of its own for renewals; teams say it in the deal's type or name.
    case when lower(deal_name) like '%renewal%' then 'renewal' else deal_type end as opportunity_type,
    is_won,
    is_closed,
    loss_reason,
    close_date,
    created_at
from hubspot_deal
