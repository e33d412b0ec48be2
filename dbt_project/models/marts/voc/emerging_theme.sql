with

cluster as (
    select * from {{ source('enriched', 'cluster') }}
),

text_cluster as (
    select * from {{ source('enriched', 'text_cluster') }}
),

feedback as (
    select * from {{ ref('int_feedback_unioned') }}
),

account as (
    select * from {{ ref('account') }}
),

mention as (
    select
        text_cluster.cluster_key,
        feedback.feedback_id,
        feedback.account_id,
        feedback.occurred_at,
        feedback.channel,
        row_number() over (
            partition by text_cluster.cluster_key
            order by text_cluster.is_central desc, text_cluster.similarity desc, feedback.feedback_id
        ) as nearness
    from feedback
    inner join text_cluster on feedback.words_sha256 = text_cluster.text_sha256
),

touched as (
    select distinct
        mention.cluster_key,
        account.account_id,
        account.arr
    from mention
    inner join account on mention.account_id = account.account_id
),

exposed as (
    select
        cluster_key,
        count(*) as accounts,
        sum(arr) as arr
    from touched
    group by cluster_key
),

heard as (
    select
        cluster_key,
        count(*) as mentions,
        count(distinct channel) as channels,
        min(occurred_at) as first_seen,
        max(occurred_at) as last_seen
    from mention
    group by cluster_key
),

example as (
    select
        cluster_key,
        {{ list_in_order('feedback_id', 'nearness') }} as example_feedback_ids
    from mention
    where nearness <= {{ voc_limit('voc_cluster_examples') }}
    group by cluster_key
)

select
    heard.cluster_key,
    cluster.label,
    cluster.keywords,
    {{ utc_date('heard.first_seen') }} as first_seen,
    {{ utc_date('heard.last_seen') }} as last_seen,
    heard.mentions,
    heard.channels,
    coalesce(exposed.accounts, 0) as accounts,
    cast(coalesce(exposed.arr, 0) as double) as arr_exposed,
    cluster.growth,
    cluster.state,
    example.example_feedback_ids
from heard
inner join cluster on heard.cluster_key = cluster.cluster_key
inner join example on heard.cluster_key = example.cluster_key
left join exposed on heard.cluster_key = exposed.cluster_key
