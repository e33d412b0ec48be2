-- How many people a team that asks has in each week, and whether it may be shown. Never leaves this layer.
with

question as (
    select
        coalesce(asker_team, 'unknown') as team,
        asker_key,
        asked_at
    from {{ ref('int_question') }}
    where asked_at <= {{ as_of() }}
),

person as (
    select * from {{ ref('int_person') }}
),

week as (
    select days.day as week_start
    from {{ days_from("(select " ~ week_start('min(asked_at)') ~ " from question)", week_start(as_of()), 'week') }} as days
),

team as (
    select
        question.team,
        count(distinct question.asker_key) as writers,
        max(case when person.department_id is not null then 1 else 0 end) = 1 as is_on_roster
    from question
    left join (select distinct department_id from person) as person on question.team = person.department_id
    group by question.team
),

staffed as (
    select
        week.week_start,
        person.department_id as team,
        count(distinct person.employee_id) as people
    from week
    inner join person
        on
            person.valid_from <= {{ dbt.dateadd('day', 3, 'week.week_start') }}
            and person.valid_until > {{ dbt.dateadd('day', 3, 'week.week_start') }}
    group by week.week_start, person.department_id
),

asking as (
    select
        {{ week_start('asked_at') }} as week_start,
        team,
        count(distinct asker_key) as people
    from question
    group by {{ week_start('asked_at') }}, team
),

-- Of a team that the roster does not know, those who ever wrote are the people we know of.
sized as (
    select
        week.week_start,
        team.team,
        case
            when team.is_on_roster then greatest(coalesce(staffed.people, 0), coalesce(asking.people, 0))
            else team.writers
        end as people
    from week
    cross join team
    left join staffed on week.week_start = staffed.week_start and team.team = staffed.team
    left join asking on week.week_start = asking.week_start and team.team = asking.team
)

select
    week_start,
    team,
    people,
    {{ may_be_shown('people', 'week_start', 'team') }} as is_shown,
    sum(people) over (partition by week_start) as people_of_all
from sized
