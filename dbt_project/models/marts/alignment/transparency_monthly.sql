-- What is heard against what is decided, built and told, month by month, with the pulses and the size of the company beside it.
with

said as (
    select * from {{ ref('int_voc__said') }}
),

decision as (
    select * from {{ ref('decision') }} where decided_at is not null and decided_at <= {{ as_of() }}
),

pulse as (
    select
        {{ month_start('pulse.answered_at') }} as month_start,
        pulse.response_key,
        pulse.score,
        case
            when {{ is_revenue_function('meaning.function') }} then 'revenue'
            when meaning.function in ('product', 'product_ops') then 'product'
        end as side
    from {{ ref('stg_pulse__answer') }} as pulse
    left join {{ ref('int_colleague_function') }} as meaning on pulse.team = meaning.wording and meaning.kind = 'department'
    where pulse.answered_at <= {{ as_of() }}
),

beginning as (
    select min(first_at) as first_at
    from (
        select min(occurred_at) as first_at from said
        union all
        select min(decided_at) as first_at from decision
        union all
        select {{ day_to_timestamp('min(month_start)') }} as first_at from pulse
    ) as firsts
),

month as (
    select
        days.day as month_start,
        cast({{ dbt.dateadd('month', 1, 'days.day') }} as date) as next_month
    from {{ days_from("(select " ~ month_start('first_at') ~ " from beginning)", month_start(as_of()), 'month') }} as days
),

-- Each account once, its ARR spread evenly over the themes that it raised in the month.
heard as (
    select distinct
        {{ month_start('occurred_at') }} as month_start,
        account_id,
        theme_id,
        arr
    from said
    where account_id is not null and arr is not null
),

decided_theme as (
    select
        theme_id,
        min(decided_at) as decided_at
    from decision
    where theme_id is not null
    group by theme_id
),

account_month as (
    select
        heard.month_start,
        heard.account_id,
        max(heard.arr) as arr,
        avg(
            cast(
                case when decided_theme.decided_at < {{ day_to_timestamp('month.next_month') }} then 1 else 0 end as double
            )
        ) as decided_share
    from heard
    inner join month on heard.month_start = month.month_start
    left join decided_theme on heard.theme_id = decided_theme.theme_id
    group by heard.month_start, heard.account_id
),

arr as (
    select
        month_start,
        {{ exact_sum('arr', 2) }} as heard_arr,
        count(*) as accounts,
        {{ effective_n(exact_sum('arr', 2), exact_sum('arr * arr', 2)) }} as effective,
        {{ exact_sum('arr * decided_share', 6) }} / nullif({{ exact_sum('arr', 6) }}, 0) as decided_share
    from account_month
    group by month_start
),

first_heard as (
    select
        theme_id,
        min(occurred_at) as heard_at
    from said
    group by theme_id
),

-- An item has evidence once a theme that was heard is named by a decision on it.
evidenced as (
    select
        decision.roadmap_item_id,
        min(greatest(first_heard.heard_at, decision.decided_at)) as evidence_at
    from decision
    inner join first_heard on decision.theme_id = first_heard.theme_id
    where decision.roadmap_item_id is not null and decision.decision = 'build'
    group by decision.roadmap_item_id
),

effort as (
    select
        month.month_start,
        count(*) as items,
        {{ effective_n(exact_sum('item.effort', 6), exact_sum('item.effort * item.effort', 6)) }} as effective,
        {{ exact_sum(
            'case when evidenced.evidence_at < ' ~ day_to_timestamp('month.next_month') ~ ' then item.effort else 0 end', 6
        ) }} / nullif({{ exact_sum('item.effort', 6) }}, 0) as evidence_share
    from month
    inner join {{ ref('roadmap_item') }} as item
        on
            item.created_at < {{ day_to_timestamp('month.next_month') }}
            and (item.shipped_at is null or item.shipped_at >= {{ day_to_timestamp('month.month_start') }})
    left join evidenced on item.roadmap_item_id = evidenced.roadmap_item_id
    where item.effort > 0
    group by month.month_start
),

told as (
    select
        theme_id,
        roadmap_item_id,
        min(told_at) as told_at
    from {{ ref('loop_closure') }}
    where told_at is not null
    group by theme_id, roadmap_item_id
),

waited as (
    select
        decision.decided_at,
        told.told_at,
        case
            when decision.decided_at >= first_heard.heard_at
                then {{ hours_between('first_heard.heard_at', 'decision.decided_at') }} / 24
        end as days_to_decision,
        case
            when told.told_at >= decision.decided_at
                then {{ hours_between('decision.decided_at', 'told.told_at') }} / 24
        end as days_to_told
    from decision
    left join first_heard on decision.theme_id = first_heard.theme_id
    left join told on decision.theme_id = told.theme_id and decision.roadmap_item_id = told.roadmap_item_id
),

