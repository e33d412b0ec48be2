-- What each account is known by, whoever else is known by the same.
with

record as (
    select * from {{ ref('int_account_record') }}
),

master as (
    select * from {{ ref('int_account_master') }}
),

crm_account as (
    select * from {{ ref('int_crm_account') }}
),

salesforce_contact as (
    select * from {{ ref('stg_salesforce__contact') }}
),

hubspot_contact as (
    select * from {{ ref('stg_hubspot__contact') }}
),

crm_contact as (
    select
        'salesforce:' || account_key as crm_key,
        email_domain
    from salesforce_contact

    union

    select
        'hubspot:' || company_id as crm_key,
        email_domain
    from hubspot_contact
),

shared_domain as (
    select * from {{ ref('shared_domain') }}
),

record_domain as (
    select * from {{ ref('int_account_record_domain') }}
),

claimed as (
    select
        master.master_key,
        'external_id' as match_method,
        record.external_key as identifier
    from master
    inner join record on master.source_system = record.source_system and master.source_id = record.source_id

    union

    -- The id that a support organization has by itself, where organizations are the accounts.
    select
        master_key,
        'external_id' as match_method,
        source_id as identifier
    from master
    where master_kind = 'support'

    union

    select
        master.master_key,
        'external_id' as match_method,
        {{ salesforce_key('crm_account.external_id') }} as identifier
    from master
    inner join crm_account on master.identity_key = crm_account.crm_key

    union

    select
        master.master_key,
        'domain' as match_method,
        record_domain.domain as identifier
    from master
    inner join record_domain
        on master.source_system = record_domain.source_system and master.source_id = record_domain.source_id

    union

    select
        master.master_key,
        'domain' as match_method,
        crm_contact.email_domain as identifier
    from master
    inner join crm_contact on master.identity_key = crm_contact.crm_key
    where crm_contact.email_domain not in (select shared_domain.domain from shared_domain)

    union

    select
        master.master_key,
        'exact_name' as match_method,
        record.name_key as identifier
    from master
    inner join record on master.source_system = record.source_system and master.source_id = record.source_id
)

select
    master_key,
    match_method,
    identifier
from claimed
where identifier is not null
