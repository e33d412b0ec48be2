with

delighted_response as (
    select * from {{ ref('stg_delighted__response') }}
),

qualtrics_response as (
    select * from {{ ref('stg_qualtrics__response') }}
),

surveymonkey_response as (
    select
        response.*,
        coalesce(response.score, chosen.score) as nps_score
    from {{ ref('stg_surveymonkey__response') }} as response
    left join {{ ref('int_surveymonkey_score') }} as chosen on response.response_id = chosen.response_id
),

typeform_response as (
    select * from {{ ref('stg_typeform__response') }}
),

pendo_response as (
    select * from {{ ref('int_pendo_response') }}
),

declared_item as (
    select * from {{ ref('int_declared_item') }} where channel = 'nps'
),

account_link as (
    select * from {{ ref('int_account_link') }}
),

unioned as (
    select
        'delighted' as source_system,
        'response' as source_stream,
        response_id as source_key,
        account_reference,
        {{ contact_key('email_key', 'delighted', 'person_id') }} as contact_key,
        responded_at,
        case when survey_type = 'nps' then score end as nps_score,
        product_area,
        comment,
        comment_sha256,
        source_url,
        cast(null as {{ dbt.type_string() }}) as exclusion_reason
    from delighted_response

    union all

    select
        'qualtrics' as source_system,
        'response' as source_stream,
        response_id as source_key,
        account_reference,
        email_key as contact_key,
        responded_at,
        score as nps_score,
        cast(null as {{ dbt.type_string() }}) as product_area,
        comment,
        comment_sha256,
        cast(null as {{ dbt.type_string() }}) as source_url,
        case
            when unreal_status is not null then unreal_status
            when not is_finished and score is null and comment is null then 'unfinished_without_answer'
        end as exclusion_reason
    from qualtrics_response

    union all

    select
        'surveymonkey' as source_system,
        'response' as source_stream,
        response_id as source_key,
        account_reference,
        email_key as contact_key,
        responded_at,
        nps_score,
        product_area,
        comment,
        comment_sha256,
        cast(null as {{ dbt.type_string() }}) as source_url,
        cast(null as {{ dbt.type_string() }}) as exclusion_reason
    from surveymonkey_response

    union all

    select
        'typeform' as source_system,
        'response' as source_stream,
        response_id as source_key,
        account_reference,
        email_key as contact_key,
        responded_at,
        score as nps_score,
        product_area,
        comment,
        comment_sha256,
        cast(null as {{ dbt.type_string() }}) as source_url,
        case when is_partial and score is null and comment is null then 'unfinished_without_answer' end as exclusion_reason
    from typeform_response

    union all

    select
        'pendo' as source_system,
        'poll_event' as source_stream,
        response_id as source_key,
        account_reference,
        {{ contact_key('cast(null as ' ~ dbt.type_string() ~ ')', 'pendo', 'visitor_id') }} as contact_key,
        responded_at,
        score as nps_score,
        cast(null as {{ dbt.type_string() }}) as product_area,
        comment,
        comment_sha256,
        cast(null as {{ dbt.type_string() }}) as source_url,
        cast(null as {{ dbt.type_string() }}) as exclusion_reason
    from pendo_response

    union all

    select
        source_system,
        source_stream,
        source_key,
        account_reference,
        email_key as contact_key,
        occurred_at as responded_at,
        nps_score,
        product_area,
        words as comment,
        words_sha256 as comment_sha256,
        source_url,
        cast(null as {{ dbt.type_string() }}) as exclusion_reason
    from declared_item
)

select
    unioned.source_system,
    unioned.source_stream,
    unioned.source_key,
    account_link.account_id,
    unioned.contact_key,
    unioned.responded_at,
    unioned.nps_score,
    unioned.product_area,
    unioned.comment,
    unioned.comment_sha256,
    unioned.source_url,
    unioned.exclusion_reason
from unioned
left join account_link
    on unioned.source_system = account_link.source_system and unioned.account_reference = account_link.source_id
