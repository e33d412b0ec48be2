{# Type of a moment. #}
{% macro moment_type() -%}
  {{ return(adapter.dispatch('moment_type', 'earshot')()) }}
{%- endmacro %}

{% macro default__moment_type() -%}
  timestamp
{%- endmacro %}

{% macro duckdb__moment_type() -%}
  timestamptz
{%- endmacro %}

{# A type as contracts and empty tables name it, as the engine names it. #}
{% macro engine_type(name) -%}
  {{ return({'varchar': dbt.type_string(), 'timestamptz': moment_type()}.get(name, name)) }}
{%- endmacro %}
