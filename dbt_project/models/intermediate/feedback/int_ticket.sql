with

zendesk_ticket as (
    select * from {{ ref('stg_zendesk__ticket') }}
),

zendesk_user as (
    select * from {{ ref('stg_zendesk__user') }}
),

zendesk_rating as (
    select * from {{ ref('stg_zendesk__satisfaction_rating') }}
),

intercom_conversation as (
    select * from {{ ref('stg_intercom__conversation') }}
),

intercom_contact as (
    select * from {{ ref('stg_intercom__contact') }}
),

freshdesk_ticket as (
    select * from {{ ref('stg_freshdesk__ticket') }}
),

freshdesk_contact as (
    select * from {{ ref('stg_freshdesk__contact') }}
),

service_request as (
    select * from {{ ref('stg_jira_service_management__request') }}
),

account_link as (
    select * from {{ ref('int_account_link') }}
),

-- The ticket itself usually carries its latest rating; where it does not, the ratings' own export has it.
latest_rating as (
    select
        ticket_id,
        {{ max_by('satisfaction', 'coalesce(updated_at, created_at)') }} as satisfaction
    from zendesk_rating
    where satisfaction is not null
    group by ticket_id
),

-- Each case with the account records that it may belong to, surest first.
unioned as (
    select
        'zendesk' as source_system,
        'ticket' as source_stream,
        zendesk_ticket.ticket_id as source_key,
        zendesk_ticket.organization_id as own_record,
        zendesk_user.organization_id as person_record,
        case when zendesk_user.organization_id is null then 'domain:' || zendesk_user.email_domain end as named_record,
        {{ contact_key('zendesk_user.email_key', 'zendesk', 'zendesk_ticket.requester_id') }} as contact_key,
        zendesk_ticket.created_at,
        -- The export keeps no moment of solving: the last change of a solved ticket is never before it.
        case when zendesk_ticket.status in ('solved', 'closed') then zendesk_ticket.updated_at end as solved_at,
        zendesk_ticket.status,
        zendesk_ticket.priority,
        zendesk_ticket.product_area,
        coalesce(zendesk_ticket.satisfaction, latest_rating.satisfaction) as satisfaction,
        zendesk_ticket.words,
        zendesk_ticket.words_sha256,
        zendesk_ticket.source_url
    from zendesk_ticket
    left join zendesk_user on zendesk_ticket.requester_id = zendesk_user.user_id
    left join latest_rating on zendesk_ticket.ticket_id = latest_rating.ticket_id

    union all

    select
        'intercom' as source_system,
        'conversation' as source_stream,
        intercom_conversation.conversation_id as source_key,
        cast(null as {{ dbt.type_string() }}) as own_record,
        intercom_contact.company_id as person_record,
        'domain:' || coalesce(intercom_contact.email_domain, intercom_conversation.email_domain) as named_record,
        {{ contact_key(
            'coalesce(intercom_contact.email_key, intercom_conversation.email_key)', 'intercom', 'intercom_conversation.contact_id'
        ) }} as contact_key,
        intercom_conversation.created_at,
        intercom_conversation.solved_at,
        intercom_conversation.status,
        intercom_conversation.priority,
        intercom_conversation.product_area,
        intercom_conversation.satisfaction,
        intercom_conversation.words,
        intercom_conversation.words_sha256,
        cast(null as {{ dbt.type_string() }}) as source_url
    from intercom_conversation
    left join intercom_contact on intercom_conversation.contact_id = intercom_contact.contact_id

    union all

    select
        'freshdesk' as source_system,
        'ticket' as source_stream,
        freshdesk_ticket.ticket_id as source_key,
        freshdesk_ticket.company_id as own_record,
        freshdesk_contact.company_id as person_record,
        coalesce(freshdesk_ticket.account_reference, freshdesk_contact.account_reference) as named_record,
        {{ contact_key(
            'coalesce(freshdesk_contact.email_key, freshdesk_ticket.email_key)', 'freshdesk', 'freshdesk_ticket.requester_id'
        ) }} as contact_key,
        freshdesk_ticket.created_at,
        freshdesk_ticket.solved_at,
        freshdesk_ticket.status,
        freshdesk_ticket.priority,
        freshdesk_ticket.product_area,
        freshdesk_ticket.satisfaction,
        freshdesk_ticket.words,
        freshdesk_ticket.words_sha256,
        cast(null as {{ dbt.type_string() }}) as source_url
    from freshdesk_ticket
    left join freshdesk_contact on freshdesk_ticket.requester_id = freshdesk_contact.contact_id

    union all

    select
        'jira_service_management' as source_system,
        'request' as source_stream,
        request_key as source_key,
        cast(null as {{ dbt.type_string() }}) as own_record,
        cast(null as {{ dbt.type_string() }}) as person_record,
        account_reference as named_record,
        {{ contact_key('email_key', 'jira_service_management', 'reporter_id') }} as contact_key,
        created_at,
        solved_at,
        status,
        priority,
        product_area,
        satisfaction,
        words,
        words_sha256,
        cast(null as {{ dbt.type_string() }}) as source_url
    from service_request
)

select
    unioned.source_system,
    unioned.source_stream,
    unioned.source_key,
    coalesce(own_account.account_id, person_account.account_id, named_account.account_id) as account_id,
    unioned.contact_key,
    unioned.created_at,
    unioned.solved_at,
    unioned.status,
    unioned.priority,
    unioned.product_area,
    unioned.satisfaction,
    unioned.words,
    unioned.words_sha256,
    unioned.source_url
from unioned
left join account_link as own_account
    on unioned.source_system = own_account.source_system and unioned.own_record = own_account.source_id
left join account_link as person_account
    on unioned.source_system = person_account.source_system and unioned.person_record = person_account.source_id
left join account_link as named_account
    on unioned.source_system = named_account.source_system and unioned.named_record = named_account.source_id
