-- Every version of a CRM account that was ever delivered, from the moment that the CRM says it changed.
with

{% set vendors = [('salesforce', 'account', 'type'), ('hubspot', 'company', 'lifecycle_stage')] -%}

landed as (
    select
        source,
        stream,
        file,
        sequence,
        min(landed_at) as landed_at
    from {{ source('ops', 'file') }}
    group by source, stream, file, sequence
),

version as (
    {% for vendor, stream, relationship in vendors %}
        {% for layer in ['raw', 'history'] %}
            select
                '{{ vendor }}' as source_system,
                '{{ stream }}' as stream,
                '{{ vendor }}:' || {{ salesforce_key('id') if vendor == 'salesforce' else 'id' }} as crm_key,
                lower({{ clean(relationship) }}) as relationship,
                {{ clean('segment') }} as segment,
                {{ clean('plan') }} as plan,
                arr,
                {{ clean('currency') }} as currency,
                coalesce(_deleted, false) as is_deleted,
                created_at,
                updated_at,
                _sequence,
                _file,
                _line
            from {{ source(layer, vendor ~ '__' ~ stream) }}
            {{ 'union all' if not loop.last }}
        {% endfor %}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

dated as (
    select
        version.crm_key,
        {{ crm_relationship('version.relationship') }} as relationship,
        version.segment,
        version.plan,
        version.arr,
        version.currency,
        version.is_deleted,
        version.created_at,
        -- An export without a moment of change is as new as its delivery.
        coalesce(version.updated_at, landed.landed_at, version.created_at) as changed_at,
        row_number() over (
            partition by version.crm_key, coalesce(version.updated_at, landed.landed_at, version.created_at)
            order by version._sequence desc, version._file desc, version._line desc
        ) as preference
    from version
    left join landed
        on
            version.source_system = landed.source
            and version.stream = landed.stream
            and version._file = landed.file
            and version._sequence = landed.sequence
)

-- Of two versions of one moment the one that was delivered last holds.
select
    crm_key,
    relationship,
    segment,
    plan,
    arr,
    currency,
    is_deleted,
    changed_at,
    min(created_at) over (partition by crm_key) as created_at
from dated
where preference = 1 and changed_at is not null
