-- Awareness apart; readiness is the least of knowledge, ability and assets, as of the launch. What nobody measures is
-- unknown; what is measured for other launches and not for this one is missing.
with

part as (
    select * from {{ ref('int_launch_part') }}
),

activity as (
    select * from {{ ref('int_launch_activity') }}
),

words as (
    select * from {{ ref('int_launch_words') }}
),

launch as (
    select
        launch_id,
        max(seen_at) as seen_at,
        max(case when part = 'in_product_education' and is_done then 1 else 0 end) as education,
        max(case when part = 'documentation' and is_done then 1 else 0 end) as documentation,
        sum(items) as items
    from part
    group by launch_id
),

measured as (
    select
        count(*) > 0 as has_activities,
        count(case when kind = 'course' then 1 end) > 0 as has_courses,
        count(case when kind = 'ability_check' then 1 end) > 0 as has_checks
    from activity
),

-- A learning system may know more people of a team than the roster does, and the roster more than ever learned anything.
team as (
    select
        coalesce(known.team_id, learning.team_id) as team_id,
        greatest(coalesce(known.headcount, 0), coalesce(learning.people, 0)) as people,
        coalesce(known.suppressed, false) as is_withheld
    from (
        select
            team_id,
            headcount,
            suppressed
        from {{ ref('team') }}
        where {{ is_revenue_function('function') }}
    ) as known
    full outer join (
        select
            team_id,
            count(distinct learner_key) as people
        from activity
        where {{ is_revenue_function('function') }}
        group by team_id
    ) as learning on known.team_id = learning.team_id
),

counted as (
    select
        launch.launch_id,
        team.team_id,
        count(activity.record_id) as records,
        count(distinct case when activity.done_at <= launch.seen_at then activity.learner_key end) as aware_people,
        count(
            distinct case when activity.kind = 'course' and activity.done_at <= launch.seen_at then activity.learner_key end
        ) as knowing_people,
        count(
            distinct case
                when activity.kind = 'ability_check' and activity.done_at <= launch.seen_at then activity.learner_key
            end
        ) as able_people
    from launch
    cross join team
    left join activity on launch.launch_id = activity.launch_id and team.team_id = activity.team_id
    group by launch.launch_id, team.team_id
),

addressed as (
    select
        launch.launch_id,
        team.team_id,
        count(distinct words.part) as parts
    from launch
    cross join team
    inner join words
        on
            launch.launch_id = words.launch_id
            and words.done_at <= launch.seen_at
            and (words.team_id is null or words.team_id = team.team_id)
    group by launch.launch_id, team.team_id
),

tracked as (
    select
        launch.launch_id,
        launch.items > 0 or coalesce(sum(counted.records), 0) > 0 as is_tracked,
        coalesce(sum(counted.records), 0) > 0 as has_records
    from launch
    left join counted on launch.launch_id = counted.launch_id
    group by launch.launch_id, launch.items
),

judged as (
    select
        counted.launch_id,
        counted.team_id,
        team.people,
        team.is_withheld or team.people < {{ var('min_group_size') }} as suppressed,
        tracked.is_tracked,
        counted.aware_people,
        counted.knowing_people,
        counted.able_people,
        launch.education + launch.documentation + coalesce(addressed.parts, 0) as assets_there,
        measured.has_activities and tracked.is_tracked as knows_awareness,
        measured.has_courses and tracked.is_tracked as knows_knowledge,
        measured.has_checks and tracked.is_tracked as knows_ability,
        least(1.0, counted.aware_people / nullif(cast(team.people as double), 0)) as aware_share,
        least(1.0, counted.knowing_people / nullif(cast(team.people as double), 0)) as knowing_share,
        least(1.0, counted.able_people / nullif(cast(team.people as double), 0)) as able_share
    from counted
    inner join team on counted.team_id = team.team_id
    inner join launch on counted.launch_id = launch.launch_id
    inner join tracked on counted.launch_id = tracked.launch_id
    cross join measured
    left join addressed on counted.launch_id = addressed.launch_id and counted.team_id = addressed.team_id
),

scored as (
    select
        *,
        case when knows_knowledge then {{ ladder('knowing_share') }} end as knowledge,
        case when knows_ability then {{ ladder('able_share') }} end as ability,
        case when is_tracked then {{ ladder('assets_there / 5.0') }} end as assets,
        case when knows_awareness then {{ ladder('aware_share') }} end as awareness,
        case when knows_knowledge then {{ ladder(wilson_low('knowing_share', 'people')) }} end as knowledge_low,
        case when knows_knowledge then {{ ladder(wilson_high('knowing_share', 'people')) }} end as knowledge_high,
        case when knows_ability then {{ ladder(wilson_low('able_share', 'people')) }} end as ability_low,
        case when knows_ability then {{ ladder(wilson_high('able_share', 'people')) }} end as ability_high,
        case when knows_awareness then {{ ladder(wilson_low('aware_share', 'people')) }} end as awareness_low,
        case when knows_awareness then {{ ladder(wilson_high('aware_share', 'people')) }} end as awareness_high
    from judged
)

select
    launch_id,
    team_id as team,
    cast(case when not suppressed then knowledge end as double) as knowledge,
    cast(case when not suppressed then ability end as double) as ability,
    cast(case when not suppressed then assets end as double) as assets,
    -- Unknown where one of the three is: a missing part may be the least.
    cast(
        case
            when not suppressed and knowledge + ability + assets is not null then least(knowledge, ability, assets)
        end as double
    ) as readiness,
    cast(case when not suppressed then awareness end as double) as awareness,
    suppressed,
    cast(
        case
            when not suppressed and knowledge + ability + assets is not null then least(knowledge_low, ability_low, assets)
        end as double
    ) as readiness_low,
    cast(
        case
            when not suppressed and knowledge + ability + assets is not null then least(knowledge_high, ability_high, assets)
        end as double
    ) as readiness_high,
    cast(case when not suppressed then awareness_low end as double) as awareness_low,
    cast(case when not suppressed then awareness_high end as double) as awareness_high,
    cast(case when not suppressed then knowledge_low end as double) as knowledge_low,
    cast(case when not suppressed then knowledge_high end as double) as knowledge_high,
    cast(case when not suppressed then ability_low end as double) as ability_low,
    cast(case when not suppressed then ability_high end as double) as ability_high,
    cast(case when not suppressed then people end as bigint) as people,
    cast(case when not suppressed and knows_awareness then aware_people end as bigint) as aware_people,
    cast(case when not suppressed and knows_knowledge then knowing_people end as bigint) as knowing_people,
    cast(case when not suppressed and knows_ability then able_people end as bigint) as able_people,
    cast(case when not suppressed and is_tracked then assets_there end as bigint) as assets_there,
    cast(case when not suppressed and is_tracked then 5 end as bigint) as assets_needed,
    case
        when suppressed then 'suppressed'
        when not is_tracked then 'insufficient_data'
        when coalesce(least(knowledge, ability, assets), 5) <= 3 then 'not_ready'
        when knowledge + ability + assets is null then 'insufficient_data'
        else 'ready'
    end as state,
    -- The part that holds the team back, where one does.
    case
        when suppressed or not is_tracked or coalesce(least(knowledge, ability, assets), 5) > 3 then null
        when knowledge = least(knowledge, ability, assets) then 'knowledge'
        when ability = least(knowledge, ability, assets) then 'ability'
        else 'assets'
    end as barrier
from scored
