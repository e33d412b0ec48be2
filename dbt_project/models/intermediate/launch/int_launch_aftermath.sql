-- The 30 days after each launch: tickets of its area against the 180 days before, use of its feature, questions.
with

launch as (
    select
        launch_id,
        launch_at,
        product_area,
        feature,
        {{ dbt.dateadd('day', 30, 'launch_at') }} as until,
        {{ dbt.dateadd('day', 30, 'launch_at') }} <= {{ as_of() }} as is_over
    from {{ ref('launch') }}
    where not is_cancelled and launch_at is not null
),

ticket as (
    select
        launch.launch_id,
        count(case when ticket.created_at >= launch.launch_at then 1 end) as after,
        count(distinct case when ticket.created_at >= launch.launch_at then ticket.account_id end) as accounts_after,
        count(case when ticket.created_at < launch.launch_at then 1 end) as before
    from launch
    inner join {{ ref('ticket') }} as ticket
        on
            launch.product_area = ticket.product_area
            and ticket.created_at >= {{ dbt.dateadd('day', -180, 'launch.launch_at') }}
            and ticket.created_at < launch.until
    group by launch.launch_id
),

first_ticket as (
    select min(created_at) as created_at from {{ ref('ticket') }}
),

customer as (
    select
        launch.launch_id,
        count(account.account_id) as accounts
    from launch
    inner join {{ ref('account') }} as account
        on account.lifecycle_stage <> 'prospect' and (account.created_at is null or account.created_at <= launch.launch_at)
    group by launch.launch_id
),

use as (
    select
        launch.launch_id,
        count(distinct used.account_id) as active_accounts,
        count(distinct case when used.feature = launch.feature then used.account_id end) as adopting_accounts
    from launch
    inner join {{ ref('feature_usage_daily') }} as used
        on used.usage_date >= {{ utc_date('launch.launch_at') }} and used.usage_date < {{ utc_date('launch.until') }}
    where used.account_id is not null and launch.feature is not null
    group by launch.launch_id
),

question as (
    select
        launch.launch_id,
        count(case when asked.quality = 'awareness' then 1 end) as awareness,
        count(case when asked.quality = 'mechanics' then 1 end) as mechanics,
        count(case when asked.quality = 'readiness' then 1 end) as readiness
    from launch
    inner join {{ ref('int_question') }} as asked
        on launch.launch_id = asked.launch_id and asked.asked_at >= launch.launch_at and asked.asked_at < launch.until
    group by launch.launch_id
),

questions_known as (
    select count(*) > 0 as is_known from {{ ref('int_question') }}
),

-- A baseline needs months of tickets before the launch.
baseline as (
    select launch.launch_id
    from launch
    cross join first_ticket
    where first_ticket.created_at <= {{ dbt.dateadd('day', -60, 'launch.launch_at') }}
)

select
    launch.launch_id,
    launch.is_over,
    coalesce(customer.accounts, 0) as customer_accounts,
    case when first_ticket.created_at is not null then coalesce(ticket.after, 0) end as tickets_30d,
    coalesce(ticket.accounts_after, 0) as ticket_accounts_30d,
    case when baseline.launch_id is not null then coalesce(ticket.before, 0) end as tickets_180d_before,
    -- The tickets before are spread over the days that there were tickets at all.
    least(
        180.0, nullif({{ dbt.datediff('first_ticket.created_at', 'launch.launch_at', 'day') }}, 0)
    ) as baseline_days,
    coalesce(use.active_accounts, 0) as active_accounts_30d,
    coalesce(use.adopting_accounts, 0) as adopting_accounts_30d,
    launch.feature is not null as has_feature,
    case when questions_known.is_known then coalesce(question.awareness, 0) end as awareness_questions_30d,
    case when questions_known.is_known then coalesce(question.mechanics, 0) end as mechanics_questions_30d,
    case when questions_known.is_known then coalesce(question.readiness, 0) end as readiness_questions_30d
from launch
cross join first_ticket
cross join questions_known
left join customer on launch.launch_id = customer.launch_id
left join ticket on launch.launch_id = ticket.launch_id
left join baseline on launch.launch_id = baseline.launch_id
left join use on launch.launch_id = use.launch_id
left join question on launch.launch_id = question.launch_id
