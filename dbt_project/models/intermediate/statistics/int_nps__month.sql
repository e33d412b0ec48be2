-- Every month of a segment from its first answer to now, with the adjusted Wald interval of its answers.
with

counted as (
    select
        month_start,
        segment,
        count(*) as accounts,
        sum(answers) as n,
        sum(promoters) as promoters,
        sum(detractors) as detractors,
        max(answers) > 1 as has_repeats
    from {{ ref('int_nps__account_month') }}
    group by month_start, segment
),

life as (
    select
        segment,
        min(month_start) as first_month
    from counted
    group by segment
),

months as (
    select distinct {{ month_start('week_start') }} as month_start
    from {{ ref('int_voc__week') }}
    union distinct
    select {{ month_start('moment.as_of') }} as month_start
    from {{ ref('int_as_of') }} as moment
    union distinct
    select distinct month_start
    from counted
),

dense as (
    select
        months.month_start,
        life.segment,
        coalesce(counted.accounts, 0) as accounts,
        cast(coalesce(counted.n, 0) as bigint) as n,
        cast(coalesce(counted.promoters, 0) as bigint) as promoters,
        cast(coalesce(counted.detractors, 0) as bigint) as detractors,
        coalesce(counted.has_repeats, false) as has_repeats
    from life
    inner join months on life.first_month <= months.month_start
    left join counted on life.segment = counted.segment and months.month_start = counted.month_start
)

select
    month_start,
    segment,
    accounts,
    n,
    promoters,
    n - promoters - detractors as passives,
    detractors,
    has_repeats,
    n >= {{ voc_limit('nps_minimum_n') }} and accounts >= {{ voc_limit('nps_minimum_n') }} as is_enough,
    {{ net_promoter_score('promoters', 'detractors', 'n') }} as nps,
    {{ adjusted_wald_centre('promoters', 'detractors', 'n') }} as centre,
    {{ adjusted_wald_error('promoters', 'detractors', 'n') }} as standard_error,
    {{ adjusted_wald_low('promoters', 'detractors', 'n') }} as wald_low,
    {{ adjusted_wald_high('promoters', 'detractors', 'n') }} as wald_high
from dense
