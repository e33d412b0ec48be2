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

{# Type of a list of values of one type. #}
{% macro list_type(element) -%}
  {{ return(adapter.dispatch('list_type', 'earshot')(element)) }}
{%- endmacro %}

{% macro default__list_type(element) -%}
  {{ return('array<' ~ element ~ '>') }}
{%- endmacro %}

{% macro duckdb__list_type(element) -%}
  {{ return(element ~ '[]') }}
{%- endmacro %}

{# A type as contracts and empty tables name it, as the engine names it. #}
{% macro engine_type(name) -%}
  {%- if name.endswith('[]') -%}
    {{ return(list_type(engine_type(name[:-2]))) }}
  {%- endif -%}
  {{ return({'varchar': dbt.type_string(), 'timestamptz': moment_type()}.get(name, name)) }}
{%- endmacro %}
