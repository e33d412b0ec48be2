-- What do we hear and not build, what do we build that nobody asked for, and what did we decline, and why?
-- parameter: state text any One of voc.heard_vs_building's states, such as heard_not_building; any for all.
select
    ledger.state,
    theme.theme_name,
    item.title as planned_or_built,
    ledger.heard_accounts,
    ledger.heard_arr,
    ledger.effort_share,
    ledger.decision_reason,
    ledger.days_heard_to_decision,
    ledger.days_decision_to_told,
    ledger.link_method,
    ledger.link_confidence
from {{ ref('heard_vs_building') }} as ledger
left join {{ ref('theme') }} as theme on ledger.theme_id = theme.theme_id and theme.valid_to is null
left join {{ ref('roadmap_item') }} as item on ledger.roadmap_item_id = item.roadmap_item_id
where '{{ var('state', 'any') }}' in ('any', ledger.state)
order by
    case ledger.state
        when 'heard_not_building' then 1
        when 'building_not_heard' then 2
        when 'declined' then 3
        when 'aligned' then 4
        else 5
    end,
    ledger.heard_rank nulls last, ledger.effort_share desc nulls last, theme.theme_id, item.roadmap_item_id
