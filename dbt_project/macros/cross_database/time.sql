{# A moment as text with its offset, which is UTC's: what a query may name it by. #}
{% macro moment_text(expression) -%}
  {{ return(adapter.dispatch('moment_text', 'earshot')(expression)) }}
{%- endmacro %}

{% macro default__moment_text(expression) -%}
  concat(cast({{ expression }} as string), '+00')
{%- endmacro %}

{% macro duckdb__moment_text(expression) -%}
  cast({{ expression }} as {{ dbt.type_string() }})
{%- endmacro %}

{# UTC calendar day of a moment; sessions run in UTC. #}
{% macro utc_date(expression) -%}
  cast({{ expression }} as date)
{%- endmacro %}

{# Monday of the UTC week of a moment. #}
{% macro week_start(expression) -%}
  cast({{ dbt.date_trunc('week', expression) }} as date)
{%- endmacro %}

{# First day of the UTC month of a moment. #}
{% macro month_start(expression) -%}
  cast({{ dbt.date_trunc('month', expression) }} as date)
{%- endmacro %}

{# Midnight UTC at the start of a day. #}
{% macro day_to_timestamp(expression) -%}
  {{ return(adapter.dispatch('day_to_timestamp', 'earshot')(expression)) }}
{%- endmacro %}

{% macro default__day_to_timestamp(expression) -%}
  cast({{ expression }} as timestamp)
{%- endmacro %}

{% macro duckdb__day_to_timestamp(expression) -%}
  cast({{ expression }} as timestamptz)
{%- endmacro %}
