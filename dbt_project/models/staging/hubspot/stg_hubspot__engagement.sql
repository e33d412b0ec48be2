with

source as (
    select * from {{ source('raw', 'hubspot__engagement') }}
),

renamed as (
    select
        id as engagement_id,
        {{ clean('lower(type)') }} as engagement_type,
        {{ first_id('company_ids') }} as company_id,
        {{ first_id('deal_ids') }} as deal_id,
        {{ first_id('contact_ids') }} as contact_id,
        coalesce(occurred_at, created_at) as occurred_at,
        _text as note,
        _text_sha256 as note_sha256,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
