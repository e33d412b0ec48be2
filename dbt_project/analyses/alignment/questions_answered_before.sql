-- Which questions come again although they were answered, and about which launch?
-- parameter: team text any Team that asked; any for all.
-- parameter: rows integer 200 How many, newest first; in_all says of how many. 0 for all.
with

again as (
    select *
    from {{ ref('inbound_question') }}
    where answered_before and '{{ var('team', 'any') }}' in ('any', asker_team)
),

counted as (
    select count(*) as in_all from again
)

select
    again.launch_id,
    again.asker_team,
    again.asked_at,
    again.text,
    counted.in_all
from again
cross join counted
order by again.asked_at desc, again.question_id asc
{% if var('rows', 200) | int > 0 %} limit {{ var('rows', 200) | int }} {% endif %}
