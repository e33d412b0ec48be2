with

weeks as (
    select
        theme_id,
        trend,
        row_number() over (partition by theme_id order by week_start desc) as age
    from {{ ref('theme_weekly') }}
    where series = 'restated' and segment = 'all' and channel = 'all' and is_complete_week
),

mentioners as (
    select distinct
        theme_id,
        account_id,
        arr,
        lifecycle_stage
    from {{ ref('int_voc__said') }}
    where is_in_window and account_id is not null
),

deals as (
    select
        account_id,
        {{ exact_sum('case when not is_won and not is_lost then amount end', 2) }} as open_pipeline,
        sum(
            case
                when
                    is_lost and closed_at <= {{ as_of() }}
                    and closed_at > {{ dbt.dateadd('week', -voc_limit('voc_window_weeks'), as_of()) }}
                    then cast(amount as decimal(27, 2))
            end
        ) as lost_arr
    from {{ ref('opportunity') }}
    where account_id is not null
    group by account_id
),

revenue as (
    select
        mentioners.theme_id,
        {{ exact_sum('deals.open_pipeline', 2) }} as open_pipeline,
        {{ exact_sum('deals.lost_arr', 2) }} as lost_arr,
        {{ exact_sum("case when mentioners.lifecycle_stage = 'churned' then mentioners.arr end", 2) }} as churned_arr
    from mentioners
    left join deals on mentioners.account_id = deals.account_id
    group by mentioners.theme_id
),

-- A theme may have several items; the state that asks for most attention speaks for it.
states as (
    select
        theme_id,
        state,
        row_number() over (
            partition by theme_id
            order by
                case state
                    when 'heard_not_building' then 1
                    when 'aligned' then 2
                    when 'shipped' then 3
                    when 'declined' then 4
                    else 5
                end
        ) as age
    from {{ ref('heard_vs_building') }}
    where theme_id is not null
)

select
    heard.theme_id,
    cast({{ dbt.dateadd('week', -voc_limit('voc_window_weeks'), as_of()) }} as date) as window_start,
    cast({{ as_of() }} as date) as window_end,
    cast(heard.mentions as bigint) as mentions,
    cast(heard.accounts as bigint) as accounts,
    cast(heard.arr_low as double) as arr_exposed_low,
    cast(heard.arr as double) as arr_exposed,
    cast(heard.arr_high as double) as arr_exposed_high,
    cast(coalesce(revenue.open_pipeline, 0) as double) as open_pipeline,
    cast(coalesce(revenue.lost_arr, 0) as double) as lost_arr,
    cast(coalesce(revenue.churned_arr, 0) as double) as churned_arr,
    cast(driver.leave_one_out_impact as double) as nps_impact,
    cast(driver.impact_low as double) as nps_impact_low,
    cast(driver.impact_high as double) as nps_impact_high,
    cast(heard.negative_share as double) as negative_share,
    cast(
        row_number() over (
            order by
                coalesce(heard.arr, 0) * coalesce(heard.negative_share, 0) desc,
                heard.mentions * coalesce(heard.negative_share, 0) desc,
                heard.mentions desc,
                heard.theme_id asc
        ) as integer
    ) as severity_rank,
    coalesce(weeks.trend, 'insufficient_data') as trend,
    states.state as heard_state,
    heard.only_channel
from {{ ref('int_voc__heard') }} as heard
left join weeks on heard.theme_id = weeks.theme_id and weeks.age = 1
left join revenue on heard.theme_id = revenue.theme_id
left join {{ ref('int_nps__driver') }} as driver on heard.theme_id = driver.theme_id
left join states on heard.theme_id = states.theme_id and states.age = 1
where heard.mentions > 0
