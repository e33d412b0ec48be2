with

decision as (
    select
        *,
        row_number() over (partition by decision_id order by decided_at desc nulls last) as age
    from {{ ref('stg_launches__decision') }}
),

reference as (
    select * from {{ ref('int_roadmap_reference') }}
),

theme as (
    select
        lower(theme_id) as reference,
        theme_id
    from {{ ref('theme') }}
    union distinct
    select
        lower(theme_name) as reference,
        theme_id
    from {{ ref('theme') }}
    where valid_to is null
),

-- A name that two themes share names neither.
named_theme as (
    select
        reference,
        min(theme_id) as theme_id
    from theme
    group by reference
    having count(distinct theme_id) = 1
)

select
    decision.decision_id,
    named_theme.theme_id,
    reference.roadmap_item_id,
    case
        when {{ regexp_like('decision.decision', '^(build|built|yes|go|approve|accept|plan|do)') }} then 'build'
        when {{ regexp_like('decision.decision', '^(declin|no|reject|won|wont|drop)') }} then 'decline'
        when {{ regexp_like('decision.decision', '^(watch|later|defer|park|hold|revisit|wait)') }} then 'watch'
    end as decision,
    decision.reason,
    decision.decided_at
from decision
left join named_theme on lower(decision.theme_id) = named_theme.reference
left join reference on lower(decision.roadmap_item) = reference.reference
where decision.age = 1
