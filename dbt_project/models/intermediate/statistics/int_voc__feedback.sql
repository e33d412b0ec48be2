-- Feedback of the kept weeks, once under its own segment and channel and once under each roll-up: four rows per item.
with

items as (
    select
        feedback.feedback_id,
        feedback.account_id,
        feedback.channel as own_channel,
        feedback.nps_score,
        week.week_start,
        week.week_index,
        {{ voc_segment('account.segment') }} as own_segment,
        {{ respondent('feedback.account_id', 'feedback.contact_key', 'feedback.feedback_id') }} as respondent,
        case when account.min_link_confidence >= {{ voc_limit('link_likely') }} then history.arr end as arr
    from {{ ref('feedback') }} as feedback
    inner join {{ ref('int_voc__week') }} as week on {{ week_start('feedback.occurred_at') }} = week.week_start
    left join {{ ref('account') }} as account on feedback.account_id = account.account_id
    -- What an account was worth in that week, not what it is worth today.
    left join {{ ref('account_history') }} as history
        on
            feedback.account_id = history.account_id
            and {{ held_at('history', dbt.dateadd('week', 1, 'week.week_start')) }}
    where feedback.occurred_at <= {{ as_of() }}
),

scopes as (
    select
        false as all_segments,
        false as all_channels
    union all
    select
        false as all_segments,
        true as all_channels
    union all
    select
        true as all_segments,
        false as all_channels
    union all
    select
        true as all_segments,
        true as all_channels
)

select
    items.feedback_id,
    items.account_id,
    items.respondent,
    items.week_start,
    items.week_index,
    items.nps_score,
    items.arr,
    case when scopes.all_segments then 'all' else items.own_segment end as segment,
    case when scopes.all_channels then 'all' else items.own_channel end as channel
from items
cross join scopes
