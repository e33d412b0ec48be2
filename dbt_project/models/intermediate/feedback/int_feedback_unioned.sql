with

survey_response as (
    select * from {{ ref('int_survey_response') }}
),

ticket as (
    select * from {{ ref('int_ticket') }}
),

ticket_reply as (
    select * from {{ ref('int_ticket_reply') }}
),

sales_note as (
    select * from {{ ref('int_sales_note') }}
),

research_note as (
    select * from {{ ref('int_research_note') }}
),

declared_item as (
    select * from {{ ref('int_declared_item') }} where channel != 'nps'
),

account_link as (
    select * from {{ ref('int_account_link') }}
),

unioned as (
    select
        source_system,
        source_stream,
        source_key,
        -- An answer without a score came from a survey that asked something else.
        case when nps_score is not null then 'nps' else 'research' end as channel,
        responded_at as occurred_at,
        account_id,
        contact_key,
        product_area,
        nps_score,
        comment as words,
        comment_sha256 as words_sha256,
        source_url
    from survey_response
    where exclusion_reason is null

    union all

    select
        source_system,
        source_stream,
        source_key,
        'support' as channel,
        created_at as occurred_at,
        account_id,
        contact_key,
        product_area,
        cast(null as bigint) as nps_score,
        words,
        words_sha256,
        source_url
    from ticket

    union all

    select
        source_system,
        source_stream,
        source_key,
        'support' as channel,
        occurred_at,
        account_id,
        contact_key,
        product_area,
        cast(null as bigint) as nps_score,
        words,
        words_sha256,
        source_url
    from ticket_reply

    union all

    select
        source_system,
        source_stream,
        source_key,
        'sales' as channel,
        occurred_at,
        account_id,
        contact_key,
        cast(null as {{ dbt.type_string() }}) as product_area,
        cast(null as bigint) as nps_score,
        note as words,
        note_sha256 as words_sha256,
        source_url
    from sales_note

    union all

    select
        source_system,
        source_stream,
        source_key,
        'research' as channel,
        occurred_at,
        account_id,
        contact_key,
        product_area,
        cast(null as bigint) as nps_score,
        words,
        words_sha256,
        source_url
    from research_note

    union all

    select
        declared_item.source_system,
        declared_item.source_stream,
        declared_item.source_key,
        declared_item.channel,
        declared_item.occurred_at,
        account_link.account_id,
        declared_item.email_key as contact_key,
        declared_item.product_area,
        cast(null as bigint) as nps_score,
        declared_item.words,
        declared_item.words_sha256,
        declared_item.source_url
    from declared_item
    left join account_link
        on
            declared_item.source_system = account_link.source_system
            and declared_item.account_reference = account_link.source_id
)

select
    {{ stable_key(['source_system', 'source_stream', 'source_key']) }} as feedback_id,
    source_system,
    source_stream,
    source_key,
    channel,
    occurred_at,
    account_id,
    contact_key,
    product_area,
    nps_score,
    words,
    words_sha256,
    source_url
from unioned
where words is not null
