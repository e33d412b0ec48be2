-- Feedback of the kept weeks under its own segment and channel. Who counts rolls up: after counting there are fewer rows.
with

feedback as (
    select * from {{ ref('feedback') }} where occurred_at <= {{ as_of() }}
),

week as (
    select * from {{ ref('int_voc__week') }}
),

account as (
    select * from {{ ref('account') }}
),

history as (
    select * from {{ ref('account_history') }}
)

select
    feedback.feedback_id,
    feedback.account_id,
    {{ respondent('feedback.account_id', 'feedback.contact_key', 'feedback.feedback_id') }} as respondent,
    week.week_start,
    week.week_index,
    feedback.nps_score,
    {{ voc_segment('account.segment') }} as segment,
    feedback.channel,
    case when account.min_link_confidence >= {{ voc_limit('link_likely') }} then history.arr end as arr
from feedback
inner join week on {{ week_start('feedback.occurred_at') }} = week.week_start
left join account on feedback.account_id = account.account_id
-- What an account was worth in that week, not what it is worth today.
left join history
    on
        feedback.account_id = history.account_id
        and {{ held_at('history', dbt.dateadd('week', 1, 'week.week_start')) }}
