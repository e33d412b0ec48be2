-- The moment from which everything looks back: as set, else the latest feedback that is not in the future, so that an old
-- export is seen as of its own time; else the present.
with

feedback as (
    select * from {{ ref('int_feedback_unioned') }}
),

latest as (
    select max(occurred_at) as occurred_at
    from feedback
    where occurred_at <= {{ dbt.current_timestamp() }}
)

select
    coalesce(
        {% if var('as_of') -%}
            cast('{{ var("as_of") }}' as timestamptz),
        {%- endif %}
        latest.occurred_at,
        {{ dbt.current_timestamp() }}
    ) as as_of
from latest
