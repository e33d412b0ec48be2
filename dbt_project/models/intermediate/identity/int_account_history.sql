-- What held of each account, from when to when: the versions of its CRM record, cut where a deal changed what it is to us.
with

account as (
    select * from {{ ref('int_account') }}
),

version as (
    select
        account.account_id,
        version.*
    from {{ ref('int_crm_account_version') }} as version
    inner join account on version.crm_key = account.master_key
),

master as (
    select distinct
        identity_key,
        master_key
    from {{ ref('int_account_master') }}
),

deal as (
    select
        account.account_id,
        {{ day_to_timestamp('opportunity.close_date') }} as closed_at,
        opportunity.is_won,
        opportunity.is_closed and not opportunity.is_won and lower(opportunity.opportunity_type) like '%renewal%'
            as is_renewal_lost,
        opportunity.close_date
    from {{ ref('int_opportunity') }} as opportunity
    inner join master on opportunity.crm_key = master.identity_key
    inner join account on master.master_key = account.master_key
    where opportunity.close_date is not null
),

cut as (
    select
        account_id,
        changed_at as valid_from
    from version

    union

    select
        deal.account_id,
        deal.closed_at as valid_from
    from deal
    where deal.is_won or deal.is_renewal_lost

    union

    -- What is known of an account that no CRM holds has no history.
    select
        account.account_id,
        coalesce(account.created_at, cast('1970-01-01 00:00:00+00' as {{ moment_type() }}))
            as valid_from
    from account
    where account.account_id not in (select version.account_id from version)
),

-- The newest version by then; before the first one was known, that one.
held as (
    select
        cut.account_id,
        cut.valid_from,
        coalesce(max(case when version.changed_at <= cut.valid_from then version.changed_at end), min(version.changed_at))
            as changed_at,
        max(case when version.changed_at <= cut.valid_from then 1 else 0 end) = 1 as is_observed
    from cut
    left join version on cut.account_id = version.account_id
    group by cut.account_id, cut.valid_from
),

standing as (
    select
        cut.account_id,
        cut.valid_from,
        max(case when deal.is_won then deal.close_date end) as last_won_on,
        max(case when deal.is_renewal_lost then deal.close_date end) as last_renewal_lost_on
    from cut
    left join deal on cut.account_id = deal.account_id and deal.closed_at <= cut.valid_from
    group by cut.account_id, cut.valid_from
),

described as (
    select
        held.account_id,
        held.valid_from,
        held.is_observed or version.account_id is null as is_observed,
        coalesce(version.segment, 'unknown') as segment,
        version.plan,
        case
            when version.account_id is null then account.arr
            when not version.is_deleted then {{ in_reporting_currency('version.arr', 'version.currency') }}
        end as arr,
        {{
            lifecycle_stage(
                'account.master_kind', 'version.relationship', 'standing.last_won_on', 'standing.last_renewal_lost_on'
            )
        }} as lifecycle_stage,
        coalesce(version.is_deleted, false) as is_deleted
    from held
    inner join account on held.account_id = account.account_id
    inner join standing on held.account_id = standing.account_id and held.valid_from = standing.valid_from
    left join version on held.account_id = version.account_id and held.changed_at = version.changed_at
),

-- A cut that changed nothing is none.
compared as (
    select
        *,
        concat_ws(
            '|',
            segment,
            coalesce(plan, '-'),
            coalesce(cast(arr as {{ dbt.type_string() }}), '-'),
            lifecycle_stage,
            is_deleted,
            is_observed
        ) as state
    from described
),

changed as (
    select
        *,
        lag(state) over (partition by account_id order by valid_from) as state_before
    from compared
)

select
    account_id,
    valid_from,
    lead(valid_from) over (partition by account_id order by valid_from) as valid_to,
    segment,
    plan,
    arr,
    lifecycle_stage,
    is_deleted,
    is_observed,
    row_number() over (partition by account_id order by valid_from) = 1 as is_earliest
from changed
where state_before is null or state != state_before
