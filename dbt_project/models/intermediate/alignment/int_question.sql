-- Messages of people who bring the product to customers, and of people whom nothing places, with what became of them.
with

message as (
    select
        *,
        {{ asked_role('asked_of') }} as asked_role
    from {{ ref('int_message') }}
    where words_sha256 is not null and (function is null or {{ is_revenue_function('function') }})
),

judged as (
    select
        message.*,
        judgement.quality,
        judgement.quality_confidence,
        judgement.expected_owner,
        judgement.owner_confidence,
        coalesce(judgement.quality, '') <> 'not_question' as asks
    from message
    left join {{ ref('int_question_judgement') }} as judgement on message.words_sha256 = judgement.text_sha256
),

answer as (
    select
        *,
        {{ answering_role('answered_by_function') }} as answered_by_role
    from {{ ref('int_question__answer') }}
),

-- The earlier answer must have been there by the time of the question, as we understand answers.
repeated as (
    select distinct
        similar_question.source as source_system,
        similar_question.message_id
    from {{ source('enriched', 'similar_question') }} as similar_question
    inner join message
        on similar_question.source = message.source_system and similar_question.message_id = message.message_id
    inner join answer
        on
            similar_question.similar_source = answer.source_system
            and similar_question.similar_message_id = answer.message_id
            and answer.first_answered_at <= message.sent_at
),

joined as (
    select
        judged.*,
        about.launch_id,
        repeated.message_id is not null as answered_before,
        case when judged.asks then answer.first_answered_at end as first_answered_at,
        case when judged.asks then answer.answered_by_team end as answered_by_team,
        case when judged.asks then answer.answered_by_role end as answered_by_role,
        answer.has_link,
        answer.has_stale_link
    from judged
    left join {{ ref('int_question__launch') }} as about
        on judged.source_system = about.source_system and judged.message_id = about.message_id
    left join answer on judged.source_system = answer.source_system and judged.message_id = answer.message_id
    left join repeated on judged.source_system = repeated.source_system and judged.message_id = repeated.message_id
)

select
    {{ stable_key(['source_system', "'message'", 'message_id']) }} as question_id,
    source_system,
    sent_at as asked_at,
    channel_name,
    thread_id,
    department_id as asker_team,
    person_key as asker_key,
    launch_id,
    words as text,
    words_sha256 as text_sha256,
    quality,
    quality_confidence,
    expected_owner,
    owner_confidence,
    answered_by_role,
    answered_by_team,
    first_answered_at,
    case
        when expected_owner is null or coalesce(answered_by_role, asked_role) is null then null
        else coalesce(answered_by_role <> expected_owner, false) or coalesce(asked_role <> expected_owner, false)
    end as misrouted,
    case when asks then answered_before end as answered_before,
    case
        when not asks then null
        when first_answered_at is null then 'unanswered'
        when has_stale_link then 'stale_document'
        when has_link then 'documented'
        when answered_before then 'answered_before'
        else 'new'
    end as resolution,
    function as asker_function
from joined
