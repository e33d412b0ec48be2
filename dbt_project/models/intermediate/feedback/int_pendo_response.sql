{{ config(materialized='view') }}
-- Scores of Pendo's NPS polls with the reason that the same visitor gave to the same guide within the following day.
with

answer as (
    select * from {{ ref('stg_pendo__poll_event') }}
),

poll as (
    select * from {{ ref('stg_pendo__poll') }}
),

typed as (
    select
        answer.*,
        coalesce(answer.poll_type, poll.poll_type) as kind
    from answer
    left join poll on answer.poll_id = poll.poll_id
),

score as (
    select
        *,
        {{ leading_score('answer') }} as nps_score
    from typed
    where kind = 'npsrating'
),

reason as (
    select
        score.answer_id,
        {{ max_by('said.words', 'said.answered_at') }} as words,
        {{ max_by('said.words_sha256', 'said.answered_at') }} as words_sha256
    from score
    inner join typed as said
        on
            score.visitor_id = said.visitor_id
            and score.guide_id = said.guide_id
            and said.kind = 'npsreason'
            and said.answered_at >= {{ dbt.dateadd('minute', -1, 'score.answered_at') }}
            and said.answered_at < {{ dbt.dateadd('day', 1, 'score.answered_at') }}
    where said.words is not null
    group by score.answer_id
)

select
    score.answer_id as response_id,
    score.nps_score as score,
    score.visitor_id,
    score.email_domain,
    score.account_external_id,
    score.account_reference,
    reason.words as comment,
    reason.words_sha256 as comment_sha256,
    score.answered_at as responded_at
from score
left join reason on score.answer_id = reason.answer_id
where score.nps_score is not null
