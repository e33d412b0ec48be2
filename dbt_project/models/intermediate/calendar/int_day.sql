-- Days that metrics may be laid along: the semantic layer asks for one table of them.
select cast(day.date_day as date) as date_day
from (
    {{ dbt.date_spine('day', "cast('2010-01-01' as date)", "cast('2041-01-01' as date)") }}
) as day
