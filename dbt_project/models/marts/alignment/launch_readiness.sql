-- Before the launch: are the teams ready, or only aware? After it: how did it fail? Totals are made of the published teams
-- alone, so that nobody tells a withheld team from them.
with

launch as (
    select * from {{ ref('launch') }} where not is_cancelled and launch_at is not null
),

part as (
    select
        launch_id,
        count(*) as parts,
        count(case when is_done then 1 end) as parts_done,
        sum(items) as items,
        max(case when part = 'in_product_education' and is_done then 1 else 0 end) = 1 as has_in_product_education,
        max(case when part = 'documentation' and is_done then 1 else 0 end) = 1 as has_documentation,
        max(case when part = 'internal_readiness' and is_done then 1 else 0 end) = 1 as has_internal_readiness
    from {{ ref('int_launch_part') }}
    group by launch_id
),

team as (
    select
        launch_id,
        count(case when not suppressed then 1 end) as teams,
        count(case when state = 'not_ready' then 1 end) as teams_not_ready,
        count(case when state = 'ready' then 1 end) as teams_ready,
        count(case when state = 'insufficient_data' then 1 end) as teams_unknown,
        sum(awareness * people) / nullif(sum(case when awareness is not null then people end), 0) as awareness,
        sum(case when awareness is not null then people end) as people,
        case when count(case when not suppressed and readiness is null then 1 end) = 0 then min(readiness) end as readiness,
        case when count(case when not suppressed and readiness is null then 1 end) = 0 then min(readiness_low) end
            as readiness_low,
        case when count(case when not suppressed and readiness is null then 1 end) = 0 then min(readiness_high) end
            as readiness_high
    from {{ ref('launch_team_readiness') }}
    group by launch_id
),

aftermath as (
    select
        *,
        100.0 * tickets_30d / nullif(customer_accounts, 0) as ticket_rate,
        100.0 * tickets_180d_before * 30.0 / nullif(baseline_days, 0) / nullif(customer_accounts, 0) as baseline_rate,
        tickets_30d + tickets_180d_before as tickets,
        30.0 / (30.0 + baseline_days) as expected_ticket_share,
        tickets_30d / nullif(cast(tickets_30d + tickets_180d_before as double), 0) as ticket_share,
        adopting_accounts_30d / nullif(cast(active_accounts_30d as double), 0) as adoption,
        awareness_questions_30d + mechanics_questions_30d + readiness_questions_30d as questions
    from {{ ref('int_launch_aftermath') }}
),

-- A sign is true, false, or null where there is too little to tell.
signed as (
    select
        *,
        case
            when tickets_180d_before is null or tickets < {{ launch_limit('launch_minimum_tickets') }} then null
            else
                {{ wilson_low('ticket_share', 'tickets') }} > expected_ticket_share
                and ticket_rate >= {{ launch_limit('launch_ticket_ratio') }} * baseline_rate
        end as tickets_spike,
        case
            when not has_feature or active_accounts_30d < {{ launch_limit('launch_minimum_accounts') }} then null
            else {{ wilson_high('adoption', 'active_accounts_30d') }} < {{ launch_limit('launch_adoption_floor') }}
        end as is_unadopted,
        case
            when coalesce(questions, 0) < {{ launch_limit('launch_minimum_questions') }} then null
            else awareness_questions_30d >= 0.5 * questions
        end as asks_what_it_is,
        case
            when coalesce(questions, 0) < {{ launch_limit('launch_minimum_questions') }} then null
            else mechanics_questions_30d >= 0.5 * questions
        end as asks_how_it_works
    from aftermath
),

