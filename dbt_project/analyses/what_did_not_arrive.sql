-- Which files lost records on the way in, and why?
select
    files.source,
    files.file,
    files.state,
    files.rows_read,
    files.rows_quarantined,
    files.balance,
    coalesce(files.reason, min(quarantine.reason)) as first_reason
from {{ ref('source_reconciliation') }} as files
left join {{ ref('quarantine') }} as quarantine
    on files.source = quarantine.source and files.file = quarantine.file and files.stream = quarantine.stream
where files.rows_quarantined > 0 or files.balance <> 0 or files.state <> 'loaded'
group by
    files.source, files.file, files.stream, files.state, files.rows_read, files.rows_quarantined, files.balance, files.reason
order by files.rows_quarantined desc, files.source asc, files.file asc
