-- What each respondent said of each theme in each week × segment × channel.
select
    mention.series,
    mention.theme_id,
    feedback.week_start,
    feedback.week_index,
    feedback.segment,
    feedback.channel,
    feedback.respondent,
    max(feedback.account_id) as account_id,
    max(feedback.arr) as arr,
    count(*) as mentions,
    count(mention.sentiment) as sentiment_n,
    {{ exact_sum('mention.sentiment') }} as sentiment_sum,
    count(feedback.nps_score) as nps_n,
    sum(case when {{ nps_group('feedback.nps_score') }} = 'promoter' then 1 else 0 end) as promoters,
    sum(case when {{ nps_group('feedback.nps_score') }} = 'detractor' then 1 else 0 end) as detractors
from {{ ref('int_voc__mention') }} as mention
inner join {{ ref('int_voc__feedback') }} as feedback on mention.feedback_id = feedback.feedback_id
group by
    mention.series,
    mention.theme_id,
    feedback.week_start,
    feedback.week_index,
    feedback.segment,
    feedback.channel,
    feedback.respondent
