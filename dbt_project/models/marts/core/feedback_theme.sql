with

feedback as (
    select * from {{ ref('int_feedback_unioned') }}
),

reply as (
    select * from {{ ref('int_ticket_reply') }}
),

judgement as (
    select * from {{ ref('int_text_judgement') }}
),

judged_theme as (
    select * from {{ source('enriched', 'text_theme') }}
),

theme_end as (
    select
        theme_id,
        max(case when status = 'retired' then 1 else 0 end) as is_retired,
        max(valid_to) as valid_to
    from {{ source('enriched', 'theme') }}
    group by theme_id
),

found as (
    select
        feedback.feedback_id,
        feedback.occurred_at,
        feedback.account_id as raised_by,
        coalesce(reply.ticket_feedback_id, feedback.feedback_id) as conversation_id,
        judged_theme.theme_id as theme_id_then,
        coalesce(judged_theme.theme_id_today, judged_theme.theme_id) as theme_id_today,
        judged_theme.confidence,
        judged_theme.sentiment,
        judged_theme.quote,
        judged_theme.quote_start,
        judged_theme.quote_end,
        judged_theme.quote_sha256,
        judged_theme.method,
        judged_theme.taxonomy_version,
        theme_end.is_retired,
        coalesce(theme_end.valid_to <= feedback.occurred_at, false) as is_after_its_end
    from feedback
    inner join judged_theme on feedback.words_sha256 = judged_theme.text_sha256
    inner join judgement
        on judged_theme.text_sha256 = judgement.text_sha256 and judged_theme.model_version = judgement.model_version
    left join theme_end on judged_theme.theme_id = theme_end.theme_id
    left join reply
        on
            feedback.source_system = reply.source_system
            and feedback.source_stream = reply.source_stream
            and feedback.source_key = reply.source_key
),

-- As reported: what was said while a theme was in use keeps its name; what came later has that of its heir or part. What
-- was said after a theme was retired mentions nothing.
reported as (
    select
        *,
        case when is_after_its_end then theme_id_today else theme_id_then end as theme_id
    from found
    where not (coalesce(is_retired, 0) = 1 and is_after_its_end)
),

-- One row per item and theme: where a theme is found in several places, the surest one is its evidence. A case mentions a
-- theme once, when it first does: a customer who comes back to it has not met with it a second time.
surest as (
    select
        *,
        row_number() over (
            partition by conversation_id, theme_id order by occurred_at asc, feedback_id asc, confidence desc, quote_start asc
        ) as preference
    from reported
)

select
    feedback_id,
    theme_id,
    theme_id_today,
    confidence,
    sentiment,
    quote,
    quote_start,
    quote_end,
    quote_sha256,
    method,
    taxonomy_version,
    raised_by
from surest
where preference = 1
