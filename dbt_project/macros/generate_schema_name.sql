{# Schemas are named by the layer or mart alone: readers rely on `core.feedback`, whatever the target. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
