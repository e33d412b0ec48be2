-- The common template is the one that most items of the quarter follow. A team whose size the roster knows to be below the
-- smallest is withheld: the plan of a team of one is that person's plan. There is no total that would give it away.
with

item as (
    select
        *,
        {{ regexp_group('quarter', '(20[0-9][0-9])') }} as year_text,
        coalesce(
            nullif({{ regexp_group("upper(quarter)", 'Q *([1-4])') }}, ''),
            nullif({{ regexp_group('quarter', '-0?([1-4])$') }}, '')
        ) as quarter_text
    from {{ ref('stg_registry__plan_item') }}
),

dated as (
    select
        cast(
            year_text || '-'
            || case quarter_text when '1' then '01' when '2' then '04' when '3' then '07' else '10' end
            || '-01' as date
        ) as quarter_start,
        {{ slug('team') }} as team,
        team as team_name,
        has_owner,
        has_target_date,
        has_outcome,
        template
    from item
    where year_text <> '' and quarter_text is not null
),

template_use as (
    select
        quarter_start,
        template,
        row_number() over (partition by quarter_start order by count(*) desc, template) as place
    from dated
    where template is not null
    group by quarter_start, template
),

person as (
    select * from {{ ref('int_person') }}
),

team_size as (
    select
        quarters.quarter_start,
        person.team_id as team,
        count(distinct person.employee_id) as people
    from (select distinct quarter_start from dated) as quarters
    inner join person
        on
            person.valid_from < {{ dbt.dateadd('month', 3, 'quarters.quarter_start') }}
            and person.valid_until > quarters.quarter_start
    group by quarters.quarter_start, person.team_id
),

summed as (
    select
        dated.quarter_start,
        dated.team,
        min(dated.team_name) as team_name,
        count(*) as items,
        cast(avg(case when dated.has_owner then 1.0 else 0.0 end) as double) as with_owner_share,
        cast(avg(case when dated.has_target_date then 1.0 else 0.0 end) as double) as with_target_date_share,
        cast(avg(case when dated.has_outcome then 1.0 else 0.0 end) as double) as with_outcome_share,
        cast(avg(case when template_use.template is not null then 1.0 else 0.0 end) as double) as on_template_share
    from dated
    left join template_use
        on
            dated.quarter_start = template_use.quarter_start
            and dated.template = template_use.template
            and template_use.place = 1
    group by dated.quarter_start, dated.team
),

judged as (
    select
        summed.*,
        coalesce(team_size.people < {{ var('min_group_size') }}, false) as suppressed
    from summed
    left join team_size on summed.quarter_start = team_size.quarter_start and summed.team = team_size.team
)

select
    quarter_start,
    team,
    team_name,
    case when not suppressed then items end as items,
    case when not suppressed then with_owner_share end as with_owner_share,
    case when not suppressed then with_target_date_share end as with_target_date_share,
    case when not suppressed then with_outcome_share end as with_outcome_share,
    case when not suppressed then on_template_share end as on_template_share,
    case
        when not suppressed
            then (with_owner_share + with_target_date_share + with_outcome_share + on_template_share) / 4
    end as consistency_score,
    suppressed
from judged
