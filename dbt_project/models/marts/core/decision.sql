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

named_theme as (
    select * from {{ ref('int_theme_reference') }}
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
