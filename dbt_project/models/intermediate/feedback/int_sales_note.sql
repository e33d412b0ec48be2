with

salesforce_task as (
    select * from {{ ref('stg_salesforce__task') }} where note is not null
),

salesforce_contact as (
    select * from {{ ref('stg_salesforce__contact') }}
),

hubspot_engagement as (
    select * from {{ ref('stg_hubspot__engagement') }} where note is not null
),

hubspot_contact as (
    select * from {{ ref('stg_hubspot__contact') }}
),

gong_call as (
    select * from {{ ref('stg_gong__call') }}
),

gong_transcript as (
    select * from {{ ref('stg_gong__transcript') }}
),

opportunity as (
    select * from {{ ref('int_opportunity') }}
),

account as (
    select * from {{ ref('int_crm_account_link') }}
),

note as (
    select
        'salesforce' as source_system,
        'task' as source_stream,
        salesforce_task.task_id as source_key,
        {{ contact_key('salesforce_contact.email_key', 'salesforce', 'salesforce_task.contact_key') }} as contact_key,
        -- An activity is related to its account, or to a deal; ids of different kinds of record never agree.
        'salesforce:' || coalesce(salesforce_task.account_key, salesforce_task.related_key) as crm_key,
        'salesforce:' || salesforce_task.related_key as related_key,
        'salesforce:' || salesforce_contact.account_key as contact_crm_key,
        salesforce_task.occurred_at,
        salesforce_task.note,
        salesforce_task.note_sha256,
        cast(null as {{ dbt.type_string() }}) as source_url
    from salesforce_task
    left join salesforce_contact on salesforce_task.contact_key = salesforce_contact.contact_key

    union all

    select
        'hubspot' as source_system,
        'engagement' as source_stream,
        hubspot_engagement.engagement_id as source_key,
        {{ contact_key('hubspot_contact.email_key', 'hubspot', 'hubspot_engagement.contact_id') }} as contact_key,
        'hubspot:' || hubspot_engagement.company_id as crm_key,
        'hubspot:' || hubspot_engagement.deal_id as related_key,
        'hubspot:' || hubspot_contact.company_id as contact_crm_key,
        hubspot_engagement.occurred_at,
        hubspot_engagement.note,
        hubspot_engagement.note_sha256,
        cast(null as {{ dbt.type_string() }}) as source_url
    from hubspot_engagement
    left join hubspot_contact on hubspot_engagement.contact_id = hubspot_contact.contact_id

    union all

    -- What was said in a call; where its transcript was not delivered, what Gong wrote of it.
    select
        'gong' as source_system,
        case when gong_transcript.words is not null then 'transcript' else 'call' end as source_stream,
        coalesce(gong_transcript.call_id, gong_call.call_id) as source_key,
        cast(null as {{ dbt.type_string() }}) as contact_key,
        'salesforce:' || {{ salesforce_key('gong_call.crm_account_id') }} as crm_key,
        -- The id says not of which CRM it is; those of two never agree.
        'hubspot:' || gong_call.crm_account_id as related_key,
        cast(null as {{ dbt.type_string() }}) as contact_crm_key,
        gong_call.started_at as occurred_at,
        coalesce(gong_transcript.words, gong_call.brief) as note,
        coalesce(gong_transcript.words_sha256, gong_call.brief_sha256) as note_sha256,
        gong_call.source_url
    from gong_call
    full outer join gong_transcript on gong_call.call_id = gong_transcript.call_id
    where coalesce(gong_transcript.words, gong_call.brief) is not null and coalesce(gong_call.scope, 'external') != 'internal'
)

select
    note.source_system,
    note.source_stream,
    note.source_key,
    coalesce(direct.account_id, related.account_id, by_deal.account_id, by_contact.account_id) as account_id,
    note.contact_key,
    note.occurred_at,
    note.note,
    note.note_sha256,
    note.source_url
from note
left join opportunity on note.related_key = opportunity.opportunity_key
left join account as direct on note.crm_key = direct.crm_key
left join account as related on note.related_key = related.crm_key
left join account as by_deal on opportunity.crm_key = by_deal.crm_key
left join account as by_contact on note.contact_crm_key = by_contact.crm_key
