with

question as (
    select
        {{ month_start('asked_at') }} as month_start,
        expected_owner,
        answered_by_role,
        misrouted,
        coalesce(owner_confidence, 1) as confidence
    from {{ ref('int_question') }}
    where asked_at <= {{ as_of() }} and coalesce(quality, '') <> 'not_question'
),

role as (
    select * from {{ ref('int_question_role') }}
),

owned as (
    select
        month_start,
        expected_owner as role,
        count(*) as expected,
        sum(case when answered_by_role <> expected_owner then 1 else 0 end) as misrouted_out,
        count(misrouted) as routed,
        avg(cast(case when misrouted then 1 when not misrouted then 0 end as double)) as share,
        -- Where the owner is judged wrong, what went to that owner went astray, and a quarter of the rest went right.
        {{
            exact_sum(
                'case when misrouted then confidence + 0.75 * (1 - confidence) when not misrouted then 1 - confidence end'
            )
        }} / nullif(count(misrouted), 0) as corrected,
        {{
            exact_sum(
                'case when misrouted then (confidence + 0.75 * (1 - confidence)) * 0.25 * (1 - confidence) '
                'when not misrouted then confidence * (1 - confidence) end'
            )
        }} / nullif(power(count(misrouted), 2), 0) as error
    from question
    where expected_owner is not null
    group by month_start, expected_owner
),

answered as (
    select
        month_start,
        answered_by_role as role,
        count(*) as handled,
        sum(case when expected_owner <> answered_by_role then 1 else 0 end) as misrouted_in
    from question
    where answered_by_role is not null
    group by month_start, answered_by_role
),

counted as (
    select
        role.month_start,
        role.role,
        role.is_shown,
        coalesce(owned.expected, 0) as expected,
        coalesce(owned.misrouted_out, 0) as misrouted_out,
        coalesce(owned.routed, 0) as routed,
        owned.share,
        owned.corrected,
        owned.error,
        coalesce(answered.handled, 0) as handled,
        coalesce(answered.misrouted_in, 0) as misrouted_in,
        role.is_shown and coalesce(owned.routed, 0) >= {{ alignment_limit('question_minimum_n') }} as is_enough
    from role
    left join owned on role.month_start = owned.month_start and role.role = owned.role
    left join answered on role.month_start = answered.month_start and role.role = answered.role
)

select
    month_start,
    role,
    cast(expected as bigint) as expected,
    cast(case when is_shown then handled end as bigint) as handled,
    cast(case when is_shown then misrouted_in end as bigint) as misrouted_in,
    cast(case when is_shown then misrouted_out end as bigint) as misrouted_out,
    cast(case when is_shown then routed end as bigint) as routed,
    cast(case when is_enough then share end as double) as misrouted_share,
    cast(case when is_enough then {{ judged_low('share', 'corrected', 'routed', 'error') }} end as double) as low,
    cast(case when is_enough then {{ judged_high('share', 'corrected', 'routed', 'error') }} end as double) as high,
    not is_shown as suppressed
from counted
