with

source as (
    select * from {{ source('raw', 'salesforce__task') }}
),

renamed as (
    select
        id as task_id,
        {{ salesforce_key('account_id') }} as account_key,
        {{ salesforce_key('contact_id') }} as contact_key,
        {{ salesforce_key('related_id') }} as related_key,
        {{ clean('type') }} as task_type,
        {{ clean('status') }} as status,
        -- The activity has a day only; a note that was entered on that day tells the time.
        case
            when activity_date is null or activity_date = {{ utc_date('created_at') }} then created_at
            else {{ day_to_timestamp('activity_date') }}
        end as occurred_at,
        _text as note,
        _text_sha256 as note_sha256,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
