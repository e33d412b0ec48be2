{# Text of one member of a JSON object, null where it is absent. `key` is matched as it is, dots included. #}
{% macro json_text(expression, key) -%}
  {{ return(adapter.dispatch('json_text', 'earshot')(expression, key)) }}
{%- endmacro %}

{% macro default__json_text(expression, key) -%}
  try_element_at(from_json({{ expression }}, 'map<string,string>'), '{{ key }}')
{%- endmacro %}

{% macro duckdb__json_text(expression, key) -%}
  json_extract_string({{ expression }}, '$."{{ key }}"')
{%- endmacro %}

{# The same where the member may be a list: its first element. #}
{% macro json_first_text(expression, key) -%}
  {{ return(adapter.dispatch('json_first_text', 'earshot')(expression, key)) }}
{%- endmacro %}

{% macro default__json_first_text(expression, key) -%}
  case left(trim({{ default__json_text(expression, key) }}), 1)
    when '[' then from_json({{ default__json_text(expression, key) }}, 'array<string>')[0]
    when '{' then null
    else {{ default__json_text(expression, key) }}
  end
{%- endmacro %}

{% macro duckdb__json_first_text(expression, key) -%}
  case json_type({{ expression }}, '$."{{ key }}"')
    when 'ARRAY' then json_extract_string({{ expression }}, '$."{{ key }}"[0]')
    when 'OBJECT' then null
    else json_extract_string({{ expression }}, '$."{{ key }}"')
  end
{%- endmacro %}

{# One row per string of a JSON list; anything but a list gives no row. Use as a select expression. #}
{% macro json_strings(expression) -%}
  {{ return(adapter.dispatch('json_strings', 'earshot')(expression)) }}
{%- endmacro %}

{% macro default__json_strings(expression) -%}
  explode(from_json({{ expression }}, 'array<string>'))
{%- endmacro %}

{% macro duckdb__json_strings(expression) -%}
  unnest(case when json_type({{ expression }}) = 'ARRAY' then json_extract_string({{ expression }}, '$[*]') else [] end)
{%- endmacro %}

{# One member of a JSON object as JSON. #}
{% macro json_member(expression, key) -%}
  {{ return(adapter.dispatch('json_member', 'earshot')(expression, key)) }}
{%- endmacro %}

{% macro default__json_member(expression, key) -%}
  {{ default__json_text(expression, key) }}
{%- endmacro %}

{% macro duckdb__json_member(expression, key) -%}
  json_extract({{ expression }}, '$."{{ key }}"')
{%- endmacro %}

{# The first element of a JSON list as JSON, null where there is none. #}
{% macro json_first(expression) -%}
  {{ return(adapter.dispatch('json_first', 'earshot')(expression)) }}
{%- endmacro %}

{% macro default__json_first(expression) -%}
  get_json_object({{ expression }}, '$[0]')
{%- endmacro %}

{% macro duckdb__json_first(expression) -%}
  json_extract({{ expression }}, '$[0]')
{%- endmacro %}

{# One row per object of a JSON list, as JSON; anything but a list gives no row. Use as a select expression. #}
{% macro json_objects(expression) -%}
  {{ return(adapter.dispatch('json_objects', 'earshot')(expression)) }}
{%- endmacro %}

{% macro default__json_objects(expression) -%}
  explode(from_json({{ expression }}, 'array<string>'))
{%- endmacro %}

{% macro duckdb__json_objects(expression) -%}
  unnest(case when json_type({{ expression }}) = 'ARRAY' then json_extract({{ expression }}, '$[*]') else [] end)
{%- endmacro %}
