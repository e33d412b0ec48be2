-- Where did product managers' hours go in the last 13 weeks, team by team?
-- parameter: weeks integer 13 How many weeks back from the newest.
select
    team_name,
    count(*) as weeks,
    round(avg(stakeholder_hours_per_pm), 1) as stakeholder_hours,
    round(avg(customer_hours_per_pm), 1) as customer_hours,
    round(avg(team_hours_per_pm), 1) as team_hours,
    round(avg(questions_fielded_per_pm), 1) as questions_fielded,
    round(avg(unclassified_hours_share), 2) as unclassified_share
from {{ ref('pm_load_weekly') }}
where
    not suppressed
    and week_start > (
        select {{ dbt.dateadd('week', -(var('weeks', 13) | int), 'max(latest.week_start)') }}
        from {{ ref('pm_load_weekly') }} as latest
    )
group by team_name
order by stakeholder_hours desc nulls last, team_name asc
