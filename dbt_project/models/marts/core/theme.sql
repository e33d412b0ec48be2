select
    theme_id,
    theme_name,
    parent_theme_id,
    product_area,
    description,
    status,
    merged_into,
    valid_from,
    valid_to
from {{ source('enriched', 'theme') }}
