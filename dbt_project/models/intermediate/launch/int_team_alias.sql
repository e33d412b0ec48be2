-- The team that a department's name means: the team of that name, else the only one whose function the name stands for, else
-- a team of its own.
with

team as (
    select * from {{ ref('team') }}
),

written as (
    select department as alias from {{ ref('stg_enablement__completion') }}
    union distinct
    select team as alias from {{ ref('stg_launches__readiness_item') }}
),

named as (
    select
        alias,
        trim({{ regexp_replace_all("lower(alias)", "[^\\p{L}\\p{N}]+", " ") }}) as words
    from written
    where alias is not null
),

stands_for as (
    select
        named.alias,
        named.words,
        pattern.function,
        row_number() over (partition by named.alias order by pattern.priority) as preference
    from named
    left join {{ ref('department_function') }} as pattern on {{ regexp_like('named.words', "' || pattern.pattern || '") }}
),

lone as (
    select
        function,
        min(team_id) as team_id
    from team
    group by function
    having count(*) = 1
)

select
    stands_for.alias,
    coalesce(same.team_id, lone.team_id, replace(stands_for.words, ' ', '_')) as team_id,
    coalesce(same.function, stands_for.function, 'other') as function
from stands_for
left join team as same on replace(stands_for.words, ' ', '_') = same.team_id
left join lone on stands_for.function = lone.function
where stands_for.preference = 1
