{# First id in a JSON value that names linked records: a number, a list of ids, a list of objects with an id, or ids with separators. #}
{% macro first_id(expression) -%}
  {%- set text = "cast(" ~ expression ~ " as " ~ dbt.type_string() ~ ")" -%}
  coalesce(
    nullif({{ regexp_group(text, '"id"\\s*:\\s*"?([A-Za-z0-9_-]+)"?') }}, ''),
    case when not {{ regexp_like(text, '[{]') }} then nullif({{ regexp_group(text, '([A-Za-z0-9_-]+)') }}, '') end
  )
{%- endmacro %}

{# Score of 0 to 10 in an answer as it was written: `10`, `10 - Extremely likely`, `Not at all likely - 0`. Null for any other. #}
{% macro leading_score(expression) -%}
  cast(
    nullif(
      coalesce(
        nullif({{ regexp_group(expression, "^\\s*(10|[0-9])(?:\\.0)?\\s*(?:$|[-–—:=(].*[^0-9].*$)") }}, ''),
        {{ regexp_group(expression, "^[^0-9]*[-–—:=(]\\s*(10|[0-9])\\)?\\s*$") }}
      ),
      ''
    ) as bigint
  )
{%- endmacro %}
