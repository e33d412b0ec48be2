-- How much feedback each week × segment × channel has, and how it is spread over respondents.
with

respondents as (
    select
        week_start,
        week_index,
        segment,
        channel,
        respondent,
        count(*) as items
    from {{ ref('int_voc__feedback') }}
    group by week_start, week_index, segment, channel, respondent
)

select
    week_start,
    week_index,
    segment,
    channel,
    sum(items) as feedback_n,
    count(*) as respondents,
    sum(items * items) as items_squared
from respondents
group by week_start, week_index, segment, channel
