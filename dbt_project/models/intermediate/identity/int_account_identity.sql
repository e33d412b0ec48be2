{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        full_refresh=false,
        on_schema_change='fail'
    )
}}
-- depends_on: {{ ref('int_account_match') }}
-- The memory that keeps account ids for life. An account keeps the id that it, or a record now linked to it, had first.
with

master as (
    select distinct master_key from {{ ref('int_account_master') }}
),

{% if is_incremental() -%}
    match as (
        select * from {{ ref('int_account_match') }} where master_key is not null
    ),

    remembered as (
        select * from {{ this }}
    ),

    new_master as (
        select master.master_key
        from master
        left join remembered on master.master_key = remembered.master_key
        where remembered.master_key is null
    ),

    -- Ids that no present account holds, found under records that are linked to a new one.
    heritable as (
        select
            new_master.master_key,
            remembered.account_id,
            row_number() over (
                partition by new_master.master_key order by remembered.first_seen_at, remembered.account_id
            ) as choice,
            row_number() over (partition by remembered.account_id order by new_master.master_key) as claim
        from new_master
        inner join match on new_master.master_key = match.master_key
        inner join remembered on match.identity_key = remembered.master_key
        where
            remembered.account_id not in (
                select held.account_id
                from remembered as held
                inner join master on held.master_key = master.master_key
            )
    ),

    inherited as (
        select
            master_key,
            account_id
        from heritable
        where choice = 1 and claim = 1
    ),
{%- else -%}
    new_master as (
        select master_key from master
    ),

    inherited as (
        select
            master_key,
            cast(null as {{ dbt.type_string() }}) as account_id
        from master
        where master_key is null
    ),
{%- endif %}

named as (
    select
        new_master.master_key,
        coalesce(inherited.account_id, 'acc_' || {{ stable_key(['new_master.master_key'], 16) }}) as account_id,
        {{ dbt.current_timestamp() }} as first_seen_at
    from new_master
    left join inherited on new_master.master_key = inherited.master_key
)

select
    master_key,
    account_id,
    first_seen_at
from named
