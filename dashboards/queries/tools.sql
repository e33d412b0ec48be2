-- Which tools are in use, who owns them, how fresh are they and how many customers do they cover?
select tool, category, owner_role, boundary, connected, freshness_state, last_loaded_at, accounts_covered_share
from product_ops.tool_stack
order by connected desc, tool
