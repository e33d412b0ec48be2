-- What product managers' time went to, by week and product team, before anything is withheld. Never leaves this layer.
with

person as (
    select * from {{ ref('int_person') }}
),

meeting as (
    select * from {{ ref('int_meeting') }}
),

question as (
    select
        {{ week_start('asked_at') }} as week_start,
        answered_by_team
    from {{ ref('int_question') }}
    where answered_by_role = 'product_management' and asked_at <= {{ as_of() }}
),

calendar as (
    select
        min(week_start) as first_week,
        max(week_start) as last_week
    from meeting
),

-- Two years of weeks that are over, from the first of a calendar, a question or the roster on.
week as (
    select days.day as week_start
    from
        {{ days_from(
            week_start(dbt.dateadd('week', -104, as_of())), week_start(dbt.dateadd('week', -1, as_of())), 'week'
        ) }} as days
    where
        days.day >= (
            select min(first_day)
            from (
                select {{ week_start('min(valid_from)') }} as first_day from person where is_pm
            ) as beginning
        )
),

staffed as (
    select
        week.week_start,
        person.team_id,
        person.employee_id,
        max(person.team_name) as team_name
    from week
    inner join person
        on
            person.is_pm
            and person.valid_from <= {{ dbt.dateadd('day', 3, 'week.week_start') }}
            and person.valid_until > {{ dbt.dateadd('day', 3, 'week.week_start') }}
    group by week.week_start, person.team_id, person.employee_id
),

-- Whose calendar we see: a meeting within six weeks before or after.
seen as (
    select distinct
        staffed.week_start,
        staffed.employee_id
    from staffed
    inner join meeting
        on
            staffed.employee_id = meeting.employee_id
            and meeting.week_start between
            {{ dbt.dateadd('week', -6, 'staffed.week_start') }} and {{ dbt.dateadd('week', 6, 'staffed.week_start') }}
),

spent as (
    select
        week_start,
        employee_id,
        {{ exact_sum("case when kind = 'stakeholders' then hours else 0 end", 4) }} as stakeholder_hours,
        {{ exact_sum("case when kind = 'customers' then hours else 0 end", 4) }} as customer_hours,
        {{ exact_sum("case when kind = 'team' then hours else 0 end", 4) }} as team_hours,
        {{ exact_sum("case when kind = 'unclassified' then hours else 0 end", 4) }} as unclassified_hours,
        {{ exact_sum("case when crosses_teams then hours else 0 end", 4) }} as coordination_hours
    from meeting
    group by week_start, employee_id
),

placed as (
    select
        staffed.week_start,
        staffed.team_id,
        staffed.team_name,
        staffed.employee_id,
        seen.employee_id is not null
        and staffed.week_start between calendar.first_week and calendar.last_week as is_seen,
        spent.stakeholder_hours,
        spent.customer_hours,
        spent.team_hours,
        spent.unclassified_hours,
        spent.coordination_hours
    from staffed
    cross join calendar
    left join seen on staffed.week_start = seen.week_start and staffed.employee_id = seen.employee_id
    left join spent on staffed.week_start = spent.week_start and staffed.employee_id = spent.employee_id
),

by_team as (
    select
        week_start,
        team_id,
        max(team_name) as team_name,
        count(*) as pms,
        count(case when is_seen then 1 end) as pms_seen,
        {{ exact_sum('case when is_seen then coalesce(stakeholder_hours, 0) end', 4) }} as stakeholder_hours,
        {{ exact_sum('case when is_seen then coalesce(customer_hours, 0) end', 4) }} as customer_hours,
        {{ exact_sum('case when is_seen then coalesce(team_hours, 0) end', 4) }} as team_hours,
        {{ exact_sum('case when is_seen then coalesce(unclassified_hours, 0) end', 4) }} as unclassified_hours,
        {{ exact_sum('case when is_seen then coalesce(coordination_hours, 0) end', 4) }} as coordination_hours
    from placed
    group by week_start, team_id
),

asked as (
    select
        question.week_start,
        by_team.team_id,
        count(*) as questions
    from question
    left join (select distinct team_id from by_team) as by_team on question.answered_by_team = by_team.team_id
    group by question.week_start, by_team.team_id
),

asking as (
    select
        min(week_start) as first_week,
        max(week_start) as last_week,
        -- A source of questions that knows no product team says nothing of any of them.
        max(case when team_id is not null then 1 else 0 end) = 1 as knows_teams
    from asked
),

headcount as (
    select
        week.week_start,
        count(distinct person.employee_id) as headcount
    from week
    inner join person
        on
            person.valid_from <= {{ dbt.dateadd('day', 3, 'week.week_start') }}
            and person.valid_until > {{ dbt.dateadd('day', 3, 'week.week_start') }}
    group by week.week_start
),

total as (
    select
        week_start,
        cast(sum(pms) as bigint) as pms,
        cast(sum(pms_seen) as bigint) as pms_seen,
        {{ exact_sum('stakeholder_hours', 4) }} as stakeholder_hours,
        {{ exact_sum('customer_hours', 4) }} as customer_hours,
        {{ exact_sum('team_hours', 4) }} as team_hours,
        {{ exact_sum('unclassified_hours', 4) }} as unclassified_hours,
        {{ exact_sum('coordination_hours', 4) }} as coordination_hours
    from by_team
    group by week_start
),

answered as (
    select
        week_start,
        cast(sum(questions) as bigint) as questions
    from asked
    group by week_start
)

select
    by_team.week_start,
    by_team.team_id as team,
    by_team.team_name,
    by_team.pms,
    by_team.pms_seen,
    by_team.stakeholder_hours,
    by_team.customer_hours,
    by_team.team_hours,
    by_team.unclassified_hours,
    by_team.coordination_hours,
    case
        when asking.knows_teams and by_team.week_start between asking.first_week and asking.last_week
            then coalesce(asked.questions, 0)
    end as questions,
    cast(null as bigint) as headcount
from by_team
cross join asking
left join asked on by_team.week_start = asked.week_start and by_team.team_id = asked.team_id

union all

select
    total.week_start,
    'all' as team,
    'All product managers' as team_name,
    total.pms,
    total.pms_seen,
    total.stakeholder_hours,
    total.customer_hours,
    total.team_hours,
    total.unclassified_hours,
    total.coordination_hours,
    case
        when total.week_start between asking.first_week and asking.last_week then coalesce(answered.questions, 0)
    end as questions,
    headcount.headcount
from total
cross join asking
left join headcount on total.week_start = headcount.week_start
left join answered on total.week_start = answered.week_start
