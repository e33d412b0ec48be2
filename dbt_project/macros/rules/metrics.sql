{# Promoters answer 9 or 10, passives 7 or 8, detractors 0 to 6 (METRICS: NPS). #}
{% macro nps_group(score) -%}
  case
    when {{ score }} between 9 and 10 then 'promoter'
    when {{ score }} between 7 and 8 then 'passive'
    when {{ score }} between 0 and 6 then 'detractor'
  end
{%- endmacro %}

{# An amount in the reporting currency; null where its currency has no rate. No currency said means the reporting one. #}
{% macro in_reporting_currency(amount, currency) -%}
  case
    when {{ currency }} is null or upper({{ currency }}) = '{{ var("reporting_currency") | upper }}' then {{ amount }}
    {%- for code, rate in var('exchange_rates').items() %}
      when upper({{ currency }}) = '{{ code | upper }}' then {{ amount }} * {{ rate }}
    {%- endfor %}
  end
{%- endmacro %}

{# The moment that everything "trailing" or "so far" is seen from. #}
{% macro as_of() -%}
  (select moment.as_of from {{ ref('int_as_of') }} as moment)
{%- endmacro %}

{# Id of the run that builds these marts. #}
{% macro current_run_id() -%}
  {%- if var('current_run_id') -%}
    '{{ var("current_run_id") }}'
  {%- else -%}
    (select {{ max_by('newest.run_id', 'newest.started_at') }} from {{ source('ops', 'run') }} as newest)
  {%- endif -%}
{%- endmacro %}

{# A table with the given columns and no rows, for marts that no delivered system feeds. #}
{% macro no_rows(columns) -%}
  select
    {% for name, type in columns.items() -%}
      cast(null as {{ engine_type(type) }}) as {{ name }}{{ "," if not loop.last }}
    {% endfor -%}
  from (select 1 as nothing) as nowhere
  where nothing = 0
{%- endmacro %}
