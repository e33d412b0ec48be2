with

feedback as (
    select * from {{ ref('int_feedback_unioned') }}
),

judgement as (
    select * from {{ ref('int_text_judgement') }}
)

select
    feedback.feedback_id,
    feedback.source_system,
    feedback.source_stream,
    feedback.source_key,
    feedback.channel,
    feedback.occurred_at,
    feedback.account_id,
    feedback.contact_key,
    coalesce(feedback.product_area, judgement.product_area) as product_area,
    feedback.nps_score,
    judgement.language,
    judgement.sentiment,
    judgement.sentiment_label,
    feedback.words as text,
    feedback.source_url
from feedback
left join judgement on feedback.words_sha256 = judgement.text_sha256
