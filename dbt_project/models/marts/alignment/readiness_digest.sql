{#- Figures of a digest: mart, column, label. Each is shown with the query that gives it. -#}
{%- set team_figures = [
    ('people', 'people in your team'),
    ('aware_people', 'of them had heard of it'),
    ('knowing_people', 'had finished the course'),
    ('able_people', 'had shown that they can do it'),
    ('assets_there', 'of 5 things that help you were there'),
] -%}
{%- set launch_figures = [
    ('definition_of_done_done', 'parts of the definition of done were done'),
    ('definition_of_done_total', 'parts there are'),
    ('tickets_30d', 'tickets of its area in the first 30 days'),
] -%}
-- What a role needs to know about a launch: the new value, how its work changes, how customers get ready. What is missing is
-- named, and whatever lacks one of the three is a status update and no guide.
with

launch as (
    select * from {{ ref('launch') }} where not is_cancelled and launch_at is not null
),

team as (
    select * from {{ ref('launch_team_readiness') }}
),

readiness as (
    select * from {{ ref('launch_readiness') }}
),

word as (
    select
        team.launch_id,
        team.team,
        word.part,
        word.words,
        row_number() over (
            partition by team.launch_id, team.team, word.part
            -- What is written for a team comes before what is written for all.
            order by case when word.team_id is null then 1 else 0 end, word.done_at desc
        ) as place
    from team
    inner join {{ ref('int_launch_words') }} as word
        on team.launch_id = word.launch_id and (word.team_id is null or word.team_id = team.team)
    where word.age = 1 and word.done_at <= {{ as_of() }}
),

said as (
    select
        launch_id,
        team,
        max(case when part = 'new_value' then words end) as new_value,
        max(case when part = 'role_change' then words end) as role_change,
        max(case when part = 'prepare_customers' then words end) as prepare_customers
    from word
    where place = 1
    group by launch_id, team
),

-- What was not done in time and has not been made up for.
undone as (
    select
        launch_id,
        {{ list_in_order("replace(part, '_', ' ')", 'part') }} as parts
    from {{ ref('int_launch_part') }}
    where not is_done
    group by launch_id
),

wanted as (
    select distinct
        launch.launch_id,
        decision.theme_id
    from launch
    inner join {{ ref('decision') }} as decision on launch.roadmap_item_id = decision.roadmap_item_id
    where decision.theme_id is not null
),

quoted as (
    select
        wanted.launch_id,
        evidence.feedback_id,
        min(evidence.quote) as quote,
        min(evidence.quote_sha256) as quote_sha256,
        min(evidence.segment) as segment,
        min(evidence.channel) as channel,
        min(evidence.occurred_at) as occurred_at,
        min(evidence.rank) as rank
    from wanted
    inner join {{ ref('theme_evidence') }} as evidence on wanted.theme_id = evidence.theme_id and evidence.stance = 'supporting'
    group by wanted.launch_id, evidence.feedback_id
),

ranked as (
    select
        *,
        row_number() over (partition by launch_id order by rank, feedback_id) as place
    from quoted
),

quotes as (
    select
        launch_id,
        {{ json_list_in_order(
            json_object_of({
                'feedback_id': 'feedback_id', 'quote': 'quote', 'quote_sha256': 'quote_sha256', 'segment': 'segment',
                'channel': 'channel', 'said_on': utc_date('occurred_at')
            }),
            'place'
        ) }} as quotes
    from ranked
    where place <= 3
    group by launch_id
),

asked as (
    select
        wanted.launch_id,
        count(distinct feedback.account_id) as accounts
    from wanted
    inner join {{ ref('feedback_theme') }} as mention
        on wanted.theme_id = coalesce(mention.theme_id_today, mention.theme_id)
    inner join {{ ref('feedback') }} as feedback on mention.feedback_id = feedback.feedback_id
    group by wanted.launch_id
),

figure as (
    {% for name, label in team_figures -%}
        select
            team.launch_id,
            team.team,
            {{ loop.index }} as place,
            '{{ name }}' as figure,
            '{{ label }}' as label,
            team.{{ name }} as amount,
            'select {{ name }} from alignment.launch_team_readiness where launch_id = '
            || {{ quoted_text('team.launch_id') }} || ' and team = ' || {{ quoted_text('team.team') }} as query
        from team
        union all
    {% endfor -%}
    {% for name, label in launch_figures -%}
        select
            team.launch_id,
            team.team,
            {{ loop.index + 20 }} as place,
            '{{ name }}' as figure,
            '{{ label }}' as label,
            readiness.{{ name }} as amount,
            'select {{ name }} from alignment.launch_readiness where launch_id = '
            || {{ quoted_text('team.launch_id') }} as query
        from team
        inner join readiness on team.launch_id = readiness.launch_id
        union all
    {% endfor -%}
    select
        team.launch_id,
        team.team,
        40 as place,
        'asking_accounts' as figure,
        'accounts had talked about what it is for' as label,
        asked.accounts as amount,
        'select count(distinct f.account_id) from core.feedback as f join core.feedback_theme as t using (feedback_id) '
        || 'where t.theme_id in (select d.theme_id from core.decision as d join core.launch as l using (roadmap_item_id) '
        || 'where l.launch_id = ' || {{ quoted_text('team.launch_id') }} || ')' as query
    from team
    inner join asked on team.launch_id = asked.launch_id
),

figures as (
    select
        launch_id,
        team,
        {{ json_list_in_order(
            json_object_of({'figure': 'figure', 'label': 'label', 'value': 'amount', 'sql': 'query'}), 'place'
        ) }} as figures
    from figure
    where amount is not null
    group by launch_id, team
)

select
    team.launch_id,
    team.team as role,
    said.new_value,
    said.role_change,
    said.prepare_customers,
    {{ list_of_true({
        'new_value': 'said.new_value is null',
        'role_change': 'said.role_change is null',
        'prepare_customers': 'said.prepare_customers is null'
    }) }} as missing_parts,
    case
        when said.new_value is not null and said.role_change is not null and said.prepare_customers is not null
            then 'readiness_guide'
        else 'status_update'
    end as kind,
    launch.launch_name,
    launch.launch_at,
    launch.product_area,
    readiness.verdict,
    team.state as team_state,
    team.barrier as team_barrier,
    undone.parts as undone_parts,
    coalesce(quotes.quotes, '[]') as quotes,
    coalesce(figures.figures, '[]') as figures
from team
inner join launch on team.launch_id = launch.launch_id
inner join readiness on team.launch_id = readiness.launch_id
left join said on team.launch_id = said.launch_id and team.team = said.team
left join undone on team.launch_id = undone.launch_id
left join quotes on team.launch_id = quotes.launch_id
left join figures on team.launch_id = figures.launch_id and team.team = figures.team
