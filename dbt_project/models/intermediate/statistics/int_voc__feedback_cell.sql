-- How much feedback each week × segment × channel, and over all of them, has, and how it is spread over respondents.
with

feedback as (
    select * from {{ ref('int_voc__feedback') }}
),

scope as (
    {{ own_and_all() }}
),

-- Over all channels a respondent who used several counts once. Segments roll up later: a respondent is in one of them.
respondents as (
    select
        week_start,
        week_index,
        segment,
        {{ in_scope('channel') }} as in_channel,
        respondent,
        count(*) as items
    from feedback
    cross join scope
    group by week_start, week_index, segment, {{ in_scope('channel') }}, respondent
)

select
    week_start,
    week_index,
    {{ in_scope('segment') }} as segment,
    in_channel as channel,
    sum(items) as feedback_n,
    count(*) as respondents,
    sum(items * items) as items_squared
from respondents
cross join scope
group by week_start, week_index, {{ in_scope('segment') }}, in_channel