times as (
    select
        month.month_start,
        median(
            case
                when
                    waited.decided_at >= {{ dbt.dateadd('month', -alignment_limit('transparency_months'), 'month.next_month') }}
                    and waited.decided_at < {{ day_to_timestamp('month.next_month') }}
                    then waited.days_to_decision
            end
        ) as days_to_decision,
        median(
            case
                when
                    waited.told_at >= {{ dbt.dateadd('month', -alignment_limit('transparency_months'), 'month.next_month') }}
                    and waited.told_at < {{ day_to_timestamp('month.next_month') }}
                    then waited.days_to_told
            end
        ) as days_to_told
    from month
    left join waited on waited.decided_at < {{ day_to_timestamp('month.next_month') }}
    group by month.month_start
),

mood as (
    select
        month_start,
        avg(case when side = 'revenue' then score end) as revenue_pulse,
        avg(case when side = 'product' then score end) as product_pulse,
        count(distinct case when side = 'revenue' then response_key end) as revenue_people,
        count(distinct case when side = 'product' then response_key end) as product_people
    from pulse
    group by month_start
),

-- A pulse of too few is withheld here already, so that nothing made of it is shown.
shown_mood as (
    select
        month_start,
        case when revenue_people >= {{ var('min_group_size') }} then revenue_pulse end as revenue_pulse,
        case when product_people >= {{ var('min_group_size') }} then product_pulse end as product_pulse,
        case when revenue_people >= {{ var('min_group_size') }} then revenue_people end as revenue_people,
        case when product_people >= {{ var('min_group_size') }} then product_people end as product_people
    from mood
),

staff as (
    select
        month.month_start,
        count(distinct person.employee_id) as people
    from month
    inner join {{ ref('int_person') }} as person
        on person.valid_from < month.next_month and person.valid_until >= month.next_month
    group by month.month_start
)

select
    month.month_start,
    cast(coalesce(arr.heard_arr, 0) as double) as heard_arr,
    cast(arr.decided_share as double) as heard_arr_with_decision_share,
    cast(effort.evidence_share as double) as effort_with_evidence_share,
    cast(times.days_to_decision as double) as median_days_heard_to_decision,
    cast(times.days_to_told as double) as median_days_decision_to_told,
    cast(mood.revenue_pulse as double) as revenue_pulse,
    cast(mood.product_pulse as double) as product_pulse,
    cast(case when staff.people >= {{ var('min_group_size') }} then staff.people end as bigint) as headcount,
    cast(mood.revenue_people as bigint) as revenue_pulse_n,
    cast(mood.product_people as bigint) as product_pulse_n,
    cast(coalesce(arr.accounts, 0) as bigint) as heard_accounts,
    cast({{ wilson_low('arr.decided_share', 'arr.effective') }} as double) as heard_arr_with_decision_share_low,
    cast({{ wilson_high('arr.decided_share', 'arr.effective') }} as double) as heard_arr_with_decision_share_high,
    cast(coalesce(effort.items, 0) as bigint) as effort_items,
    cast({{ wilson_low('effort.evidence_share', 'effort.effective') }} as double) as effort_with_evidence_share_low,
    cast({{ wilson_high('effort.evidence_share', 'effort.effective') }} as double) as effort_with_evidence_share_high,
    -- Made of the mean and the number alone: the spread of a few people's answers would tell what each of them said.
    cast({{ ladder(wilson_low('(mood.revenue_pulse - 1) / 4', 'mood.revenue_people')) }} as double) as revenue_pulse_low,
    cast({{ ladder(wilson_high('(mood.revenue_pulse - 1) / 4', 'mood.revenue_people')) }} as double) as revenue_pulse_high,
    cast({{ ladder(wilson_low('(mood.product_pulse - 1) / 4', 'mood.product_people')) }} as double) as product_pulse_low,
    cast({{ ladder(wilson_high('(mood.product_pulse - 1) / 4', 'mood.product_people')) }} as double) as product_pulse_high
from month
left join arr on month.month_start = arr.month_start
left join effort on month.month_start = effort.month_start
left join times on month.month_start = times.month_start
left join shown_mood as mood on month.month_start = mood.month_start
left join staff on month.month_start = staff.month_start
-- Trends over months are sums of fractions: rows that always lie in one order always give the same last digit.
order by month.month_start
