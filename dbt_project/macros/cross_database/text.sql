{# Lower-case hex SHA-256 of the UTF-8 bytes of a text. #}
{% macro sha256_hex(expression) -%}
  {{ return(adapter.dispatch('sha256_hex', 'earshot')(expression)) }}
{%- endmacro %}

{% macro default__sha256_hex(expression) -%}
  sha2({{ expression }}, 256)
{%- endmacro %}

{% macro duckdb__sha256_hex(expression) -%}
  sha256({{ expression }})
{%- endmacro %}

{# Replace every match of a regular expression; `\1` in the replacement is its first group, which Spark calls `$1`. #}
{% macro regexp_replace_all(expression, pattern, replacement) -%}
  {{ return(adapter.dispatch('regexp_replace_all', 'earshot')(expression, pattern, replacement)) }}
{%- endmacro %}

{% macro default__regexp_replace_all(expression, pattern, replacement) -%}
  regexp_replace({{ expression }}, {{ spark_pattern(pattern) }}, '{{ replacement | replace("\\", "$") }}')
{%- endmacro %}

{% macro duckdb__regexp_replace_all(expression, pattern, replacement) -%}
  regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{# First capturing group of the first match of a regular expression. #}
{% macro regexp_group(expression, pattern) -%}
  {{ return(adapter.dispatch('regexp_group', 'earshot')(expression, pattern)) }}
{%- endmacro %}

{% macro default__regexp_group(expression, pattern) -%}
  regexp_extract({{ expression }}, {{ spark_pattern(pattern) }}, 1)
{%- endmacro %}

{% macro duckdb__regexp_group(expression, pattern) -%}
  regexp_extract({{ expression }}, '{{ pattern }}', 1)
{%- endmacro %}

{# Whether a text contains a match of a regular expression. #}
{% macro regexp_like(expression, pattern) -%}
  {{ return(adapter.dispatch('regexp_like', 'earshot')(expression, pattern)) }}
{%- endmacro %}

{% macro default__regexp_like(expression, pattern) -%}
  ({{ expression }} rlike {{ spark_pattern(pattern) }})
{%- endmacro %}

{% macro duckdb__regexp_like(expression, pattern) -%}
  regexp_matches({{ expression }}, '{{ pattern }}')
{%- endmacro %}

{# Letters without their accents. #}
{% macro strip_accents(expression) -%}
  {{ return(adapter.dispatch('strip_accents', 'earshot')(expression)) }}
{%- endmacro %}

{% macro default__strip_accents(expression) -%}
  translate(
    {{ expression }},
    'àáâãäåāăąçćčďđèéêëēėęěğìíîïīįıłñńňòóôõöøōőřśšșşťțùúûüūůűýÿžźż',
    'aaaaaaaaacccddeeeeeeeegiiiiiiilnnnooooooooorssssttuuuuuuuyyzzz'
  )
{%- endmacro %}

{% macro duckdb__strip_accents(expression) -%}
  strip_accents({{ expression }})
{%- endmacro %}

{# Whether a text contains another one, letter by letter. #}
{% macro contains(expression, part) -%}
  {{ return(adapter.dispatch('contains', 'earshot')(expression, part)) }}
{%- endmacro %}

{% macro default__contains(expression, part) -%}
  contains({{ expression }}, {{ part }})
{%- endmacro %}

{# A regular expression as a text of Spark, whose texts know escapes. #}
{% macro spark_pattern(pattern) -%}
  '{{ pattern | replace("\\", "\\\\") }}'
{%- endmacro %}
