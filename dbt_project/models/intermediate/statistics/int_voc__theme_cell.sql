-- Counts of each theme in each week × segment × channel that mentions it; each account, and its ARR, once.
with

-- What each respondent said of each theme. No model of its own: nobody else reads it, and it has as many rows as there is
-- feedback, four times over.
said as (
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
),

respondents as (
    select
        said.*,
        items.items
    from said
    inner join (
        select
            week_index,
            segment,
            channel,
            respondent,
            count(*) as items
        from {{ ref('int_voc__feedback') }}
        group by week_index, segment, channel, respondent
    ) as items
        on
            said.week_index = items.week_index
            and said.segment = items.segment
            and said.channel = items.channel
            and said.respondent = items.respondent
)

select
    series,
    theme_id,
    week_start,
    week_index,
    segment,
    channel,
    sum(mentions) as mentions,
    count(account_id) as accounts,
    {{ exact_sum('arr', 2) }} as arr_exposed,
    sum(mentions * mentions) as mentions_squared,
    sum(mentions * items) as cross_product,
    count(*) as respondents,
    sum(sentiment_n) as sentiment_n,
    {{ exact_sum('sentiment_sum') }} as sentiment_sum,
    {{ exact_sum('sentiment_sum * sentiment_sum') }} as sentiment_squared,
    {{ exact_sum('sentiment_sum * sentiment_n') }} as sentiment_cross,
    sum(sentiment_n * sentiment_n) as sentiment_n_squared,
    sum(nps_n) as nps_n,
    sum(nps_n * nps_n) as nps_n_squared,
    sum(promoters) as promoters,
    sum(detractors) as detractors
from respondents
group by series, theme_id, week_start, week_index, segment, channel
