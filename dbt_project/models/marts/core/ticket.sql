with

ticket as (
    select * from {{ ref('int_ticket') }}
),

feedback as (
    select * from {{ ref('feedback') }}
)

select
    ticket.source_system || ':' || ticket.source_key as ticket_id,
    ticket.source_system,
    ticket.created_at,
    ticket.solved_at,
    ticket.status,
    ticket.priority,
    ticket.account_id,
    coalesce(ticket.product_area, feedback.product_area) as product_area,
    ticket.satisfaction,
    feedback.feedback_id
from ticket
left join feedback
    on
        ticket.source_system = feedback.source_system
        and ticket.source_stream = feedback.source_stream
        and ticket.source_key = feedback.source_key
