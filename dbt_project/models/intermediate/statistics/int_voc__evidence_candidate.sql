-- Quotes that could stand for a theme of today's taxonomy: one per respondent and stance, none twice in the same words.
with

mentions as (
    select
        coalesce(today.theme_id_today, mention.theme_id_today, mention.theme_id) as theme_id,
        mention.feedback_id,
        mention.confidence,
        mention.sentiment,
        mention.quote,
        mention.quote_start,
        mention.quote_end,
        mention.quote_sha256
    from {{ ref('feedback_theme') }} as mention
    left join {{ ref('int_voc__theme_today') }} as today
        on coalesce(mention.theme_id_today, mention.theme_id) = today.theme_id
),

recent as (
    select
        mentions.*,
        feedback.channel,
        feedback.occurred_at,
        feedback.source_url,
        {{ voc_segment('account.segment') }} as segment,
        {{ respondent('feedback.account_id', 'feedback.contact_key', 'feedback.feedback_id') }} as respondent,
        avg(cast(mentions.sentiment as decimal(27, 9))) over (partition by mentions.theme_id) as theme_sentiment
    from mentions
    inner join {{ ref('feedback') }} as feedback on mentions.feedback_id = feedback.feedback_id
    left join {{ ref('account') }} as account on feedback.account_id = account.account_id
    where
        {{ clean('mentions.quote') }} is not null
        and feedback.occurred_at <= {{ as_of() }}
        and feedback.occurred_at > {{ dbt.dateadd('week', -voc_limit('voc_evidence_weeks'), as_of()) }}
),

-- Counter-examples take the other side: praise where the theme is mostly complaints, and the reverse. A sentiment between
-- the two is as likely a misreading as a dissent, so it stands for neither.
leaning as (
    select
        *,
        coalesce(sentiment, 0) * case when theme_sentiment > 0 then 1 else -1 end as agreement
    from recent
),

sided as (
    select
        *,
        case
            when agreement <= -0.3 then 'counter'
            when agreement >= 0 then 'supporting'
        end as stance
    from leaning
),

per_respondent as (
    select
        *,
        row_number() over (
            partition by theme_id, stance, respondent
            order by confidence desc, occurred_at desc, feedback_id asc, quote_start asc
        ) as respondent_rank
    from sided
    where stance is not null
),

per_wording as (
    select
        *,
        row_number() over (
            -- Letters alone: "stops at 300 rows" and "stops at 4,100 rows" are one wording.
            partition by
                theme_id,
                stance,
                coalesce(nullif(trim({{ regexp_replace_all("lower(quote)", "[^\\p{L}]+", " ") }}), ''), quote)
            order by confidence desc, occurred_at desc, feedback_id asc
        ) as wording_rank
    from per_respondent
    where respondent_rank = 1
),

numbered as (
    select
        *,
        row_number() over (
            partition by theme_id, stance order by confidence desc, occurred_at desc, feedback_id asc
        ) as candidate
    from per_wording
    where wording_rank = 1
)

select
    theme_id,
    stance,
    candidate,
    feedback_id,
    confidence,
    sentiment,
    quote,
    quote_start,
    quote_end,
    quote_sha256,
    segment,
    channel,
    occurred_at,
    source_url
from numbered
where candidate <= 300
