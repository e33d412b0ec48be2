-- The account of each source account record, by the first of the exact methods that names just one.
with

record as (
    select * from {{ ref('int_account_record') }}
),

record_domain as (
    select * from {{ ref('int_account_record_domain') }}
),

identifier as (
    select * from {{ ref('int_account_identifier') }} where claimants = 1
),

master as (
    select * from {{ ref('int_account_master') }}
),

crm_account as (
    select * from {{ ref('int_crm_account') }}
),

known_by as (
    select
        source_system,
        source_id,
        'external_id' as match_method,
        external_key as identifier
    from record
    where external_key is not null

    union all

    -- A second CRM's account may carry the id that it has in the first.
    select
        source_system,
        source_id,
        'external_id' as match_method,
        {{ salesforce_key('external_id') }} as identifier
    from crm_account
    where external_id is not null

    union all

    select
        source_system,
        source_id,
        'domain' as match_method,
        domain as identifier
    from record_domain

    union all

    select
        source_system,
        source_id,
        'exact_name' as match_method,
        name_key as identifier
    from record
    where name_key is not null
),

-- What people said wins: a link over every method, a never over every account that it names.
rule as (
    select * from {{ ref('int_account_rule') }}
),

link_rule as (
    select
        source_system,
        source_id,
        max(master_key) as master_key
    from rule
    where decision = 'link' and master_key is not null
    group by source_system, source_id
),

-- A record whose domains lead to different accounts is left to the next method, like a domain with two claimants.
candidate as (
    select
        known_by.source_system,
        known_by.source_id,
        known_by.match_method,
        min(identifier.master_key) as master_key
    from known_by
    inner join identifier
        on known_by.match_method = identifier.match_method and known_by.identifier = identifier.identifier
    left join rule
        on
            known_by.source_system = rule.source_system
            and known_by.source_id = rule.source_id
            and rule.decision = 'never'
            and (rule.is_any_account or rule.master_key = identifier.master_key)
    where rule.line is null
    group by known_by.source_system, known_by.source_id, known_by.match_method
    having count(distinct identifier.master_key) = 1
),

levelled as (
    select
        candidate.source_system,
        candidate.source_id,
        candidate.master_key,
        candidate.match_method,
        {{ match_confidence('candidate.match_method') }} as match_confidence,
        row_number() over (
            partition by candidate.source_system, candidate.source_id
            order by {{ match_confidence('candidate.match_method') }} desc
        ) as preference
    from candidate
)

select
    record.source_system,
    record.source_id,
    record.record_kind,
    record.identity_key,
    coalesce(master.master_key, link_rule.master_key, levelled.master_key) as master_key,
    case
        when master.master_key is not null then 'external_id'
        when link_rule.master_key is not null then 'manual'
        else coalesce(levelled.match_method, 'none')
    end as match_method,
    case
        when master.master_key is not null then {{ match_confidence("'external_id'") }}
        when link_rule.master_key is not null then {{ match_confidence("'manual'") }}
        else levelled.match_confidence
    end as match_confidence
from record
left join master on record.source_system = master.source_system and record.source_id = master.source_id
left join link_rule on record.source_system = link_rule.source_system and record.source_id = link_rule.source_id
left join levelled
    on record.source_system = levelled.source_system and record.source_id = levelled.source_id and levelled.preference = 1
