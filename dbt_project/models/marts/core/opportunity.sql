with

opportunity as (
    select * from {{ ref('int_opportunity') }}
),

account as (
    select * from {{ ref('int_crm_account_link') }}
)

select
    opportunity.source_system || ':' || opportunity.opportunity_id as opportunity_id,
    opportunity.source_system,
    account.account_id,
    {{ in_reporting_currency('opportunity.amount', 'opportunity.currency') }} as amount,
    opportunity.stage,
    opportunity.is_won,
    opportunity.is_closed and not opportunity.is_won as is_lost,
    opportunity.created_at,
    case when opportunity.is_closed then {{ day_to_timestamp('opportunity.close_date') }} end as closed_at,
    opportunity.loss_reason,
    opportunity.opportunity_type,
    {{ day_to_timestamp('opportunity.close_date') }} as expected_close_at
from opportunity
left join account on opportunity.crm_key = account.crm_key
