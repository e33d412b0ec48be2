with

life as (
    select
        series,
        theme_id,
        min(week_index) as first_week_index
    from {{ ref('int_voc__theme_cell') }}
    group by series, theme_id
),

cells as (
    select
        week.week_start,
        week.is_complete_week,
        signal.*,
        coalesce(heard.feedback_n, 0) as feedback_n,
        heard.respondents,
        heard.items_squared,
        coalesce(said.mentions, 0) as mentions,
        coalesce(said.accounts, 0) as accounts,
        -- Nobody mentioned it: nothing is exposed. Somebody did, but no ARR is known: that is unknown, not 0.
        case when said.mentions is null then 0 else said.arr_exposed end as arr_exposed,
        coalesce(said.mentions_squared, 0) as mentions_squared,
        coalesce(said.cross_product, 0) as cross_product,
        coalesce(said.sentiment_n, 0) as sentiment_n,
        said.sentiment_sum / nullif(said.sentiment_n, 0) as sentiment,
        said.sentiment_squared,
        said.sentiment_cross,
        said.sentiment_n_squared,
        said.respondents as speakers,
        coalesce(said.nps_n, 0) as nps_n,
        {{ effective_n('said.nps_n', 'said.nps_n_squared') }} as nps_effective_n,
        cast(said.promoters as double) / nullif(said.nps_n, 0) as promoter_share,
        cast(said.detractors as double) / nullif(said.nps_n, 0) as detractor_share,
        cast(coalesce(said.mentions, 0) as double) / nullif(heard.feedback_n, 0) as share
    from {{ ref('int_voc__theme_signal') }} as signal
    inner join {{ ref('int_voc__week') }} as week on signal.week_index = week.week_index
    inner join life
        on signal.series = life.series and signal.theme_id = life.theme_id and signal.week_index >= life.first_week_index
    left join {{ ref('int_voc__feedback_cell') }} as heard
        on
            signal.week_index = heard.week_index
            and signal.segment = heard.segment
            and signal.channel = heard.channel
    left join {{ ref('int_voc__theme_cell') }} as said
        on
            signal.series = said.series
            and signal.theme_id = said.theme_id
            and signal.week_index = said.week_index
            and signal.segment = said.segment
            and signal.channel = said.channel
),

measured as (
    select
        *,
        feedback_n >= {{ voc_limit('share_minimum_n') }} as has_share,
        sentiment_n >= {{ voc_limit('share_minimum_n') }} as has_sentiment,
        nps_n >= {{ voc_limit('nps_minimum_n') }} and nps_effective_n >= {{ voc_limit('share_minimum_n') }} as has_nps,
        nps_n >= {{ voc_limit('share_minimum_n') }} as has_detractor_share,
        promoter_share * nps_effective_n as effective_promoters,
        detractor_share * nps_effective_n as effective_detractors,
        {{ clustered_effective_n('share', 'feedback_n', 'respondents', 'mentions_squared', 'cross_product', 'items_squared') }}
            as share_effective_n,
        case
            when sentiment_n >= {{ voc_limit('share_minimum_n') }} and speakers >= {{ voc_limit('share_minimum_n') }}
                then
                    {{ t_quantile('(speakers - 1.0)') }} * sqrt(
                        greatest(
                            0.0,
                            (speakers / (cast(speakers as double) - 1.0))
                            * (sentiment_squared - 2 * sentiment * sentiment_cross + power(sentiment, 2) * sentiment_n_squared)
                        )
                    ) / sentiment_n
        end as sentiment_margin
    from cells
)

select
    week_start,
    theme_id,
    segment,
    channel,
    series,
    cast(mentions as bigint) as mentions,
    cast(accounts as bigint) as accounts,
    cast(feedback_n as bigint) as feedback_n,
    cast(case when has_share then share end as double) as share,
    cast(case when has_share then {{ wilson_low('share', 'share_effective_n') }} end as double) as share_low,
    cast(case when has_share then {{ wilson_high('share', 'share_effective_n') }} end as double) as share_high,
    cast(arr_exposed as double) as arr_exposed,
    cast(sentiment_n as bigint) as sentiment_n,
    cast(case when has_sentiment then sentiment end as double) as sentiment_mean,
    cast(greatest(-1.0, sentiment - sentiment_margin) as double) as sentiment_low,
    cast(least(1.0, sentiment + sentiment_margin) as double) as sentiment_high,
    cast(nps_n as bigint) as nps_n,
    cast(case when has_nps then 100.0 * (promoter_share - detractor_share) end as double) as nps,
    cast(
        case
            when has_nps then {{ adjusted_wald_low('effective_promoters', 'effective_detractors', 'nps_effective_n') }}
        end as double
    ) as nps_low,
    cast(
        case
            when has_nps then {{ adjusted_wald_high('effective_promoters', 'effective_detractors', 'nps_effective_n') }}
        end as double
    ) as nps_high,
    cast(case when has_detractor_share then detractor_share end as double) as detractor_share,
    cast(case when has_detractor_share then {{ wilson_low('detractor_share', 'nps_effective_n') }} end as double)
        as detractor_share_low,
    cast(case when has_detractor_share then {{ wilson_high('detractor_share', 'nps_effective_n') }} end as double)
        as detractor_share_high,
    cast(expected_mentions as double) as expected_mentions,
    cast(anomaly_q as double) as anomaly_q,
    cast(recent_mentions as bigint) as recent_mentions,
    cast(recent_expected as double) as recent_expected,
    cast(trend_q as double) as trend_q,
    trend,
    is_complete_week
from measured
