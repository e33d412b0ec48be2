with

source as (
    select * from {{ source('raw', 'enablement__completion') }}
),

renamed as (
    select
        record_id,
        learner_key,
        {{ clean('department') }} as department,
        {{ clean('course_id') }} as course_id,
        {{ clean('course_name') }} as course_name,
        {{ regexp_replace_all("lower(trim(kind))", "[^a-z0-9]+", "_") }} as kind,
        {{ clean('lower(launch)') }} as launch_reference,
        {{ clean('lower(status)') }} as status,
        assigned_at,
        completed_at,
        score,
        passed
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
