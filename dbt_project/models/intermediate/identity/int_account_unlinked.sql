-- What the exact methods leave, as linkage compares it. Without a name and a domain there is nothing to compare.
with

exact as (
    select * from {{ ref('int_account_match_exact') }}
),

record as (
    select * from {{ ref('int_account_record') }}
),

never_rule as (
    select
        source_system,
        source_id,
        {{ sorted_list('master_key') }} as excluded,
        max(case when is_any_account then 1 else 0 end) = 1 as is_nobodys
    from {{ ref('int_account_rule') }}
    where decision = 'never'
    group by source_system, source_id
),

record_domain as (
    select
        source_system,
        source_id,
        {{ sorted_list('domain') }} as domains
    from {{ ref('int_account_record_domain') }}
    group by source_system, source_id
)

select
    exact.source_system,
    exact.source_id,
    record.name_key,
    record_domain.domains,
    never_rule.excluded
from exact
inner join record on exact.source_system = record.source_system and exact.source_id = record.source_id
left join record_domain
    on exact.source_system = record_domain.source_system and exact.source_id = record_domain.source_id
left join never_rule on exact.source_system = never_rule.source_system and exact.source_id = never_rule.source_id
where
    exact.master_key is null
    and not coalesce(never_rule.is_nobodys, false)
    and (record.name_key is not null or record_domain.domains is not null)
