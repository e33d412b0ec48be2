-- The first answer to each message: the first later one of its thread by somebody else that is more than a nod, and that asks
-- nothing itself or is by somebody whose part it is to answer; and whether any such answer points to something written.
with

message as (
    select * from {{ ref('int_message') }}
),

judgement as (
    select * from {{ ref('int_question_judgement') }}
),

reply as (
    select
        message.source_system,
        message.thread_id,
        message.message_id,
        message.person_key,
        message.sent_at,
        message.team_id,
        message.function,
        {{ regexp_like("lower(message.words)", 'https?://|\\[url\\]') }} as has_link,
        {{ regexp_like(
            "lower(message.words)", 'out[- ]?of[- ]?date|outdated|stale|old version|not (been )?updated|no longer (true|right|correct|current)'
        ) }} as says_stale
    from message
    left join judgement on message.words_sha256 = judgement.text_sha256
    where
        (
            coalesce(judgement.quality, 'not_question') = 'not_question'
            or ({{ answering_role('message.function') }} is not null and not {{ is_revenue_function('message.function') }})
        )
        and (
            message.words_sha256 is null
            or {{ regexp_like('message.words', '\\S+\\s+\\S+\\s+\\S+') }}
            or {{ regexp_like("lower(message.words)", 'https?://|\\[url\\]') }}
        )
),

answered as (
    select
        asked.source_system,
        asked.message_id,
        reply.sent_at,
        reply.team_id,
        reply.function,
        reply.has_link,
        reply.says_stale,
        row_number() over (
            partition by asked.source_system, asked.message_id order by reply.sent_at, reply.message_id
        ) as place
    from message as asked
    inner join reply
        on
            asked.source_system = reply.source_system
            and asked.thread_id = reply.thread_id
            and asked.message_id <> reply.message_id
            and asked.sent_at <= reply.sent_at
            and coalesce(asked.person_key, '') <> reply.person_key
)

select
    source_system,
    message_id,
    min(sent_at) as first_answered_at,
    max(case when place = 1 then team_id end) as answered_by_team,
    max(case when place = 1 then function end) as answered_by_function,
    max(case when has_link then 1 else 0 end) = 1 as has_link,
    max(case when has_link and says_stale then 1 else 0 end) = 1 as has_stale_link
from answered
group by source_system, message_id
