{# Texts of a variable as a list for SQL. #}
{% macro listed(values) -%}
  (
  {%- for value in values %}
    '{{ value | replace("'", "''") }}'{{ "," if not loop.last }}
  {%- endfor %}
  )
{%- endmacro %}

{# Part of a definition of done, whatever a sheet calls it. #}
{% macro readiness_kind(kind) -%}
  case
    when {{ regexp_like(kind, '^in_(product|app)|guide|walkthrough|tour') }} then 'in_product_education'
    when {{ regexp_like(kind, 'internal|readiness|enablement') }} then 'internal_readiness'
    when {{ regexp_like(kind, 'document|^docs?$|help_cent|article') }} then 'documentation'
    else {{ kind }}
  end
{%- endmacro %}

{# Which of the three things internal readiness content says: what this is, how work changes, how to help customers. #}
{% macro readiness_part(part, title) -%}
  {%- set words = "coalesce(nullif(" ~ part ~ ", ''), lower(" ~ title ~ "))" -%}
  case
    when {{ regexp_like(words, 'customer|prepare') }} then 'prepare_customers'
    when {{ regexp_like(words, 'role|workflow|chang') }} then 'role_change'
    when {{ regexp_like(words, 'value|what') }} then 'new_value'
  end
{%- endmacro %}

{# A share from 0 to 1 as a step of the readiness ladder, 1 to 5. #}
{% macro ladder(share) -%}
  (1 + 4 * ({{ share }}))
{%- endmacro %}

{#
  Limits of the readiness marts; a workspace overrides each as a dbt variable of the same name.

  launch_minimum_tickets    tickets of the area, before and after, below which a spike cannot be told
  launch_ticket_ratio       how many times the tickets of before make a spike, beside being more than chance explains
  launch_minimum_accounts   accounts at work below which adoption is not judged
  launch_adoption_floor     share of them that has to use the feature within 30 days
  launch_minimum_questions  questions about the launch below which their kind is not judged
#}
{% macro launch_limit(name) -%}
  {%- set defaults = {
    'launch_minimum_tickets': 10,
    'launch_ticket_ratio': 1.5,
    'launch_minimum_accounts': 10,
    'launch_adoption_floor': 0.1,
    'launch_minimum_questions': 5
  } -%}
  {{ return(var(name, defaults[name])) }}
{%- endmacro %}

{# SQL of a text as it stands in a query: in quotes, with its own quotes doubled. #}
{% macro quoted_text(expression) -%}
  '''' || replace({{ expression }}, '''', '''''') || ''''
{%- endmacro %}
