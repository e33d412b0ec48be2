-- What do the revenue teams ask about each launch: what it is, how it works, or how to get customers ready?
select
    launch.launch_name,
    question.asker_team,
    count(*) as questions,
    sum(case when question.quality = 'awareness' then 1 else 0 end) as what_is_it,
    sum(case when question.quality = 'mechanics' then 1 else 0 end) as how_does_it_work,
    sum(case when question.quality = 'readiness' then 1 else 0 end) as how_do_we_get_ready
from {{ ref('inbound_question') }} as question
inner join {{ ref('launch') }} as launch on question.launch_id = launch.launch_id
where question.quality <> 'not_question'
group by launch.launch_id, launch.launch_name, launch.launch_at, question.asker_team
order by launch.launch_at asc, questions desc, question.asker_team asc
