-- What teams, departments and titles that people are said to have stand for; one row per wording.
with

said as (
    select team as wording, 'department' as kind from {{ source('ops', 'member_team') }}
    union distinct
    select department as wording, 'department' as kind from {{ ref('stg_teams__user') }}
    union distinct
    select team as wording, 'department' as kind from {{ ref('stg_question_form__question') }}
    union distinct
    select answered_by_team as wording, 'department' as kind from {{ ref('stg_question_form__question') }}
    union distinct
    select team as wording, 'department' as kind from {{ ref('stg_pulse__answer') }}
    union distinct
    select title as wording, 'title' as kind from {{ ref('stg_slack__user') }}
    union distinct
    select title as wording, 'title' as kind from {{ ref('stg_teams__user') }}
),

pattern as (
    select pattern, function, priority, 'department' as kind from {{ ref('department_function') }}
    union all
    select pattern, function, priority, 'title' as kind from {{ ref('title_function') }}
),

matched as (
    select
        said.wording,
        said.kind,
        pattern.function,
        row_number() over (partition by said.wording, said.kind order by pattern.priority) as preference
    from said
    left join pattern
        on said.kind = pattern.kind and {{ regexp_like('lower(said.wording)', "' || pattern.pattern || '") }}
    where said.wording is not null
)

select
    wording,
    kind,
    function
from matched
where preference = 1
