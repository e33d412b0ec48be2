{#
  Limits of the alignment marts, in one place; a workspace overrides each as a dbt variable of the same name.

  question_minimum_n      judged questions below which an index or a share is not published
  question_trend_weeks    weeks that a trend compares with as many before them
  question_trend_n        judged questions that both stretches need for a trend
  question_least_spread   variance of scores that a trend reckons with at least, for stretches whose questions are all alike
  transparency_months     months in which a decision counts towards the medians of a month
#}
{% macro alignment_limit(name) -%}
  {%- set defaults = {
    'question_minimum_n': 5,
    'question_trend_weeks': 13,
    'question_trend_n': 10,
    'question_least_spread': 0.05,
    'transparency_months': 3
  } -%}
  {{ return(var(name, defaults[name])) }}
{%- endmacro %}

{#
  Expected score of a question whose label is right with probability `confidence`: the rest is shared by the two other labels.
  The scores of the other two average to 0.75 for awareness, 0.5 for mechanics, 0.25 for readiness.
#}
{% macro expected_score(quality, confidence) -%}
  ({{ confidence }} * {{ quality_score(quality) }} + (1 - {{ confidence }}) * (0.75 - 0.5 * {{ quality_score(quality) }}))
{%- endmacro %}

{# Variance of the true score around that: confidence times its square plus those of the others, less the square of the mean. #}
{% macro score_variance(quality, confidence) -%}
  (
    {{ confidence }} * power({{ quality_score(quality) }}, 2)
    + (1 - {{ confidence }}) * (1.25 - power({{ quality_score(quality) }}, 2)) / 2
    - power({{ expected_score(quality, confidence) }}, 2)
  )
{%- endmacro %}

{#
  Items that would be as sure as these are if nothing were mistaken about any: n, lowered by the variance that the judge's
  errors add to the mean. The spread is that of a share with two successes and two failures added, so that it is never 0.
#}
{% macro judged_effective_n(mean, n, error_variance) -%}
  (({{ n }}) / (1 + ({{ n }}) * ({{ error_variance }}) / ({{ shrunk_spread(mean, n) }})))
{%- endmacro %}

{% macro shrunk_spread(mean, n) -%}
  (((({{ mean }}) * ({{ n }}) + 2) / (({{ n }}) + 4)) * (1 - (({{ mean }}) * ({{ n }}) + 2) / (({{ n }}) + 4)))
{%- endmacro %}

{#
  Wilson interval of a mean of scores between 0 and 1 that holds the plain mean and the one that is corrected for the judge's
  errors. Wider than need be for scores between the ends, whose spread is smaller than that of a share.
#}
{% macro judged_low(mean, corrected, n, error_variance) -%}
  {{ wilson_low('least(' ~ mean ~ ', ' ~ corrected ~ ')', judged_effective_n(mean, n, error_variance)) }}
{%- endmacro %}

{% macro judged_high(mean, corrected, n, error_variance) -%}
  {{ wilson_high('greatest(' ~ mean ~ ', ' ~ corrected ~ ')', judged_effective_n(mean, n, error_variance)) }}
{%- endmacro %}

{#
  Whether a group may be shown within a period: it has the smallest size, and is not needed to hide a smaller one. Groups that
  are too small are withheld together; where they are fewer than two, or together still too small, the next larger group is
  withheld with them, so that no total gives them away. A group of nobody has nothing to withhold, and is shown with its zeros.
#}
{% macro may_be_shown(people, period, name) -%}
  {%- set size = var('min_group_size') -%}
  {%- set is_small = people ~ " between 1 and " ~ (size - 1) -%}
  {%- set small = "sum(case when " ~ is_small ~ " then 1 else 0 end) over (partition by " ~ period ~ ")" -%}
  {%- set hidden = "sum(case when " ~ is_small ~ " then " ~ people ~ " else 0 end) over (partition by " ~ period ~ ")" -%}
  {%- set order = "case when " ~ people ~ " = 0 then 1 else 0 end, " ~ people ~ ", " ~ name -%}
  (
    ({{ people }} = 0 or {{ people }} >= {{ size }})
    and not (
      {{ small }} > 0
      and ({{ small }} < 2 or {{ hidden }} < {{ size }})
      and row_number() over (partition by {{ period }} order by {{ order }}) = {{ small }} + 1
    )
  )
{%- endmacro %}
