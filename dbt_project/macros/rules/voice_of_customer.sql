{#
  Limits of the voice-of-customer marts, in one place; a workspace overrides each as a dbt variable of the same name.

  voc_history_weeks       weeks before as_of that theme_weekly keeps, so that one item dated 1971 makes no 50 years of rows
  voc_window_weeks        trailing window of theme_summary and heard_vs_building
  voc_driver_weeks        trailing window of nps_driver, and of the NPS impact in theme_summary
  voc_evidence_weeks      how far back quotes are taken from
  voc_supporting_quotes   quotes per theme
  voc_counter_quotes      counter-examples per theme
  voc_cluster_examples    items named as examples of a discovered group
  nps_minimum_n           answers, and accounts, below which an NPS is not published
  share_minimum_n         items below which a share or a mean is not published
  link_certain            link confidence from which an account's ARR counts in the low figure
  link_likely             link confidence from which it counts in the central figure
  driver_q                adjusted probability below which an effect on the NPS is shown; 0.05 spoke in 5.5 % of companies without any
#}
{% macro voc_limit(name) -%}
  {%- set defaults = {
    'voc_history_weeks': 260,
    'voc_window_weeks': 13,
    'voc_driver_weeks': 52,
    'voc_evidence_weeks': 52,
    'voc_supporting_quotes': 8,
    'voc_counter_quotes': 3,
    'voc_cluster_examples': 5,
    'nps_minimum_n': 10,
    'share_minimum_n': 5,
    'link_certain': 0.95,
    'link_likely': 0.8,
    'driver_q': 0.02
  } -%}
  {{ return(var(name, defaults[name])) }}
{%- endmacro %}

{# Segment as the marts group by it. `all` is the roll-up, so a segment that is itself called so is told apart. #}
{% macro voc_segment(segment) -%}
  case
    when {{ clean(segment) }} is null then 'unknown'
    when lower({{ clean(segment) }}) = 'all' then 'segment all'
    else {{ clean(segment) }}
  end
{%- endmacro %}

{# Everything is counted under its own segment or channel, and over all of them: rows to join with, and the name that each gives. #}
{% macro own_and_all() -%}
  select false as is_all
  union all
  select true as is_all
{%- endmacro %}

{% macro in_scope(column) -%}
  case when scope.is_all then 'all' else {{ column }} end
{%- endmacro %}

{# Who an item is from, as far as known: its account, else its contact, else nobody but the item itself. #}
{% macro respondent(account_id, contact_key, item_id) -%}
  coalesce('account ' || {{ account_id }}, 'contact ' || {{ contact_key }}, 'item ' || {{ item_id }})
{%- endmacro %}
