with

judged as (
    select
        cell.month_start,
        cell.segment,
        cell.n,
        cell.accounts,
        cell.promoters,
        cell.passives,
        cell.detractors,
        cell.is_enough,
        cell.nps,
        bootstrap.nps_low is not null as is_clustered,
        -- Repeating accounts can only make the answer less certain, so the clustered interval never narrows the plain one.
        least(cell.wald_low, coalesce(bootstrap.nps_low, cell.wald_low)) as nps_low,
        greatest(cell.wald_high, coalesce(bootstrap.nps_high, cell.wald_high)) as nps_high,
        case when cell.is_enough and previous.is_enough then cell.nps - previous.nps end as change,
        coalesce(
            bootstrap.change_low,
            cell.centre - previous.centre - 1.96 * sqrt(power(cell.standard_error, 2) + power(previous.standard_error, 2))
        ) as change_low,
        coalesce(
            bootstrap.change_high,
            cell.centre - previous.centre + 1.96 * sqrt(power(cell.standard_error, 2) + power(previous.standard_error, 2))
        ) as change_high
    from {{ ref('int_nps__month') }} as cell
    left join {{ ref('int_nps__month') }} as previous
        on
            cell.segment = previous.segment
            and cell.month_start = cast({{ dbt.dateadd('month', 1, 'previous.month_start') }} as date)
    left join {{ ref('int_nps__bootstrap') }} as bootstrap
        on cell.segment = bootstrap.segment and cell.month_start = bootstrap.month_start
)

select
    month_start,
    segment,
    cast(n as bigint) as n,
    cast(promoters as bigint) as promoters,
    cast(passives as bigint) as passives,
    cast(detractors as bigint) as detractors,
    cast(case when is_enough then nps end as double) as nps,
    cast(case when is_enough then nps_low end as double) as nps_low,
    cast(case when is_enough then nps_high end as double) as nps_high,
    cast(change as double) as change,
    case when change is not null then change_low > 0 or change_high < 0 end as change_is_significant,
    cast(case when change is not null then change_low end as double) as change_low,
    cast(case when change is not null then change_high end as double) as change_high,
    cast(accounts as bigint) as accounts,
    case
        when not is_enough then 'none'
        when is_clustered then 'account_cluster_bootstrap'
        else 'adjusted_wald'
    end as method,
    case when is_enough then 'ok' else 'insufficient_data' end as state
from judged
