with

response as (
    select * from {{ ref('stg_surveymonkey__response') }} where choice_ids is not null
),

choice as (
    select
        choice_id,
        {{ leading_score('label') }} as score
    from {{ ref('stg_surveymonkey__choice') }}
    where {{ regexp_like('lower(question)', "how likely.*recommend|wahrscheinlich.*empfehlen|probable.*recom") }}
),

chosen as (
    select
        response.response_id,
        max(choice.score) as score
    from response
    inner join choice
        on {{ contains("concat(chr(10), response.choice_ids, chr(10))", "concat(chr(10), choice.choice_id, chr(10))") }}
    group by response.response_id
)

select * from chosen
