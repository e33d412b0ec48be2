{# A text without surrounding blanks, null where nothing is left. #}
{% macro clean(expression) -%}
  nullif(trim({{ expression }}), '')
{%- endmacro %}

{# Key that depends on the given texts alone: same record, same key, on every machine and in every run. #}
{% macro stable_key(expressions, length=32) -%}
  left({{ sha256_hex("concat_ws('|', " ~ expressions | join(", ") ~ ")") }}, {{ length }})
{%- endmacro %}

{#
  The customer's person behind an item: the salted hash of the address, else a salted hash of the vendor's own id. The salt is
  a secret, so it comes from the build database and never through a command line; without one such a person has no key.
#}
{% macro contact_key(email_key, source_system, person_id) -%}
  coalesce(
    {{ email_key }},
    left({{ sha256_hex(contact_salt() ~ " || '|" ~ source_system ~ "|' || " ~ person_id) }}, 32)
  )
{%- endmacro %}

{% macro contact_salt() -%}
  (select max(known.value) from {{ source('ops', 'state') }} as known where known.name = 'contact_salt')
{%- endmacro %}

{#
  Salesforce writes one id in 15 case-sensitive characters or in 18, the last three of which only protect the case of the
  others. The first of the three is a letter for every object whose ids begin with a digit, as those of the exports here
  do; requiring it keeps other systems' 18-character ids whole.
#}
{% macro salesforce_key(expression) -%}
  case
    when {{ regexp_like(expression, '^[0-9][A-Za-z0-9]{14}[A-Z][A-Z0-5]{2}$') }} then left({{ expression }}, 15)
    else {{ expression }}
  end
{%- endmacro %}

{# Host of a web address or bare domain, without www, user, port and path. Null where it is no domain. #}
{% macro web_domain(expression) -%}
  nullif(
    {{ regexp_group("lower(trim(" ~ expression ~ "))", "^(?:[a-z]+://)?(?:[^/@]*@)?(?:www[0-9]?\\.)?([^/?#:\\s.]+(?:\\.[^/?#:\\s.]+)+)") }}, ''
  )
{%- endmacro %}

{#
  A company's name as it is compared: lower case, no accents, no punctuation, no legal form at its end. A name that is
  nothing but a legal form keeps it.
#}
{% macro normalised_name(expression) -%}
  {%- set plain = strip_accents("lower(trim(" ~ expression ~ "))") -%}
  {%- set undotted = regexp_replace_all(plain, "[.''’`]", "") -%}
  {%- set spaced = regexp_replace_all(undotted, "[^\\p{L}\\p{N}]+", " ") -%}
  {%- set whole = regexp_replace_all("trim(" ~ spaced ~ ")", "( (" ~ legal_forms() | join("|") ~ "))+$", "") -%}
  nullif({{ whole }}, '')
{%- endmacro %}

{% macro legal_forms() -%}
  {{ return([
    'ab', 'ag', 'ao', 'aps', 'as', 'asa', 'bhd', 'bv', 'bvba', 'co', 'company', 'corp', 'corporation', 'cv', 'doo', 'ehf', 'eood',
    'ev', 'ges mbh', 'gesmbh', 'gmbh', 'hf', 'inc', 'incorporated', 'jsc', 'kft', 'kg', 'kgaa', 'kk', 'lda', 'limited', 'llc',
    'llp', 'lp', 'ltd', 'ltda', 'mbh', 'nv', 'oao', 'ohg', 'ooo', 'ood', 'ou', 'oy', 'oyj', 'plc', 'private', 'proprietary',
    'pte', 'pty', 'pvt', 'sa', 'sab', 'sapi', 'sarl', 'sas', 'sasu', 'sca', 'scs', 'sdn', 'se', 'sia', 'sl', 'slu', 'snc', 'spa',
    'sp z oo', 'spolka z oo', 'srl', 'sro', 'srls', 'uab', 'ug', 'vof', 'yk', 'zao', 'zrt', 'gbr', 'and co', 'und co'
  ]) }}
{%- endmacro %}

{#
  Name under which a survey or a usage event refers to an account: what its sender attached, in one readable text.
  Two items with the same attachments refer to the same account record.
#}
{% macro account_reference(external_id=none, account_name=none, domain=none) -%}
  {%- set parts = [] -%}
  {%- if external_id %}{% do parts.append("'id:' || " ~ clean(external_id)) %}{% endif -%}
  {%- if account_name %}{% do parts.append("'name:' || " ~ clean(account_name)) %}{% endif -%}
  {%- if domain %}{% do parts.append("'domain:' || " ~ clean("lower(" ~ domain ~ ")")) %}{% endif -%}
  nullif(concat_ws('|', {{ parts | join(", ") }}), '')
{%- endmacro %}

{# Fixed levels of trust in a link: an id somebody entered, a domain of one account only, an equal name. #}
{% macro match_confidence(match_method) -%}
  cast(
    case {{ match_method }}
      when 'external_id' then 1.0
      when 'domain' then 0.95
      when 'exact_name' then 0.85
    end as double
  )
{%- endmacro %}

{# Product area that a JSON list of tags names: support teams write area_billing or product_area_billing. #}
{% macro area_of_tags(tags) -%}
  nullif({{ regexp_group("lower(cast(" ~ tags ~ " as " ~ dbt.type_string() ~ "))", '"(?:product_)?area[_:-]([a-z0-9_]+)"') }}, '')
{%- endmacro %}
