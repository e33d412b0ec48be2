with

comment as (
    select * from {{ ref('stg_zendesk__comment') }}
),

zendesk_ticket as (
    select * from {{ ref('stg_zendesk__ticket') }}
),

zendesk_user as (
    select * from {{ ref('stg_zendesk__user') }}
),

ticket as (
    select * from {{ ref('int_ticket') }} where source_system = 'zendesk'
),

-- Said by a customer: by whoever asked, or by somebody else who is known not to be an agent.
customer_comment as (
    select
        comment.comment_id,
        comment.ticket_id,
        comment.words,
        comment.words_sha256,
        comment.created_at,
        comment.author_id,
        zendesk_user.email_key
    from comment
    inner join zendesk_ticket on comment.ticket_id = zendesk_ticket.ticket_id
    left join zendesk_user on comment.author_id = zendesk_user.user_id
    where
        comment.is_public
        and comment.words is not null
        and (zendesk_user.user_role = 'end-user' or comment.author_id = zendesk_ticket.requester_id)
)

select
    ticket.source_system,
    'comment' as source_stream,
    customer_comment.comment_id as source_key,
    {{ stable_key(['ticket.source_system', 'ticket.source_stream', 'ticket.source_key']) }} as ticket_feedback_id,
    ticket.account_id,
    {{ contact_key('customer_comment.email_key', 'zendesk', 'customer_comment.author_id') }} as contact_key,
    customer_comment.created_at as occurred_at,
    ticket.product_area,
    customer_comment.words,
    customer_comment.words_sha256,
    ticket.source_url
from customer_comment
inner join ticket on customer_comment.ticket_id = ticket.source_key
-- The first comment is the ticket's description, and what the case says already is not said again.
where
    customer_comment.created_at > ticket.created_at
    and (ticket.words is null or not {{ contains('ticket.words', 'customer_comment.words') }})
