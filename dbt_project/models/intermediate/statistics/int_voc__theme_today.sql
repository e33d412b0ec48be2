-- Which theme of today's taxonomy each theme that ever was has become. A theme that was split or retired stays itself.
with recursive

versions as (
    select
        theme_id,
        status,
        merged_into,
        row_number() over (partition by theme_id order by valid_from desc nulls last) as age
    from {{ ref('theme') }}
),

steps as (
    select
        latest.theme_id,
        target.theme_id as next_theme_id
    from versions as latest
    left join versions as target
        on latest.status = 'merged' and latest.merged_into = target.theme_id and target.age = 1
    where latest.age = 1
),

followed as (
    select
        steps.theme_id,
        steps.theme_id as reached,
        0 as hops
    from steps
    union all
    select
        followed.theme_id,
        steps.next_theme_id as reached,
        followed.hops + 1 as hops
    from followed
    inner join steps on followed.reached = steps.theme_id
    -- Themes merged into each other in a circle would be followed for ever.
    where steps.next_theme_id is not null and followed.hops < 50
)

select
    theme_id,
    {{ max_by('reached', 'hops') }} as theme_id_today
from followed
group by theme_id
