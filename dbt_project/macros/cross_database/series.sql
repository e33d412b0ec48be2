{# Texts of a group as a list, in the order of another column. #}
{% macro list_in_order(value, order_by) -%}
  {{ return(adapter.dispatch('list_in_order', 'earshot')(value, order_by)) }}
{%- endmacro %}

{% macro default__list_in_order(value, order_by) -%}
  transform(array_sort(collect_list(struct({{ order_by }} as place, {{ value }} as item))), x -> x.item)
{%- endmacro %}

{% macro duckdb__list_in_order(value, order_by) -%}
  list({{ value }} order by {{ order_by }})
{%- endmacro %}

{# Hours from one moment to another. #}
{% macro hours_between(from_moment, to_moment) -%}
  {{ return(adapter.dispatch('hours_between', 'earshot')(from_moment, to_moment)) }}
{%- endmacro %}

{% macro default__hours_between(from_moment, to_moment) -%}
  ((unix_timestamp({{ to_moment }}) - unix_timestamp({{ from_moment }})) / 3600d)
{%- endmacro %}

{% macro duckdb__hours_between(from_moment, to_moment) -%}
  (date_diff('second', {{ from_moment }}, {{ to_moment }}) / 3600.0)
{%- endmacro %}

{# One row per step from one day to another, as the column `day`; `unit` is week, month or day. Use as a relation. #}
{% macro days_from(first_day, last_day, unit) -%}
  {{ return(adapter.dispatch('days_from', 'earshot')(first_day, last_day, unit)) }}
{%- endmacro %}

{% macro default__days_from(first_day, last_day, unit) -%}
  (select explode(sequence({{ first_day }}, {{ last_day }}, interval 1 {{ unit }})) as day)
{%- endmacro %}

{% macro duckdb__days_from(first_day, last_day, unit) -%}
  (
    select cast(unnest(generate_series(
      cast({{ first_day }} as timestamp), cast({{ last_day }} as timestamp), interval 1 {{ unit }}
    )) as date) as day
  )
{%- endmacro %}

{# Whole weeks from one Monday to another, negative towards the past; dbt's own count of weeks differs there from engine to engine. #}
{% macro weeks_between(from_day, to_day) -%}
  cast({{ dbt.datediff(from_day, to_day, 'day') }} / 7 as integer)
{%- endmacro %}

{# Whole months from the first day of one month to that of another. #}
{% macro months_between(from_day, to_day) -%}
  (
    12 * (extract(year from {{ to_day }}) - extract(year from {{ from_day }}))
    + extract(month from {{ to_day }}) - extract(month from {{ from_day }})
  )
{%- endmacro %}
