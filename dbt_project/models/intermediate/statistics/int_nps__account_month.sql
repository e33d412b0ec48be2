-- Answers of each respondent in each month, under its own segment and under `all`.
with

answers as (
    select
        response.responded_at,
        response.nps_group,
        {{ month_start('response.responded_at') }} as month_start,
        {{ voc_segment('account.segment') }} as segment,
        {{ respondent('response.account_id', 'response.contact_key', 'response.response_id') }} as respondent
    from {{ ref('nps_response') }} as response
    left join {{ ref('account') }} as account on response.account_id = account.account_id
    where response.nps_group is not null and response.responded_at <= {{ as_of() }}
),

rolled_up as (
    select
        month_start,
        segment,
        respondent,
        nps_group
    from answers
    union all
    select
        month_start,
        'all' as segment,
        respondent,
        nps_group
    from answers
)

select
    month_start,
    segment,
    respondent,
    sum(case when nps_group = 'promoter' then 1 else 0 end) as promoters,
    sum(case when nps_group = 'detractor' then 1 else 0 end) as detractors,
    count(*) as answers
from rolled_up
group by month_start, segment, respondent