judged as (
    select
        launch.launch_id,
        launch.launch_name,
        launch.launch_at,
        launch.roadmap_item_id,
        team.awareness,
        team.readiness,
        team.people,
        team.readiness_low,
        team.readiness_high,
        part.parts_done,
        part.parts,
        part.items,
        part.has_in_product_education,
        part.has_documentation,
        part.has_internal_readiness,
        team.teams,
        team.teams_ready,
        team.teams_not_ready,
        case
            when team.teams is null or team.teams = 0 or team.awareness is null or team.teams_unknown = team.teams
                then 'insufficient_data'
            when team.awareness <= 3 then 'not_aware'
            when team.teams_not_ready > 0 or part.parts_done < part.parts then 'aware_not_ready'
            when team.teams_unknown > 0 then 'insufficient_data'
            else 'ready'
        end as verdict,
        signed.is_over,
        signed.ticket_rate,
        signed.baseline_rate,
        signed.tickets_30d,
        signed.tickets_180d_before,
        signed.customer_accounts,
        signed.baseline_days,
        signed.tickets_spike,
        signed.adoption,
        signed.adopting_accounts_30d,
        signed.active_accounts_30d,
        signed.is_unadopted,
        signed.asks_what_it_is,
        signed.asks_how_it_works,
        signed.awareness_questions_30d,
        signed.mechanics_questions_30d,
        signed.readiness_questions_30d,
        case when signed.tickets_spike is null then 0 else 1 end
        + case when signed.is_unadopted is null then 0 else 1 end
        + case when signed.asks_what_it_is is null then 0 else 1 end as signs
    from launch
    inner join part on launch.launch_id = part.launch_id
    inner join signed on launch.launch_id = signed.launch_id
    left join team on launch.launch_id = team.launch_id
)

select
    launch_id,
    launch_name,
    launch_at,
    cast(awareness as double) as awareness_score,
    cast(readiness as double) as readiness_score,
    cast(parts_done as bigint) as definition_of_done_done,
    cast(parts as bigint) as definition_of_done_total,
    has_in_product_education,
    has_documentation,
    has_internal_readiness,
    verdict,
    case
        when not is_over then 'insufficient_data'
        when coalesce(asks_what_it_is, false) then 'awareness'
        when coalesce(asks_how_it_works, false) then 'readiness'
        when coalesce(tickets_spike, false) or coalesce(is_unadopted, false)
            then case when verdict = 'not_aware' then 'awareness' else 'readiness' end
        -- One quiet sign is not enough to say that nothing went wrong.
        when signs >= 2 then 'none'
        else 'insufficient_data'
    end as failure_mode,
    cast(case when is_over then ticket_rate end as double) as tickets_30d_per_100_accounts,
    cast(baseline_rate as double) as tickets_baseline,
    cast(case when is_over then adoption end as double) as adoption_30d,
    cast(case when is_over then awareness_questions_30d end as bigint) as awareness_questions_30d,
    cast(case when is_over then readiness_questions_30d end as bigint) as readiness_questions_30d,
    cast(case when is_over then mechanics_questions_30d end as bigint) as mechanics_questions_30d,
    cast(case when is_over then {{ wilson_low('adoption', 'active_accounts_30d') }} end as double) as adoption_low,
    cast(case when is_over then {{ wilson_high('adoption', 'active_accounts_30d') }} end as double) as adoption_high,
    cast(case when is_over then active_accounts_30d end as bigint) as adoption_n,
    cast(case when is_over then tickets_30d end as bigint) as tickets_30d,
    case when is_over then tickets_spike end as tickets_spike,
    case when is_over then is_unadopted end as is_unadopted,
    cast(coalesce(teams, 0) as bigint) as teams,
    cast(coalesce(teams_ready, 0) as bigint) as teams_ready,
    cast(coalesce(teams_not_ready, 0) as bigint) as teams_not_ready,
    cast(case when is_over then signs end as bigint) as signs,
    cast({{ ladder(wilson_low('(awareness - 1) / 4', 'people')) }} as double) as awareness_score_low,
    cast({{ ladder(wilson_high('(awareness - 1) / 4', 'people')) }} as double) as awareness_score_high,
    cast(people as bigint) as awareness_n,
    cast(readiness_low as double) as readiness_score_low,
    cast(readiness_high as double) as readiness_score_high,
    cast(case when is_over then 100.0 * {{ poisson_low('tickets_30d') }} / nullif(customer_accounts, 0) end as double)
        as tickets_30d_per_100_accounts_low,
    cast(case when is_over then 100.0 * {{ poisson_high('tickets_30d') }} / nullif(customer_accounts, 0) end as double)
        as tickets_30d_per_100_accounts_high,
    cast(
        100.0 * {{ poisson_low('tickets_180d_before') }} * 30.0 / nullif(baseline_days, 0) / nullif(customer_accounts, 0)
        as double
    ) as tickets_baseline_low,
    cast(
        100.0 * {{ poisson_high('tickets_180d_before') }} * 30.0 / nullif(baseline_days, 0) / nullif(customer_accounts, 0)
        as double
    ) as tickets_baseline_high,
    cast(tickets_180d_before as bigint) as tickets_180d_before
from judged
