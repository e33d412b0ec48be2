{# Role that answers for a function; null for functions that ask. #}
{% macro answering_role(function) -%}
  case {{ function }}
    when 'product' then 'product_management'
    when 'product_ops' then 'product_ops'
    when 'marketing' then 'product_marketing'
    when 'programme_management' then 'programme_management'
    when 'support' then 'support_engineering'
    when 'engineering' then 'support_engineering'
  end
{%- endmacro %}

{# Whether people of a function bring the product to customers. Support does both: it asks, and it answers. #}
{% macro is_revenue_function(function) -%}
  {{ function }} in ('sales', 'customer_success', 'support', 'services')
{%- endmacro %}

{# Role that a channel's name, or a form's addressee, asks; null where it names none. #}
{% macro asked_role(expression) -%}
  {%- set words = "lower(" ~ expression ~ ")" -%}
  case
    when {{ regexp_like(words, 'prod(uct)?[-_ ]?op(s|eration)|enablement') }} then 'product_ops'
    when {{ regexp_like(words, 'market|\\bpmm\\b') }} then 'product_marketing'
    when {{ regexp_like(words, 'program|\\bpmo\\b|release|delivery|roadmap[-_ ]?dates') }} then 'programme_management'
    when {{ regexp_like(words, 'support|help[-_ ]?desk|engineer|escalat|bugs?\\b') }} then 'support_engineering'
    when {{ regexp_like(words, 'product|\\bpms?\\b') }} then 'product_management'
  end
{%- endmacro %}

{# Score of a question's quality (METRICS: question quality); null for what is no question. #}
{% macro quality_score(quality) -%}
  case {{ quality }} when 'awareness' then 0.0 when 'mechanics' then 0.5 when 'readiness' then 1.0 end
{%- endmacro %}

{# The words of a name between blanks, without the plural's s at its end: "custom role" is in "custom roles" and in "a custom role". #}
{% macro name_stem(expression) -%}
  (' ' || trim({{ regexp_replace_all("trim(" ~ regexp_replace_all("lower(" ~ expression ~ ")", "[^\\p{L}\\p{N}]+", " ") ~ ")", "s$", "") }}))
{%- endmacro %}

{# Words in lower case with single blanks around each, so that a name can be looked for by whole words. #}
{% macro blanked_words(expression) -%}
  (' ' || trim({{ regexp_replace_all("lower(" ~ expression ~ ")", "[^\\p{L}\\p{N}]+", " ") }}) || ' ')
{%- endmacro %}
