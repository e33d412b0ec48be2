-- Is every record accounted for, source by source?
select
    source,
    count(*) as files,
    sum(rows_read) as rows_read,
    sum(rows_loaded) as rows_loaded,
    sum(rows_duplicate) as rows_duplicate,
    sum(rows_superseded) as rows_superseded,
    sum(rows_quarantined) as rows_quarantined,
    sum(balance) as balance
from trust.source_reconciliation
group by source
order by source
