-- Whom do we look for, what do we ask everyone, and what must we say about how the role will change?
select
    kit.attribute,
    unnest(kit.value) as what,
    unnest(kit.questions) as ask,
    unnest(kit.listen_for) as listen_for,
    kit.note
from {{ ref('role_profile') }} as kit
inner join {{ ref('recommendation') }} as answer on kit.recommendation = answer.recommendation
order by kit.attribute asc
