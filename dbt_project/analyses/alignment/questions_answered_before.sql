-- Which questions come again although they were answered, and about which launch?
-- parameter: rows integer 200 How many, newest first; in_all says of how many. 0 for all.
select
    question.launch_id,
    question.asker_team,
    question.asked_at,
    question.text,
    (select count(*) from {{ ref('inbound_question') }} as again where again.answered_before) as in_all
from {{ ref('inbound_question') }} as question
where question.answered_before
order by question.asked_at desc, question.question_id asc
{% if var('rows', 200) | int > 0 %} limit {{ var('rows', 200) | int }} {% endif %}
