{#
  Tables and views as dbt-duckdb makes them, with one exchange in place of two renames and a drop: each of those prepares
  dbt's whole namespace anew, which took a third of the time of a model of a few rows. Readers see the old relation or the
  new one: the exchange is part of the transaction that builds it.
#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set new_relation = make_intermediate_relation(target_relation) -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {{ drop_relation_if_exists(load_cached_relation(new_relation)) }}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% call statement('main', language=model['language']) -%}
    {{- create_table_as(False, new_relation, compiled_code, model['language']) }}
  {%- endcall %}
  {% call statement('exchange') -%}
    {% if existing_relation is not none -%} drop {{ existing_relation.type }} if exists {{ existing_relation }}; {%- endif %}
    alter table {{ new_relation }} rename to {{ adapter.quote_as_configured(target_relation.identifier, 'identifier') }}
  {%- endcall %}
  {{ return(settled(target_relation, post_hooks)) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% call statement('main') -%}
    {% if existing_relation is not none -%} drop {{ existing_relation.type }} if exists {{ existing_relation }}; {%- endif %}
    {{ get_create_view_as_sql(target_relation, sql) }}
  {%- endcall %}
  {{ return(settled(target_relation, post_hooks)) }}
{% endmaterialization %}

{# What follows once a relation stands in its place. #}
{% macro settled(target_relation, post_hooks) %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do persist_docs(target_relation, model) %}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{% endmacro %}
