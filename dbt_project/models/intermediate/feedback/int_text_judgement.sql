-- What the chosen version of the insight engine says of each text, with the one theme that the text is mainly about.
with

judged as (
    select * from {{ source('enriched', 'text') }}
),

judged_theme as (
    select * from {{ source('enriched', 'text_theme') }}
),

theme as (
    select * from {{ source('enriched', 'theme') }}
),

chosen as (
    {% if var('model_version') -%}
        select '{{ var("model_version") }}' as model_version
    {%- else -%}
        select {{ max_by('judged.model_version', written_order('judged')) }} as model_version
        from {{ source('enriched', 'text') }} as judged
    {%- endif %}
),

theme_area as (
    select
        theme_id,
        product_area,
        -- A theme that was never changed has no beginning.
        row_number() over (
            partition by theme_id
            order by coalesce(cast(valid_from as date), {{ dbt.cast("'1900-01-01'", "date") }}) desc
        ) as age
    from theme
    where product_area is not null
),

main_theme as (
    select
        judged_theme.text_sha256,
        theme_area.product_area,
        row_number() over (
            partition by judged_theme.text_sha256
            order by judged_theme.confidence desc, judged_theme.theme_id asc
        ) as place
    from judged_theme
    inner join chosen on judged_theme.model_version = chosen.model_version
    inner join theme_area on judged_theme.theme_id = theme_area.theme_id and theme_area.age = 1
)

select
    judged.text_sha256,
    judged.model_version,
    judged.language,
    judged.sentiment,
    judged.sentiment_label,
    main_theme.product_area
from judged
inner join chosen on judged.model_version = chosen.model_version
left join main_theme on judged.text_sha256 = main_theme.text_sha256 and main_theme.place = 1
