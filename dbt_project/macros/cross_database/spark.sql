{#
  dbt's own macros where those of dbt-spark answer otherwise than DuckDB's: they stop at a null, cut seconds off, or keep types
  that Spark does not know.
#}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
  timestampadd({{ datepart }}, cast({{ interval }} as int), {{ from_date_or_timestamp }})
{%- endmacro %}

{# Boundaries between two moments, as DuckDB counts them. #}
{% macro spark__datediff(first_date, second_date, datepart) -%}
  {%- if datepart == 'day' -%}
    cast(datediff({{ second_date }}, {{ first_date }}) as bigint)
  {%- else -%}
    timestampdiff({{ datepart }}, date_trunc('{{ datepart }}', {{ first_date }}), date_trunc('{{ datepart }}', {{ second_date }}))
  {%- endif -%}
{%- endmacro %}

{# Texts of a group as one, in the order asked for, which dbt-spark leaves out; null where there is none, as DuckDB says it. #}
{% macro spark__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
  {%- set order = order_by_clause | replace('order by ', '') -%}
  case
    when count({{ measure }}) > 0 then array_join({{ default__list_in_order(measure, order) }}, {{ delimiter_text }})
  end
{%- endmacro %}

{# Contracts name types once, as DuckDB spells them. #}
{% macro spark__get_empty_schema_sql(columns) -%}
  {%- set translated = {} -%}
  {%- for name, column in columns.items() -%}
    {%- do translated.update({name: dict(column, data_type=engine_type(column['data_type']))}) -%}
  {%- endfor -%}
  {{ default__get_empty_schema_sql(translated) }}
{%- endmacro %}

{# Rows of a seed as literals: dbt-spark binds texts without heed to the quotes in them, and an empty cell as a word. #}
{% macro spark__load_csv_rows(model, agate_table) -%}
  {%- set types = model['config'].get('column_types', {}) -%}
  {%- set sql -%}
    insert into {{ this.render() }} values
    {% for row in agate_table.rows -%}
      (
      {%- for name in agate_table.column_names -%}
        {%- set type = types.get(name, adapter.convert_type(agate_table, loop.index0)) -%}
        {%- set value = row[loop.index0] -%}
        cast({{ 'null' if value is none else "'" ~ (value | string | replace("\\", "\\\\") | replace("'", "''")) ~ "'" }} as {{ engine_type(type) }})
        {{- ", " if not loop.last }}
      {%- endfor -%}
      ){{ ", " if not loop.last }}
    {% endfor %}
  {%- endset -%}
  {% do adapter.add_query(sql, abridge_sql_log=True) %}
  {{ return(sql) }}
{%- endmacro %}
