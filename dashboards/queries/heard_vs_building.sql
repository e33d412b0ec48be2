-- What is heard without being built, and what is built without having been heard?
select
    ledger.state,
    ledger.theme_id,
    theme.theme_name,
    ledger.heard_rank,
    ledger.heard_mentions,
    ledger.heard_accounts,
    ledger.heard_arr,
    summary.arr_exposed_low,
    summary.arr_exposed_high,
    item.title,
    item.status,
    ledger.effort_share,
    ledger.decision,
    ledger.decision_reason,
    ledger.days_heard_to_decision
from voc.heard_vs_building as ledger
left join core.theme as theme on ledger.theme_id = theme.theme_id and theme.valid_to is null
left join voc.theme_summary as summary on ledger.theme_id = summary.theme_id
left join core.roadmap_item as item on ledger.roadmap_item_id = item.roadmap_item_id
where $area = 'all' or coalesce(theme.product_area, item.product_area) = $area
order by ledger.heard_rank nulls last, ledger.effort_share desc nulls last, ledger.theme_id, ledger.roadmap_item_id
