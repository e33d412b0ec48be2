-- A person's row holds from its first day until the day after its last one, or until a later row takes over.
with

roster as (
    select * from {{ ref('stg_hris__roster') }}
),

department_function as (
    select * from {{ ref('department_function') }}
),

dated as (
    select
        employee_id,
        email_key,
        email_domain,
        title,
        is_manager,
        valid_from,
        coalesce(team, department) as team_name,
        department as department_name,
        -- What the roster says of the function goes before what the department's name suggests.
        lower(concat_ws(' / ', function_name, department)) as described_as,
        least(
            coalesce({{ dbt.dateadd('day', 1, 'valid_to') }}, date '9999-12-31'),
            coalesce(lead(valid_from) over (partition by employee_id order by valid_from), date '9999-12-31')
        ) as valid_until
    from roster
),

matched as (
    select
        dated.*,
        department_function.function,
        row_number() over (
            partition by dated.employee_id, dated.valid_from
            order by
                case
                    when
                        {{ regexp_like("lower(coalesce(dated.title, ''))", "product op(eration)?s") }}
                        and department_function.function = 'product_ops'
                        then 0
                    else 1
                end,
                department_function.priority
        ) as preference
    from dated
    left join department_function
        on
            {{ regexp_like('dated.described_as', "' || department_function.pattern || '") }}
            or (
                department_function.function = 'product_ops'
                and {{ regexp_like("lower(coalesce(dated.title, ''))", "product op(eration)?s") }}
            )
)

select
    employee_id,
    email_key,
    email_domain,
    {{ slug('team_name') }} as team_id,
    team_name,
    {{ slug('department_name') }} as department_id,
    department_name,
    coalesce(function, 'other') as function,
    is_manager,
    coalesce(function, 'other') = 'product' and (title is null or {{ is_product_manager('title') }}) as is_pm,
    valid_from,
    cast(valid_until as date) as valid_until
from matched
where preference = 1 and valid_until > valid_from
