{%- set objects = 'cast(crm_objects as ' ~ dbt.type_string() ~ ')' -%}
with

source as (
    select * from {{ source('raw', 'gong__call') }}
),

renamed as (
    select
        id as call_id,
        {{ clean('title') }} as title,
        -- The CRM's id of the account, whichever of the two members stands first.
        coalesce(
            nullif({{ regexp_group(objects, '"objectType" *: *"Account" *, *"objectId" *: *"([^"]+)"') }}, ''),
            nullif({{ regexp_group(objects, '"objectId" *: *"([^"]+)" *, *"objectType" *: *"Account"') }}, '')
        ) as crm_account_id,
        {{ clean('lower(scope)') }} as scope,
        {{ clean('url') }} as source_url,
        started_at,
        _text as brief,
        _text_sha256 as brief_sha256
    from source
    where not coalesce(_deleted, false)
)

select * from renamed
