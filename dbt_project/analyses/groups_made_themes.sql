-- Which groups of feedback that no theme covered did we make a theme, and how often were they heard?
select
    emerging.label,
    emerging.first_seen,
    emerging.last_seen,
    emerging.mentions,
    emerging.accounts,
    emerging.arr_exposed
from {{ ref('emerging_theme') }} as emerging
where emerging.state = 'adopted'
order by emerging.mentions desc, emerging.cluster_key asc
