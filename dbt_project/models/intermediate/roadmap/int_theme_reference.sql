-- The theme that an id or a name written in a sheet means. A name that two themes share names neither.
with

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
)

select
    reference,
    min(theme_id) as theme_id
from theme
group by reference
having count(distinct theme_id) = 1
