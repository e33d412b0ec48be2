-- The launch that a message is about: named by key or name in the message, its thread or its channel, else the only launch of
-- that time whose product area or feature it speaks of.
with

message as (
    select
        source_system,
        message_id,
        thread_id,
        sent_at,
        launch,
        {{ blanked_words("coalesce(words, '')") }} as words,
        {{ blanked_words("coalesce(channel_name, '')") }} as channel_words
    from {{ ref('int_message') }}
),

opening as (
    select
        source_system,
        thread_id,
        {{ first_by('words', 'sent_at') }} as words
    from message
    group by source_system, thread_id
),

launch as (
    select
        launch_id,
        launch_at,
        lower(launch_id) as launch_key,
        {{ blanked_words('launch_id') }} as id_words,
        {{ name_stem('launch_name') }} as name_words,
        {{ name_stem('product_area') }} as area_words,
        {{ name_stem('feature') }} as feature_words,
        lower(launch_name) as launch_name
    from {{ ref('launch') }}
    where not is_cancelled
),

candidate as (
    select
        message.source_system,
        message.message_id,
        launch.launch_id,
        case
            when lower(message.launch) in (launch.launch_key, launch.launch_name) then 1
            when {{ contains('message.words', 'launch.id_words') }} or {{ contains('message.words', 'launch.name_words') }}
                then 2
            when {{ contains('opening.words', 'launch.id_words') }} or {{ contains('opening.words', 'launch.name_words') }}
                then 3
            when {{ contains('message.channel_words', 'launch.name_words') }} then 4
            when
                message.sent_at >= {{ dbt.dateadd('day', -14, 'launch.launch_at') }}
                and message.sent_at < {{ dbt.dateadd('day', 42, 'launch.launch_at') }}
                and (
                    {{ contains('message.words', "coalesce(launch.area_words, 'no area')") }}
                    or {{ contains('message.words', "coalesce(launch.feature_words, 'no feature')") }}
                )
                then 5
        end as level,
        length(launch.name_words) as name_length,
        abs({{ hours_between('launch.launch_at', 'message.sent_at') }}) as distance
    from message
    inner join opening on message.source_system = opening.source_system and message.thread_id = opening.thread_id
    cross join launch
),

ranked as (
    select
        source_system,
        message_id,
        launch_id,
        level,
        count(*) over (partition by source_system, message_id, level) as alike,
        row_number() over (
            partition by source_system, message_id order by level, name_length desc, distance, launch_id
        ) as preference
    from candidate
    where level is not null
)

select
    source_system,
    message_id,
    launch_id,
    level
from ranked
-- An area that two launches of the time share tells neither.
where preference = 1 and (level < 5 or alike = 1)
