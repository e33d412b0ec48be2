-- What was heard of each theme in the trailing window, and since when it has been heard at all.
with accounts as (
    select
        theme_id,
        account_id,
        max(arr) as arr,
        max(min_link_confidence) as min_link_confidence
    from {{ ref('int_voc__said') }}
    where is_in_window and account_id is not null
    group by theme_id, account_id
),

exposed as (
    select
        theme_id,
        count(*) as accounts,
        {{ exact_sum('case when min_link_confidence >= ' ~ voc_limit('link_certain') ~ ' then arr end', 2) }} as arr_low,
        {{ exact_sum('case when min_link_confidence >= ' ~ voc_limit('link_likely') ~ ' then arr end', 2) }} as arr,
        {{ exact_sum('arr', 2) }} as arr_high
    from accounts
    group by theme_id
),

mentions as (
    select
        theme_id,
        min(occurred_at) as heard_at,
        sum(case when is_in_window then 1 else 0 end) as mentions,
        avg(
            case
                when is_in_window and sentiment <= -0.05 then cast(1 as double)
                when is_in_window and sentiment is not null then cast(0 as double)
            end
        ) as negative_share,
        case
            when count(distinct case when is_in_window then channel end) = 1 then max(case when is_in_window then channel end)
        end as only_channel
    from {{ ref('int_voc__said') }}
    group by theme_id
)

select
    mentions.theme_id,
    mentions.heard_at,
    mentions.mentions,
    mentions.negative_share,
    mentions.only_channel,
    coalesce(exposed.accounts, 0) as accounts,
    -- Of the accounts that are known, the surer ones may have no known ARR between them; the less sure bound them from above.
    case when exposed.arr_high is not null then coalesce(exposed.arr_low, 0) end as arr_low,
    case when exposed.arr_high is not null then coalesce(exposed.arr, 0) end as arr,
    exposed.arr_high
from mentions
left join exposed on mentions.theme_id = exposed.theme_id
