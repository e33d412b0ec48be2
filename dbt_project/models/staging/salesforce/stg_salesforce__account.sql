with

source as (
    select * from {{ source('raw', 'salesforce__account') }}
),

renamed as (
    select
        id as account_id,
        {{ salesforce_key('id') }} as account_key,
        {{ clean('name') }} as account_name,
        {{ web_domain('website') }} as website_domain,
        {{ clean('external_id') }} as external_id,
        {{ salesforce_key('merged_into') }} as merged_into_key,
        {{ salesforce_key('parent_id') }} as parent_account_key,
        {{ clean('type') }} as account_type,
        {{ clean('industry') }} as industry,
        employees,
        {{ clean('segment') }} as segment,
        {{ clean('plan') }} as plan,
        arr,
        {{ clean('currency') }} as currency,
        coalesce({{ clean('region') }}, {{ clean('country') }}) as region,
        {{ day_to_timestamp('renewal_at') }} as renewal_at,
        created_at,
        updated_at,
        _deleted as is_deleted
    from source
    -- The loser of a merge is deleted and points to its survivor: items that still name it must find their account.
    where not coalesce(_deleted, false) or merged_into is not null
)

select * from renamed
