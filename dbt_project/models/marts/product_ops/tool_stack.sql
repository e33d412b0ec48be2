-- Every tool of the register, and every source that delivers and is in no register: nobody owns those.
with

tool as (
    select * from {{ ref('stg_registry__tool') }}
),

stream as (
    select * from {{ ref('freshness') }} where kind not in ('org', 'registry')
),

source_system as (
    select
        source,
        min(kind) as kind,
        -- Only these tell of accounts: what has none of them covers no account, and lacks none.
        max(case when kind in ('nps', 'crm', 'support', 'analytics', 'sales', 'research') then 1 else 0 end) = 1
            as tells_of_accounts,
        max(last_loaded_at) as last_loaded_at,
        -- A source is as fresh as the stalest of the streams that it delivers.
        max(case state when 'fresh' then 1 when 'no_events' then 2 when 'late' then 3 when 'stale' then 4 end) as staleness
    from stream
    where last_loaded_at is not null
    group by source
),

current_account as (
    select account_id from {{ ref('account') }} where lifecycle_stage = 'customer'
),

covered as (
    select
        link.source_system,
        count(distinct link.account_id) as accounts
    from {{ ref('account_link') }} as link
    inner join current_account on link.account_id = current_account.account_id
    group by link.source_system
),

all_accounts as (
    select count(*) as accounts from current_account
),

listed as (
    select
        tool,
        category,
        owner_role,
        boundary,
        source_system,
        true as is_registered
    from tool

    union all

    select
        source as tool,
        kind as category,
        null as owner_role,
        null as boundary,
        source as source_system,
        false as is_registered
    from source_system
    where source not in (select tool.source_system from tool where tool.source_system is not null)
)

select
    listed.tool,
    listed.category,
    listed.owner_role,
    case
        when listed.boundary in ('product_ops', 'programme_management', 'product_marketing') then listed.boundary
        when
            {{ regexp_like("coalesce(listed.boundary, listed.category)", 'program|deliver|planning|agile|sprint') }}
            -- Trackers of development that nobody registered.
            or (listed.boundary is null and listed.source_system in ('jira', 'linear'))
            then 'programme_management'
        when {{ regexp_like("coalesce(listed.boundary, listed.category)", 'market|sales content|enablement|collateral') }}
            then 'product_marketing'
        else 'product_ops'
    end as boundary,
    source_system.source is not null as connected,
    source_system.last_loaded_at,
    case source_system.staleness
        when 1 then 'fresh'
        when 2 then 'no_events'
        when 3 then 'late'
        when 4 then 'stale'
        else 'never_loaded'
    end as freshness_state,
    case
        when source_system.tells_of_accounts
            then coalesce(covered.accounts, 0) / cast(nullif(all_accounts.accounts, 0) as double)
    end as accounts_covered_share,
    listed.source_system,
    listed.is_registered
from listed
cross join all_accounts
left join source_system on listed.source_system = source_system.source
left join covered on listed.source_system = covered.source_system
