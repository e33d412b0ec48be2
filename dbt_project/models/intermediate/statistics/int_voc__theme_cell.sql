-- Counts of each theme in each week × segment × channel that mentions it, and over all of them; each account and its ARR once.
with

feedback as (
    select * from {{ ref('int_voc__feedback') }}
),

mention as (
    select * from {{ ref('int_voc__mention') }}
),

scope as (
    {{ own_and_all() }}
),

-- What each respondent said of each theme. No model of its own: nobody else reads it, and it is as long as all feedback.
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
        count(case when {{ nps_group('feedback.nps_score') }} = 'promoter' then 1 end) as promoters,
        count(case when {{ nps_group('feedback.nps_score') }} = 'detractor' then 1 end) as detractors
    from mention
    inner join feedback on mention.feedback_id = feedback.feedback_id
    group by
        mention.series,
        mention.theme_id,
        feedback.week_start,
        feedback.week_index,
        feedback.segment,
        feedback.channel,
        feedback.respondent
),

-- Over all channels a respondent who used several counts once. Segments roll up later: a respondent is in one of them.
said_in as (
    select * from said
    union all
    select
        series,
        theme_id,
        week_start,
        week_index,
        segment,
        'all' as channel,
        respondent,
        max(account_id) as account_id,
        max(arr) as arr,
        cast(sum(mentions) as bigint) as mentions,
        cast(sum(sentiment_n) as bigint) as sentiment_n,
        {{ exact_sum('sentiment_sum') }} as sentiment_sum,
        cast(sum(nps_n) as bigint) as nps_n,
        cast(sum(promoters) as bigint) as promoters,
        cast(sum(detractors) as bigint) as detractors
    from said
    group by series, theme_id, week_start, week_index, segment, respondent
),

heard_in as (
    select
        week_index,
        {{ in_scope('channel') }} as in_channel,
        respondent,
        count(*) as items
    from feedback
    cross join scope
    group by week_index, {{ in_scope('channel') }}, respondent
),

respondents as (
    select
        said_in.*,
        heard_in.items
    from said_in
    inner join heard_in
        on
            said_in.week_index = heard_in.week_index
            and said_in.channel = heard_in.in_channel
            and said_in.respondent = heard_in.respondent
)

select
    series,
    theme_id,
    week_start,
    week_index,
    {{ in_scope('segment') }} as segment,
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
cross join scope
group by series, theme_id, week_start, week_index, {{ in_scope('segment') }}, channel
