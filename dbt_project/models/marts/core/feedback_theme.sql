with

feedback as (
    select * from {{ ref('int_feedback_unioned') }}
),

judgement as (
    select * from {{ ref('int_text_judgement') }}
),

judged_theme as (
    select * from {{ source('enriched', 'text_theme') }}
),

-- One row per item and theme: where a theme is found in several places, the surest one is its evidence.
surest as (
    select
        judged_theme.*,
        row_number() over (
            partition by judged_theme.text_sha256, judged_theme.theme_id
            order by judged_theme.confidence desc, judged_theme.quote_start
        ) as preference
    from judged_theme
    inner join judgement
        on judged_theme.text_sha256 = judgement.text_sha256 and judged_theme.model_version = judgement.model_version
)

select
    feedback.feedback_id,
    surest.theme_id,
    surest.confidence,
    surest.sentiment,
    surest.quote,
    surest.quote_start,
    surest.quote_end,
    surest.quote_sha256,
    surest.method,
    surest.taxonomy_version
from feedback
inner join surest on feedback.words_sha256 = surest.text_sha256 and surest.preference = 1
