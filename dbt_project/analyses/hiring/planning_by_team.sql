-- Do the teams plan alike, and is that getting better?
select
    quarter_start,
    team_name,
    items,
    round(consistency_score, 2) as consistency,
    round(with_owner_share, 2) as with_owner,
    round(with_target_date_share, 2) as with_date,
    round(with_outcome_share, 2) as with_outcome,
    round(on_template_share, 2) as on_template
from {{ ref('planning_consistency') }}
where not suppressed
order by quarter_start desc, team_name asc
