{#
  Counts are cast before they divide: an engine that keeps decimals through a division cuts their digits off.
#}

{#
  Wilson score interval of a share (Wilson 1927), 95 %. `n` may be an effective sample size; null where it is 0 or null.
#}
{% macro wilson_low(share, n) -%}
  case
    when {{ n }} > 0
      then greatest(0.0, ({{ wilson_centre(share, n) }} - {{ wilson_margin(share, n) }}) / (1 + 3.8416 / cast({{ n }} as double)))
  end
{%- endmacro %}

{% macro wilson_high(share, n) -%}
  case
    when {{ n }} > 0
      then least(1.0, ({{ wilson_centre(share, n) }} + {{ wilson_margin(share, n) }}) / (1 + 3.8416 / cast({{ n }} as double)))
  end
{%- endmacro %}

{# 1.96² = 3.8416; the ends of an all-or-nothing share are exact only up to rounding, so callers see them clipped. #}
{% macro wilson_centre(share, n) -%}
  ({{ share }}) + 1.9208 / cast({{ n }} as double)
{%- endmacro %}

{% macro wilson_margin(share, n) -%}
  1.96 * sqrt(({{ share }}) * (1 - ({{ share }})) / cast({{ n }} as double) + 0.9604 / power({{ n }}, 2))
{%- endmacro %}

{#
  Effective number of answers where one account gives several: n²/Σnᵢ², the value for answers that repeat the account's
  opinion word for word. Equal to n where nobody repeats.
#}
{% macro effective_n(n, sum_of_squares) -%}
  (power({{ n }}, 2) / nullif({{ sum_of_squares }}, 0))
{%- endmacro %}

{#
  Effective number of items behind a share of clustered items: n over the design effect of the linearised ratio, which is
  never below 1 nor above that of full agreement within each account. A share of 0 or 1 shows no scatter to learn from and
  takes the latter.

  `successes_squared`, `cross` and `items_squared` are Σmᵢ², Σmᵢnᵢ and Σnᵢ² over the accounts.
#}
{% macro clustered_effective_n(share, n, clusters, successes_squared, cross, items_squared) -%}
  case
    when {{ n }} = 0 then null
    when {{ share }} <= 0 or {{ share }} >= 1 or {{ clusters }} < 2 then {{ effective_n(n, items_squared) }}
    else greatest(
      {{ effective_n(n, items_squared) }},
      cast({{ n }} as double) / greatest(
        1.0,
        ({{ clusters }} / (cast({{ clusters }} as double) - 1.0))
        * ({{ successes_squared }} - 2 * ({{ share }}) * {{ cross }} + power({{ share }}, 2) * {{ items_squared }})
        / (cast({{ n }} as double) * ({{ share }}) * (1 - ({{ share }})))
      )
    )
  end
{%- endmacro %}

{#
  Interval of a count that chance alone makes (Poisson), 95 %, by Wilson and Hilferty's cube roots (Breslow & Day 1987): within
  2 % of the exact one, but for the lower end of fewer than 4 events, which is lower. The ends of a count of 0 are 0 and 3.67.
#}
{% macro poisson_low(events) -%}
  case
    when {{ events }} = 0 then 0.0
    else
      ({{ events }})
      * power(1 - 1 / (9.0 * nullif({{ events }}, 0)) - 1.96 / (3 * sqrt(nullif(cast({{ events }} as double), 0))), 3)
  end
{%- endmacro %}

{% macro poisson_high(events) -%}
  (({{ events }}) + 1) * power(1 - 1 / (9.0 * (({{ events }}) + 1)) + 1.96 / (3 * sqrt(cast({{ events }} as double) + 1)), 3)
{%- endmacro %}

{# Plain NPS: 100 · (promoters − detractors) / n, null where nobody answered. #}
{% macro net_promoter_score(promoters, detractors, n) -%}
  100.0 * ({{ promoters }} - {{ detractors }}) / nullif({{ n }}, 0)
{%- endmacro %}

{#
  Centre and standard error, in NPS points, of the adjusted Wald interval (Rocks 2016): ¾, 1½ and ¾ answers are added. The
  three numbers may be fractions of effective answers.
#}
{% macro adjusted_wald_centre(promoters, detractors, n) -%}
  (100.0 * (({{ promoters }}) - ({{ detractors }})) / (cast({{ n }} as double) + 3.0))
{%- endmacro %}

{% macro adjusted_wald_error(promoters, detractors, n) -%}
  {%- set net -%}((({{ promoters }}) - ({{ detractors }})) / (cast({{ n }} as double) + 3.0)){%- endset -%}
  (
    100.0 * sqrt(
      ((({{ promoters }}) + ({{ detractors }}) + 1.5) / (cast({{ n }} as double) + 3.0) - {{ net }} * {{ net }}) / (cast({{ n }} as double) + 3.0)
    )
  )
{%- endmacro %}

{% macro adjusted_wald_low(promoters, detractors, n) -%}
  greatest(
    -100.0, {{ adjusted_wald_centre(promoters, detractors, n) }} - 1.96 * {{ adjusted_wald_error(promoters, detractors, n) }}
  )
{%- endmacro %}

{% macro adjusted_wald_high(promoters, detractors, n) -%}
  least(
    100.0, {{ adjusted_wald_centre(promoters, detractors, n) }} + 1.96 * {{ adjusted_wald_error(promoters, detractors, n) }}
  )
{%- endmacro %}

{# 97.5 % quantile of Student's t by its Cornish–Fisher expansion: within 2 % from 4 degrees of freedom on. #}
{% macro t_quantile(degrees_of_freedom) -%}
  (1.96 + 2.3725 / cast({{ degrees_of_freedom }} as double) + 2.8225 / power({{ degrees_of_freedom }}, 2))
{%- endmacro %}

{#
  Sums of measured values are taken over decimals: engines add floating-point numbers in any order, so that the last digits,
  and with them a ranking or a hash, would differ from run to run.
#}
{% macro exact_sum(expression, scale=9) -%}
  cast(sum(cast({{ expression }} as decimal(27, {{ scale }}))) as double)
{%- endmacro %}
