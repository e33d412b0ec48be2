-- How much of what each system says cannot be attributed to an account, and how sure are the links of the rest?
with

-- Each account once a channel: what follows counts accounts, not items.
said as (
    select
        source_system,
        channel,
        account_id,
        count(*) as items
    from {{ ref('feedback') }}
    group by source_system, channel, account_id
)

select
    said.source_system,
    said.channel,
    cast(sum(said.items) as bigint) as items,
    cast(sum(case when said.account_id is null then said.items else 0 end) as bigint) as unlinked_items,
    sum(case when said.account_id is null then said.items else 0 end) * 1.0 / sum(said.items) as unlinked_share,
    count(said.account_id) as accounts,
    min(account.min_link_confidence) as weakest_link
from said
left join {{ ref('account') }} as account on said.account_id = account.account_id
group by said.source_system, said.channel
order by unlinked_share desc, items desc
