-- What do customers talk about that no theme covers, what does it grow by, and which item shows it best?
select
    emerging.label,
    emerging.state,
    emerging.mentions,
    emerging.accounts,
    emerging.arr_exposed,
    emerging.growth,
    feedback.text as example
from {{ ref('emerging_theme') }} as emerging
left join {{ ref('feedback') }} as feedback on emerging.example_feedback_ids[1] = feedback.feedback_id
where emerging.state <> 'adopted'
order by emerging.state = 'new' desc, emerging.mentions desc, emerging.cluster_key
limit 20
