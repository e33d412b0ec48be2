-- The publisher puts the waivers that it went by in place of these.
select
    waiver_id,
    suite,
    expectation,
    object,
    reason,
    waived_by,
    waived_at,
    expires_at,
    covers_errors,
    withdrawn_by,
    withdrawn_at
from {{ source('ops', 'waiver') }}
