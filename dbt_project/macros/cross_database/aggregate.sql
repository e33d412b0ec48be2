{# Value of one column in the row that has the largest of another. #}
{% macro max_by(value, order_by) -%}
  {{ return(adapter.dispatch('max_by', 'earshot')(value, order_by)) }}
{%- endmacro %}

{% macro default__max_by(value, order_by) -%}
  max_by({{ value }}, case when {{ value }} is not null then {{ order_by }} end)
{%- endmacro %}

{% macro duckdb__max_by(value, order_by) -%}
  arg_max({{ value }}, {{ order_by }})
{%- endmacro %}

{# Position of a row in order of writing: of a table, or of the one Parquet file that it was handed over in. #}
{% macro written_order(relation) -%}
  {{ return(adapter.dispatch('written_order', 'earshot')(relation)) }}
{%- endmacro %}

{% macro default__written_order(relation) -%}
  {{ relation }}._metadata.row_index
{%- endmacro %}

{% macro duckdb__written_order(relation) -%}
  {{ relation }}.rowid
{%- endmacro %}

{# Value of one column in the row that has the smallest of another. #}
{% macro first_by(value, order_by) -%}
  {{ return(adapter.dispatch('first_by', 'earshot')(value, order_by)) }}
{%- endmacro %}

{% macro default__first_by(value, order_by) -%}
  min_by({{ value }}, case when {{ value }} is not null then {{ order_by }} end)
{%- endmacro %}

{% macro duckdb__first_by(value, order_by) -%}
  arg_min({{ value }}, {{ order_by }})
{%- endmacro %}

{# The distinct values of a group as one sorted list. #}
{% macro sorted_list(expression) -%}
  {{ return(adapter.dispatch('sorted_list', 'earshot')(expression)) }}
{%- endmacro %}

{% macro default__sorted_list(expression) -%}
  sort_array(collect_set({{ expression }}))
{%- endmacro %}

{% macro duckdb__sorted_list(expression) -%}
  list_sort(list_distinct(list({{ expression }})))
{%- endmacro %}

{# A fingerprint of the values of a group, whatever their order: it differs as soon as one value came, went or changed. #}
{% macro bag_hash(expression) -%}
  {{ return(adapter.dispatch('bag_hash', 'earshot')(expression)) }}
{%- endmacro %}

{% macro default__bag_hash(expression) -%}
  cast(sum(cast(xxhash64({{ expression }}) as decimal(38, 0))) as string)
{%- endmacro %}

{% macro duckdb__bag_hash(expression) -%}
  cast(sum(hash({{ expression }})) as varchar)
{%- endmacro %}
