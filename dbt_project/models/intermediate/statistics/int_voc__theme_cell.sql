-- Counts of each theme in each week × segment × channel that mentions it; each account, and its ARR, once.
with

respondents as (
    select
        said.*,
        items.items
    from {{ ref('int_voc__theme_respondent') }} as said
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
