-- For whom is there no readiness guide yet, and what is missing?
select
    digest.launch_name,
    digest.role,
    digest.missing_parts,
    digest.undone_parts,
    digest.team_barrier
from {{ ref('readiness_digest') }} as digest
where digest.kind = 'status_update' or digest.undone_parts is not null
order by digest.launch_at desc, digest.role asc
