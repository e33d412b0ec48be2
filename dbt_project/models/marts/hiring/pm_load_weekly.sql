-- A team below the smallest size is withheld, and with it as many of the next smaller ones as it takes that the difference
-- between the total and the teams shown is never that of fewer people.
with

week as (
    select
        *,
        -- People whom the figures are about: where calendars are read, those whose calendars they are.
        case when pms_seen > 0 then pms_seen else pms end as people
    from {{ ref('int_hiring__pm_week') }}
),

ranked as (
    select
        *,
        min(people) over (partition by week_start, team = 'all') as smallest,
        sum(people) over (
            partition by week_start, team = 'all'
            order by people, team
            rows between unbounded preceding and 1 preceding
        ) as smaller_people,
        row_number() over (partition by week_start, team = 'all' order by people, team) as place
    from week
),

judged as (
    select
        *,
        people < {{ var('min_group_size') }}
        or (
            team <> 'all'
            and smallest < {{ var('min_group_size') }}
            and (place <= 2 or coalesce(smaller_people, 0) < {{ var('min_group_size') }})
        ) as suppressed
    from ranked
)

select
    week_start,
    team,
    team_name,
    case when team = 'all' or not suppressed then pms end as pms,
    case when not suppressed then pms_seen end as pms_with_calendar,
    case when not suppressed then cast(questions as double) / nullif(pms, 0) end as questions_fielded_per_pm,
    case when not suppressed then stakeholder_hours / nullif(pms_seen, 0) end as stakeholder_hours_per_pm,
    case when not suppressed then customer_hours / nullif(pms_seen, 0) end as customer_hours_per_pm,
    case when not suppressed then team_hours / nullif(pms_seen, 0) end as team_hours_per_pm,
    case when not suppressed then coordination_hours / nullif(pms_seen, 0) end as coordination_hours_per_pm,
    case
        when not suppressed
            then
                unclassified_hours
                / nullif(stakeholder_hours + customer_hours + team_hours + unclassified_hours, 0)
    end as unclassified_hours_share,
    case
        when not suppressed
            then customer_hours / nullif(stakeholder_hours + customer_hours + team_hours, 0)
    end as customer_time_share,
    headcount,
    suppressed,
    case when not suppressed then {{ poisson_low('questions') }} / nullif(pms, 0) end as questions_fielded_per_pm_low,
    case when not suppressed then {{ poisson_high('questions') }} / nullif(pms, 0) end as questions_fielded_per_pm_high
from judged
-- Trends over weeks are sums of fractions: rows that always lie in one order always give the same last digit.
order by week_start, team
