-- The roster, where one is delivered, else the CRM's users: sellers and their neighbours, seldom everybody.
with

person as (
    select * from {{ ref('int_person') }}
),

crm_user as (
    select
        department,
        {{ slug('department') }} as team_id
    from {{ ref('stg_salesforce__user') }}
    where is_active and department is not null
),

department_function as (
    select * from {{ ref('department_function') }}
),

employed as (
    select
        department_id as team_id,
        department_name as team_name,
        function
    from person
    where valid_from <= {{ utc_date(as_of()) }} and valid_until > {{ utc_date(as_of()) }}
),

employed_function as (
    select
        team_id,
        function,
        row_number() over (partition by team_id order by count(*) desc, function) as preference
    from employed
    group by team_id, function
),

department as (
    select
        team_id,
        min(team_name) as team_name,
        count(*) as people
    from employed
    group by team_id

    union all

    select
        team_id,
        min(department) as team_name,
        count(*) as people
    from crm_user
    where not exists (select 1 from person)
    group by team_id
),

named as (
    select
        department.team_id,
        department.team_name,
        department.people,
        coalesce(employed_function.function, department_function.function) as function,
        row_number() over (partition by department.team_id order by department_function.priority) as preference
    from department
    left join employed_function on department.team_id = employed_function.team_id and employed_function.preference = 1
    left join department_function on {{ regexp_like('lower(department.team_name)', "' || department_function.pattern || '") }}
),

sized as (
    select
        team_id,
        team_name,
        coalesce(function, 'other') as function,
        people,
        people < {{ var('min_group_size') }} as is_small
    from named
    where preference = 1
),

-- A roster's headcount is published as a total: a small team that would be the rest of it takes another one with it, one that
-- meets no customers where there is one, since the readiness of the others is published by team.
placed as (
    select
        *,
        sum(case when is_small then 1 else 0 end) over () as small_teams,
        sum(case when is_small then people else 0 end) over () as small_people,
        row_number() over (
            order by
                case when is_small then 1 else 0 end,
                case when {{ is_revenue_function('function') }} then 1 else 0 end,
                people,
                team_id
        ) as place
    from sized
),

judged as (
    select
        *,
        is_small
        or (
            place = 1
            and (small_teams = 1 or small_people between 1 and {{ var('min_group_size') }} - 1)
            and exists (select 1 from person)
        ) as suppressed
    from placed
)

select
    team_id,
    team_name,
    function,
    case when not suppressed then people end as headcount,
    suppressed
from judged
