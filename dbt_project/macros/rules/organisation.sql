{# The workspace's threshold, or that of the house. #}
{% macro hiring_threshold(name) -%}
  {%- set defaults = {
      'stakeholder_load': 0.75,
      'launch_readiness_failures': 0.4,
      'transparency_not_scaling': 0.2,
      'coordination_overhead': 0.25,
      'small_team_pms': 4,
      'early_stage_headcount': 100,
      'growth': 0.1,
      'min_firing_signals': 2,
      'min_judged_signals': 2,
      'leadership_team_size': 3,
      'question_minutes': 15,
      'min_weeks': 8,
      'min_launches': 4,
      'min_months': 6,
      'min_standing_systems': 2,
  } -%}
  {%- set asked = var('hiring_thresholds') or {} -%}
  {%- if name not in defaults -%}
    {{ exceptions.raise_compiler_error("There is no hiring threshold " ~ name) }}
  {%- endif -%}
  {{ asked.get(name, defaults[name]) }}
{%- endmacro %}

{# Below this part of a threshold nothing is near it. #}
{% macro watch_from() -%}
  0.8
{%- endmacro %}

{# Whether a title is that of a product manager; product operations and product marketing are other functions. #}
{% macro is_product_manager(title) -%}
  {%- set words -%}
    product (manager|owner|lead)|\bpm\b|\bcpo\b|chief product|(head|director|vp|vice president)[ ,]+(of )?product\b
  {%- endset -%}
  ({{ regexp_like('lower(' ~ title ~ ')', words) }} and not {{ regexp_like('lower(' ~ title ~ ')', 'product (op|market|design)') }})
{%- endmacro %}

{#
  State of a signal. It fires only where the whole interval has reached the threshold and its condition holds; near the
  threshold, or with an interval across it, it is on watch.
#}
{% macro signal_state(value, low, threshold, condition) -%}
  case
    when {{ value }} is null then 'insufficient_data'
    when {{ low }} >= {{ threshold }} and {{ condition }} then 'firing'
    when {{ value }} >= {{ watch_from() }} * {{ threshold }} then 'watch'
    else 'clear'
  end
{%- endmacro %}

{# Share as a person says it. #}
{% macro percent(share) -%}
  cast(cast(round(100 * ({{ share }}), 0) as integer) as {{ dbt.type_string() }}) || ' %'
{%- endmacro %}

{# A number as a person says it. #}
{% macro said(number, digits=1) -%}
  cast(cast(round({{ number }}, {{ digits }}) as decimal(18, {{ digits }})) as {{ dbt.type_string() }})
{%- endmacro %}

{# Whether a function makes the product; the others are its stakeholders. Null where the function is. #}
{% macro makes_product(function) -%}
  {{ function }} in ('product', 'engineering', 'product_ops', 'programme_management')
{%- endmacro %}

{# A name as a key: lower case, underscores. #}
{% macro slug(expression) -%}
  {{ regexp_replace_all("lower(" ~ expression ~ ")", "[^\\p{L}\\p{N}]+", "_") }}
{%- endmacro %}

{#
  The answer to "do we need product operations as people?". Signals call for people only together, never for a small early team,
  and never before the system stands.
#}
{% macro hiring_answer(firing, counter, judged, staff) -%}
  case
    when {{ counter }} = 'firing' then 'system_only'
    when {{ judged }} < {{ hiring_threshold('min_judged_signals') }} then 'insufficient_data'
    when {{ firing }} < {{ hiring_threshold('min_firing_signals') }} then 'system_only'
    when {{ counter }} = 'insufficient_data' then 'insufficient_data'
    when not {{ staff }}.system_stands then 'system_only'
    when {{ staff }}.product_ops_people = 0 then 'first_hire'
    when {{ staff }}.product_ops_people >= {{ hiring_threshold('leadership_team_size') }} and not {{ staff }}.has_lead
      then 'leadership_hire'
    else 'grow_team'
  end
{%- endmacro %}

{# Growth of a level from its first to its last place. #}
{% macro growth(level, place) -%}
  {{ max_by(level, place) }} / nullif(cast({{ max_by(level, '-' ~ place) }} as double), 0) - 1
{%- endmacro %}

{# Standard error of the slope of a least-squares line. #}
{% macro slope_error(y, x) -%}
  sqrt(greatest(
    (regr_syy({{ y }}, {{ x }}) - power(regr_slope({{ y }}, {{ x }}), 2) * regr_sxx({{ y }}, {{ x }}))
    / nullif(cast(regr_count({{ y }}, {{ x }}) as double) - 2, 0), 0
  ) / nullif(regr_sxx({{ y }}, {{ x }}), 0))
{%- endmacro %}
