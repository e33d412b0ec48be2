with

source as (
    select * from {{ source('raw', 'hubspot__deal') }}
),

renamed as (
    select
        id as deal_id,
        {{ first_id('company_ids') }} as company_id,
        {{ clean('name') }} as deal_name,
        {{ clean('stage') }} as stage,
        {{ clean('type') }} as deal_type,
        amount,
        {{ clean('currency') }} as currency,
        coalesce(is_won, lower(replace(stage, ' ', '')) = 'closedwon', false) as is_won,
        coalesce(is_closed, lower(replace(stage, ' ', '')) in ('closedwon', 'closedlost'), false) as is_closed,
        {{ clean('loss_reason') }} as loss_reason,
        {{ utc_date('close_at') }} as close_date,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
