-- Which questions come again although they were answered, and about which launch?
select
    question.launch_id,
    question.asker_team,
    question.asked_at,
    question.text
from {{ ref('inbound_question') }} as question
where question.answered_before
order by question.asked_at desc, question.question_id asc
