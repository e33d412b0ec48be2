with

interview as (
    select * from {{ ref('stg_interviews__note') }}
),

dovetail_note as (
    select * from {{ ref('stg_dovetail__note') }}
),

account_link as (
    select * from {{ ref('int_account_link') }}
),

unioned as (
    {% for system, note in [('interviews', 'interview'), ('dovetail', 'dovetail_note')] %}
        select
            '{{ system }}' as source_system,
            note_id as source_key,
            account_reference,
            email_key as contact_key,
            occurred_at,
            product_area,
            words,
            words_sha256,
            source_url
        from {{ note }}
        where words is not null
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    unioned.source_system,
    'note' as source_stream,
    unioned.source_key,
    account_link.account_id,
    unioned.contact_key,
    unioned.occurred_at,
    unioned.product_area,
    unioned.words,
    unioned.words_sha256,
    unioned.source_url
from unioned
left join account_link
    on unioned.source_system = account_link.source_system and unioned.account_reference = account_link.source_id
