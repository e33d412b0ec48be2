-- What each learner finished for which launch. A check that was failed, or a course below the pass mark, is not finished.
with

completion as (
    select * from {{ ref('stg_enablement__completion') }}
),

reference as (
    select * from {{ ref('int_launch_reference') }}
),

team as (
    select * from {{ ref('int_team_alias') }}
),

judged as (
    select
        completion.record_id,
        completion.learner_key,
        team.team_id,
        team.function,
        coalesce(said.launch_id, titled.launch_id) as launch_id,
        case
            when {{ regexp_like('completion.kind', 'announ|acknowl|news|read') }} then 'announcement'
            when {{ regexp_like('completion.kind', 'abilit|certif|assess|role_?play|exam|quiz|practice|check') }}
                then 'ability_check'
            else 'course'
        end as kind,
        completion.completed_at,
        coalesce(completion.passed, true)
        and coalesce(completion.score, 100) >= {{ var('pass_score') }}
        and coalesce(completion.status not like 'fail%', true) as is_passed,
        completion.passed is not null or completion.score is not null as has_result
    from completion
    left join team on completion.department = team.alias
    left join reference as said on completion.launch_reference = said.reference
    left join reference as titled on lower(completion.course_name) = titled.reference
)

select
    record_id,
    learner_key,
    team_id,
    function,
    launch_id,
    kind,
    -- An ability that nothing was measured of is not shown.
    case when is_passed and (kind <> 'ability_check' or has_result) then completed_at end as done_at
from judged
