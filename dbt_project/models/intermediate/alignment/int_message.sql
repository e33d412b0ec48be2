-- Every message that a colleague wrote where it may be read, with who wrote it by team and role at the time.
with

member as (
    select
        'slack' as source_system,
        person_key,
        email_key,
        title,
        cast(null as {{ dbt.type_string() }}) as department,
        is_bot
    from {{ ref('stg_slack__user') }}
    union all
    select
        'teams' as source_system,
        person_key,
        email_key,
        title,
        department,
        false as is_bot
    from {{ ref('stg_teams__user') }}
),

said as (
    select
        'slack' as source_system,
        message_id,
        thread_id,
        channel_name,
        person_key,
        cast(null as {{ dbt.type_string() }}) as team,
        cast(null as {{ dbt.type_string() }}) as launch,
        channel_name as asked_of,
        words,
        words_sha256,
        sent_at
    from {{ ref('stg_slack__message') }}

    union all

    -- Messages of Teams name their channel by an id that says nothing.
    select
        'teams' as source_system,
        message_id,
        thread_id,
        cast(null as {{ dbt.type_string() }}) as channel_name,
        person_key,
        cast(null as {{ dbt.type_string() }}) as team,
        cast(null as {{ dbt.type_string() }}) as launch,
        cast(null as {{ dbt.type_string() }}) as asked_of,
        words,
        words_sha256,
        sent_at
    from {{ ref('stg_teams__message') }}

    union all

    select
        'question_form' as source_system,
        question_id as message_id,
        question_id as thread_id,
        cast(null as {{ dbt.type_string() }}) as channel_name,
        email_key as person_key,
        team,
        launch,
        asked_of,
        words,
        words_sha256,
        asked_at as sent_at
    from {{ ref('stg_question_form__question') }}

    union all

    -- An answer in the form's sheet is a reply in the question's thread.
    select
        'question_form' as source_system,
        question_id || '/answer' as message_id,
        question_id as thread_id,
        cast(null as {{ dbt.type_string() }}) as channel_name,
        coalesce(answered_by_key, 'answerer of ' || question_id) as person_key,
        answered_by_team as team,
        cast(null as {{ dbt.type_string() }}) as launch,
        cast(null as {{ dbt.type_string() }}) as asked_of,
        coalesce(answer, '') as words,
        cast(null as {{ dbt.type_string() }}) as words_sha256,
        answered_at as sent_at
    from {{ ref('stg_question_form__question') }}
    where answered_at is not null
),

known as (
    select
        said.*,
        member.title,
        coalesce(placed.team, said.team, member.department) as department,
        coalesce(member.email_key, said.person_key) as email_key
    from said
    left join member on said.source_system = member.source_system and said.person_key = member.person_key
    left join {{ source('ops', 'member_team') }} as placed
        on said.source_system = placed.source and placed.member_key in (said.person_key, member.email_key)
    where not coalesce(member.is_bot, false)
)

select
    known.source_system,
    known.message_id,
    known.thread_id,
    known.channel_name,
    coalesce(known.email_key, known.person_key) as person_key,
    known.launch,
    known.asked_of,
    known.words,
    known.words_sha256,
    known.sent_at,
    coalesce(roster.department_id, {{ slug('known.department') }}, by_title.function) as department_id,
    coalesce(roster.team_id, {{ slug('known.department') }}, by_title.function) as team_id,
    coalesce(roster.function, by_department.function, by_title.function) as function
from known
left join {{ ref('int_person') }} as roster
    on
        known.email_key = roster.email_key
        and {{ utc_date('known.sent_at') }} >= roster.valid_from
        and {{ utc_date('known.sent_at') }} < roster.valid_until
left join {{ ref('int_colleague_function') }} as by_department
    on known.department = by_department.wording and by_department.kind = 'department'
left join {{ ref('int_colleague_function') }} as by_title
    on known.title = by_title.wording and by_title.kind = 'title'
