-- Which tools has nobody taken on, which are stale, and how many customers does each cover?
select
    tool,
    category,
    boundary,
    owner_role,
    freshness_state,
    round(100 * accounts_covered_share) as customers_covered_percent
from {{ ref('tool_stack') }}
where owner_role is null or freshness_state in ('late', 'stale', 'never_loaded')
order by tool asc
