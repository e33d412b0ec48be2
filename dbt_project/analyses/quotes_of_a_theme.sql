-- What do customers say about a theme, in their own words, and who disagrees?
-- parameter: theme text data_export A theme_id of core.theme.
select
    evidence.stance,
    evidence.rank,
    evidence.quote,
    account.account_name,
    evidence.segment,
    evidence.channel,
    cast(evidence.occurred_at as date) as said_on,
    evidence.source_url
from {{ ref('theme_evidence') }} as evidence
inner join {{ ref('feedback') }} as feedback on evidence.feedback_id = feedback.feedback_id
left join {{ ref('account') }} as account on feedback.account_id = account.account_id
where evidence.theme_id = '{{ var('theme', 'data_export') }}'
order by evidence.stance desc, evidence.rank asc
