-- The launch that a text means: its key, its name, or a title that has one of them in it. Where several launches' names are
-- in a title the longest counts; a text that two launches go by means neither.
with

launch as (
    select
        launch_id,
        {{ blanked_words('launch_id') }} as id_words,
        {{ blanked_words('launch_name') }} as name_words,
        lower(trim(launch_id)) as id_text,
        lower(trim(launch_name)) as name_text
    from {{ ref('launch') }}
),

title as (
    select lower(course_name) as reference from {{ ref('stg_enablement__completion') }}
    union distinct
    select lower(title) as reference from {{ ref('stg_content__item') }}
    union distinct
    select lower(guide_name) as reference from {{ ref('stg_pendo__guide') }}
),

spaced as (
    select
        reference,
        {{ blanked_words('reference') }} as words
    from title
    where reference is not null
),

candidate as (
    select
        id_text as reference,
        launch_id,
        1000 as weight
    from launch
    union distinct
    select
        name_text as reference,
        launch_id,
        999 as weight
    from launch
    where name_text is not null
    union distinct
    select
        spaced.reference,
        launch.launch_id,
        case
            when {{ contains('spaced.words', 'launch.id_words') }} then 998
            else length(launch.name_words)
        end as weight
    from spaced
    inner join launch
        on
            {{ contains('spaced.words', 'launch.id_words') }}
            -- A name of a few letters is in many titles by chance.
            or (length(launch.name_words) >= 7 and {{ contains('spaced.words', 'launch.name_words') }})
),

best as (
    select
        reference,
        launch_id,
        rank() over (partition by reference order by weight desc) as place
    from candidate
)

select
    reference,
    min(launch_id) as launch_id
from best
where place = 1
group by reference
having count(distinct launch_id) = 1
