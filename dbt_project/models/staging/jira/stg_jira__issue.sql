with

source as (
    select * from {{ source('raw', 'jira__issue') }}
),

renamed as (
    select
        issue_key,
        issue_id,
        {{ clean('title') }} as title,
        {{ clean('lower(issue_type)') }} as issue_type,
        {{ clean('status') }} as status,
        {{ clean('lower(status_category)') }} as status_category,
        {{ clean('lower(resolution)') }} as resolution,
        {{ clean('parent_key') }} as parent_key,
        {{ clean('parent_id') }} as parent_id,
        {{ clean('lower(coalesce(product_area, component))') }} as product_area,
        story_points,
        original_estimate,
        created_at,
        updated_at,
        resolved_at,
        status_category_at,
        due_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
