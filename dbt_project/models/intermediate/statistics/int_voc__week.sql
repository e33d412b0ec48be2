-- The weeks that the marts look back on: from the first feedback, or the oldest that is kept, to the week of as_of.
with

ends as (
    select
        {{ week_start(as_of()) }} as last_week,
        (select {{ week_start('min(feedback.occurred_at)') }} from {{ ref('feedback') }} as feedback) as first_week
),

digits as (
    {% for digit in range(10) %}
        select {{ digit }} as digit
        {{ "union all" if not loop.last }}
    {% endfor %}
),

ages as (
    select units.digit + 10 * tens.digit + 100 * hundreds.digit as age
    from digits as units
    cross join digits as tens
    cross join digits as hundreds
),

weeks as (
    select
        cast({{ dbt.dateadd('week', '-ages.age', 'ends.last_week') }} as date) as week_start,
        ends.first_week
    from ends
    cross join ages
    where ages.age < {{ [voc_limit('voc_history_weeks'), 1000] | min }}
)

select
    week_start,
    cast({{ dbt.dateadd('day', 6, 'week_start') }} as date) as week_end,
    row_number() over (order by week_start) - 1 as week_index,
    {{ day_to_timestamp("cast(" ~ dbt.dateadd('day', 7, 'week_start') ~ " as date)") }} <= {{ as_of() }} as is_complete_week
from weeks
where week_start >= first_week
