with

source as (
    select * from {{ source('raw', 'linear__issue') }}
),

renamed as (
    select
        id,
        issue_key,
        {{ clean('team') }} as team,
        {{ clean('title') }} as title,
        {{ clean('status') }} as status,
        estimate,
        {{ clean('project') }} as project,
        labels,
        {{ clean('parent_key') }} as parent_key,
        created_at,
        updated_at,
        completed_at,
        canceled_at,
        due_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
