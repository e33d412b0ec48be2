{%- set memory = adapter.get_relation(this.database, this.schema, 'int_account_identity') -%}
-- What people said of single records, with the account that they mean. Account ids are known from the run that published them.
with

rule as (
    select * from {{ source('ops', 'account_rule') }}
),

master as (
    select * from {{ ref('int_account_master') }}
),

named as (
    select
        source_system,
        {{ salesforce_key('source_id') }} as source_id,
        master_key,
        cast(null as {{ dbt.type_string() }}) as account_id
    from master

    {% if memory %}
        union

        select
            null as source_system,
            null as source_id,
            remembered.master_key,
            remembered.account_id
        from {{ memory }} as remembered
        inner join master on remembered.master_key = master.master_key
    {% endif %}
)

select
    rule.line,
    rule.decision,
    rule.source_system,
    rule.source_id,
    rule.target_id = '*' as is_any_account,
    max(named.master_key) as master_key
from rule
left join named
    on
        rule.target_account = named.account_id
        or (rule.target_system = named.source_system and {{ salesforce_key('rule.target_id') }} = named.source_id)
group by rule.line, rule.decision, rule.source_system, rule.source_id, rule.target_id
