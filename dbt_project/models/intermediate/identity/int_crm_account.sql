{{ config(materialized='view') }}
-- Accounts of every CRM in one shape. `crm_key` is what the CRM's other records name them by.
with

salesforce_account as (
    select * from {{ ref('stg_salesforce__account') }}
),

hubspot_company as (
    select * from {{ ref('stg_hubspot__company') }}
)

select
    'salesforce' as source_system,
    account_id as source_id,
    account_key as external_key,
    'salesforce:' || account_key as crm_key,
    'salesforce:' || merged_into_key as merged_into_crm_key,
    coalesce(is_deleted, false) as is_deleted,
    account_name,
    website_domain,
    external_id,
    {{ crm_relationship('lower(account_type)') }} as relationship,
    segment,
    plan,
    arr,
    currency,
    region,
    renewal_at,
    created_at,
    updated_at
from salesforce_account

union all

select
    'hubspot' as source_system,
    company_id as source_id,
    company_id as external_key,
    'hubspot:' || company_id as crm_key,
    cast(null as {{ dbt.type_string() }}) as merged_into_crm_key,
    false as is_deleted,
    company_name as account_name,
    website_domain,
    external_id,
    {{ crm_relationship('lifecycle_stage') }} as relationship,
    segment,
    plan,
    arr,
    currency,
    region,
    renewal_at,
    created_at,
    updated_at
from hubspot_company
