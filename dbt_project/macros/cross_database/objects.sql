{# Text of a JSON object with these members; `members` maps names to SQL. #}
{% macro json_object_of(members) -%}
  {{ return(adapter.dispatch('json_object_of', 'earshot')(members)) }}
{%- endmacro %}

{% macro default__json_object_of(members) -%}
  to_json(named_struct({% for name, value in members.items() %}'{{ name }}', {{ value }}{{ ", " if not loop.last }}{% endfor %}))
{%- endmacro %}

{% macro duckdb__json_object_of(members) -%}
  cast(json_object({% for name, value in members.items() %}'{{ name }}', {{ value }}{{ ", " if not loop.last }}{% endfor %}) as varchar)
{%- endmacro %}

{# Text of a JSON list of a group's JSON texts, in the order of another column. #}
{% macro json_list_in_order(value, order_by) -%}
  {{ return(adapter.dispatch('json_list_in_order', 'earshot')(value, order_by)) }}
{%- endmacro %}

{% macro default__json_list_in_order(value, order_by) -%}
  concat('[', array_join(transform(array_sort(collect_list(struct({{ order_by }} as place, {{ value }} as item))), x -> x.item), ','), ']')
{%- endmacro %}

{% macro duckdb__json_list_in_order(value, order_by) -%}
  '[' || string_agg({{ value }}, ',' order by {{ order_by }}) || ']'
{%- endmacro %}

{# Names of the conditions that hold, as a list; `conditions` maps names to SQL. #}
{% macro list_of_true(conditions) -%}
  {{ return(adapter.dispatch('list_of_true', 'earshot')(conditions)) }}
{%- endmacro %}

{% macro default__list_of_true(conditions) -%}
  filter(
    array({% for name, condition in conditions.items() %}case when {{ condition }} then '{{ name }}' end{{ ", " if not loop.last }}{% endfor %}),
    x -> x is not null
  )
{%- endmacro %}

{% macro duckdb__list_of_true(conditions) -%}
  list_filter(
    [
      {%- for name, condition in conditions.items() %}
      case when {{ condition }} then '{{ name }}' end{{ "," if not loop.last }}
      {%- endfor %}
    ],
    lambda x: x is not null
  )
{%- endmacro %}
