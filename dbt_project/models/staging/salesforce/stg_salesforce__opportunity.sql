with

source as (
    select * from {{ source('raw', 'salesforce__opportunity') }}
),

renamed as (
    select
        id as opportunity_id,
        {{ salesforce_key('id') }} as opportunity_key,
        {{ salesforce_key('account_id') }} as account_key,
        {{ clean('name') }} as opportunity_name,
        {{ clean('stage') }} as stage,
        {{ clean('type') }} as opportunity_type,
        amount,
        {{ clean('currency') }} as currency,
        probability,
        coalesce(is_won, lower(stage) in ('closed won', 'won'), false) as is_won,
        coalesce(is_closed, is_won, lower(stage) like '%closed%' or lower(stage) in ('won', 'lost'), false) as is_closed,
        {{ clean('loss_reason') }} as loss_reason,
        close_date,
        created_at,
        updated_at
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
