select
    ranked.theme_id,
    cast(ranked.rank as integer) as rank,
    ranked.stance,
    candidate.feedback_id,
    candidate.quote,
    candidate.quote_start,
    candidate.quote_end,
    candidate.quote_sha256,
    cast(candidate.sentiment as double) as sentiment,
    candidate.segment,
    candidate.channel,
    candidate.occurred_at,
    candidate.source_url
from {{ ref('int_voc__evidence_rank') }} as ranked
inner join {{ ref('int_voc__evidence_candidate') }} as candidate
    on
        ranked.theme_id = candidate.theme_id
        and ranked.stance = candidate.stance
        and ranked.candidate = candidate.candidate
where
    ranked.rank <= case
        when ranked.stance = 'counter' then {{ voc_limit('voc_counter_quotes') }}
        else {{ voc_limit('voc_supporting_quotes') }}
    end
