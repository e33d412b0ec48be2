-- Every mention of a theme of today's taxonomy up to now, with who said it and what they are worth. No window yet.
select
    mention.theme_id,
    mention.feedback_id,
    mention.sentiment,
    feedback.occurred_at,
    feedback.channel,
    feedback.account_id,
    history.arr,
    account.min_link_confidence,
    coalesce(history.lifecycle_stage, account.lifecycle_stage) as lifecycle_stage,
    {{ respondent('feedback.account_id', 'feedback.contact_key', 'feedback.feedback_id') }} as respondent,
    feedback.occurred_at > {{ dbt.dateadd('week', -voc_limit('voc_window_weeks'), as_of()) }} as is_in_window
from {{ ref('int_voc__mention') }} as mention
inner join {{ ref('feedback') }} as feedback on mention.feedback_id = feedback.feedback_id
left join {{ ref('account') }} as account on feedback.account_id = account.account_id
left join {{ ref('account_history') }} as history
    on feedback.account_id = history.account_id and {{ held_at('history', as_of()) }}
where mention.series = 'restated' and feedback.occurred_at <= {{ as_of() }}
