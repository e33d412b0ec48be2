-- Which themes are heard in one channel only, so that a look at that channel alone would miss or overrate them?
select
    summary.theme_id,
    theme.theme_name,
    summary.only_channel,
    summary.mentions,
    summary.accounts,
    summary.arr_exposed
from {{ ref('theme_summary') }} as summary
inner join {{ ref('theme') }} as theme on summary.theme_id = theme.theme_id and theme.valid_to is null
where summary.only_channel is not null
order by summary.mentions desc, summary.theme_id asc
