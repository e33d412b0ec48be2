-- What the newest version of the question model says of each distinct text.
with

judged as (
    select * from {{ source('enriched', 'question') }}
),

chosen as (
    select {{ max_by('judged.model_version', written_order('judged')) }} as model_version
    from {{ source('enriched', 'question') }} as judged
)

select
    judged.text_sha256,
    judged.model_version,
    judged.quality,
    judged.quality_confidence,
    nullif(judged.owner, 'none') as expected_owner,
    case when judged.owner <> 'none' then judged.owner_confidence end as owner_confidence
from judged
inner join chosen on judged.model_version = chosen.model_version
