-- How many people hold a role that answers in each month, and whether what they do may be shown. Never leaves this layer.
with

question as (
    select asked_at from {{ ref('int_question') }} where asked_at <= {{ as_of() }}
),

month as (
    select days.day as month_start
    from {{ days_from("(select " ~ month_start('min(asked_at)') ~ " from question)", month_start(as_of()), 'month') }} as days
),

holder as (
    select
        employee_id as person,
        {{ answering_role('function') }} as role,
        valid_from,
        valid_until
    from {{ ref('int_person') }}
),

writer as (
    select distinct
        person_key as person,
        {{ answering_role('function') }} as role
    from {{ ref('int_message') }}
),

role as (
    select unnested.role
    from (
        select 'product_management' as role
        union all
        select 'product_ops' as role
        union all
        select 'product_marketing' as role
        union all
        select 'programme_management' as role
        union all
        select 'support_engineering' as role
    ) as unnested
),

on_roster as (
    select
        month.month_start,
        holder.role,
        count(distinct holder.person) as people
    from month
    inner join holder
        on
            holder.valid_from < {{ dbt.dateadd('month', 1, 'month.month_start') }}
            and holder.valid_until > month.month_start
    group by month.month_start, holder.role
),

writing as (
    select
        role,
        count(*) as people
    from writer
    group by role
),

sized as (
    select
        month.month_start,
        role.role,
        -- Of a role that the roster knows nobody of, those who ever wrote are the people we know of.
        coalesce(on_roster.people, writing.people, 0) as people
    from month
    cross join role
    left join on_roster on month.month_start = on_roster.month_start and role.role = on_roster.role
    left join writing on role.role = writing.role
)

select
    month_start,
    role,
    people,
    {{ may_be_shown('people', 'month_start', 'role') }} as is_shown
from sized
