with

question as (
    select
        *,
        coalesce(asker_team, 'unknown') as team,
        coalesce(quality, '') <> 'not_question' as asks
    from {{ ref('int_question') }}
    where asked_at <= {{ as_of() }}
)

select
    question.question_id,
    question.asked_at,
    question.source_system,
    question.channel_name,
    case when team.is_shown then question.team else 'withheld' end as asker_team,
    question.launch_id,
    -- What asks nothing is nobody's business outside its channel.
    case when question.asks then question.text end as text,
    question.quality,
    cast({{ quality_score('question.quality') }} as double) as quality_score,
    cast(question.quality_confidence as double) as quality_confidence,
    question.expected_owner,
    cast(question.owner_confidence as double) as owner_confidence,
    case when role.is_shown then question.answered_by_role end as answered_by_role,
    case when role.is_shown or question.answered_by_role is null then question.misrouted end as misrouted,
    cast(
        {{ hours_between('question.asked_at', 'question.first_answered_at') }} * 60 as double
    ) as first_answer_minutes,
    question.answered_before,
    question.resolution
from question
left join {{ ref('int_question_team') }} as team
    on {{ week_start('question.asked_at') }} = team.week_start and question.team = team.team
left join {{ ref('int_question_role') }} as role
    on {{ month_start('question.asked_at') }} = role.month_start and question.answered_by_role = role.role
