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
  A company's name as it is compared: lower case, no accents, no punctuation, no legal form before or after it. A name that is
  nothing but a legal form keeps it.
#}
{% macro normalised_name(expression) -%}
  {%- set plain = strip_accents("lower(trim(" ~ expression ~ "))") -%}
  {%- set latin = regexp_replace_all(regexp_replace_all(plain, "ø", "o"), "ł", "l") -%}
  {%- set undotted = regexp_replace_all(latin, "[.''’`]", "") -%}
  {%- set parted = regexp_replace_all(undotted, legal_marks() | join("|"), " ") -%}
  {%- set spaced = regexp_replace_all(parted, "[^\\p{L}\\p{N}]+", " ") -%}
  {%- set unled = regexp_replace_all("trim(" ~ spaced ~ ")", "^((" ~ leading_legal_forms() | join("|") ~ ") )+", "") -%}
  {%- set whole = regexp_replace_all(unled, "( (" ~ legal_forms() | join("|") ~ "))+$", "") -%}
  nullif({{ whole }}, '')
{%- endmacro %}

{% macro legal_forms() -%}
  {{ return([
    'a ao', 'a s', 'aas', 'ab', 'abp', 'ad', 'ag', 'aktiengesellschaft', 'aktiebolag', 'ao', 'aps', 'as', 'asa', 'b v', 'bhd', 'bv',
    'bvba', 'co', 'company', 'corp', 'corporation', 'cv', 'cvba', 'd o o', 'dac', 'dd', 'doo', 'ead', 'ehf', 'eirl', 'eireli', 'eood',
    'eurl', 'ev', 'fze', 'fzco', 'ges mbh', 'gesmbh', 'gesellschaft mit beschrankter haftung', 'gie', 'gmbh', 'gk', 'hf', 'inc',
    'incorporated', 'ivs', 'jdoo', 'joint stock company', 'jsc', 'k k', 'kabushiki kaisha', 'kft', 'kg', 'kgaa', 'kk', 'lda', 'limited',
    'limited liability company', 'llc', 'llp', 'lp', 'ltd', 'ltd sti', 'ltda', 'ltee', 'mbh', 'n v', 'naamloze vennootschap', 'nv', 'nyrt',
    'oao', 'ohg', 'ooo', 'ood', 'ou', 'oy', 'oyj', 'pao', 'pcl', 'pjsc', 'plc', 'private', 'proprietary', 'psc', 'pte', 'pty',
    'public limited company', 'publ', 'pvt', 'qpsc', 's a', 's de rl de cv', 's l', 's p a', 's r l', 's r o', 'sa', 'sa de cv',
    'sab de cv', 'sab', 'sapi', 'sapi de cv', 'sarl', 'sagl', 'sas', 'sasu', 'sau', 'sca', 'scrl', 'scs', 'sdn', 'se', 'sia', 'sirketi', 'sl',
    'slu', 'snc', 'sociedad anonima', 'sociedade anonima', 'societe anonyme', 'societa per azioni', 'spa', 'sp z oo', 'sp zoo',
    'spolka z oo', 'spolka akcyjna', 'spol sro', 'sprl', 'srl', 'sro', 'srls', 'sti', 'tbk', 'persero', 'uab', 'ug', 'ulc', 'unipessoal',
    'vof', 'yk', 'zao', 'zrt', 'gbr', 'and co', 'und co', 'ооо', 'оао', 'зао', 'пао', 'ао', 'тов'
  ]) }}
{%- endmacro %}

{# Legal forms that stand before the name. #}
{% macro leading_legal_forms() -%}
  {{ return(['pt', 'ooo', 'oao', 'zao', 'pao', 'uab', 'sia', 'ооо', 'оао', 'зао', 'пао', 'ао', 'тов']) }}
{%- endmacro %}

{# Legal forms that no blank parts from the name. #}
{% macro legal_marks() -%}
  {{ return(['株式会社', '有限会社', '合同会社', '股份有限公司', '有限公司', '주식회사', '㈜']) }}
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
      when 'manual' then 1.0
      when 'external_id' then 1.0
      when 'domain' then 0.95
      when 'exact_name' then 0.85
    end as double
  )
{%- endmacro %}

{# What a CRM's type or lifecycle stage says of an account, from its lower-case text: customer, churned, or nothing. #}
{% macro crm_relationship(expression) -%}
  case
    when {{ regexp_like(expression, 'former|churn|ex-customer|lost|cancel|inactive') }} then 'churned'
    when {{ expression }} in ('evangelist') or {{ expression }} like '%customer%' then 'customer'
  end
{%- endmacro %}

{# prospect, customer or churned, from what the CRM says and the days of the latest deals won and renewals lost. #}
{% macro lifecycle_stage(master_kind, relationship, last_won_on, last_renewal_lost_on) -%}
  case
    -- Only customers write to support, answer surveys or use the product: without a CRM nobody else is visible.
    when {{ master_kind }} != 'crm' then 'customer'
    when {{ relationship }} = 'churned' then 'churned'
    when {{ relationship }} = 'customer' or {{ last_won_on }} is not null
      then
        case
          when {{ last_renewal_lost_on }} >= coalesce({{ last_won_on }}, {{ last_renewal_lost_on }}) then 'churned'
          else 'customer'
        end
    else 'prospect'
  end
{%- endmacro %}

{# Whether a row of core.account_history held at a moment; before anything is known of an account, what was known first. #}
{% macro held_at(history, moment) -%}
  case when {{ history }}.is_earliest then cast('0001-01-01 00:00:00+00' as {{ moment_type() }}) else {{ history }}.valid_from end
    <= {{ moment }}
  and {{ moment }} < coalesce({{ history }}.valid_to, cast('9999-12-31 00:00:00+00' as {{ moment_type() }}))
{%- endmacro %}

{#
  Product area that tags name: support teams write area_billing or product_area_billing. A JSON list, or one text in which
  commas or blanks part them, as in the vendors' CSV exports.
#}
{% macro area_of_tags(tags) -%}
  nullif({{ regexp_group("lower(cast(" ~ tags ~ " as " ~ dbt.type_string() ~ "))", '[" ,](?:product_)?area[_:-]([a-z0-9_]+)[" ,]') }}, '')
{%- endmacro %}
