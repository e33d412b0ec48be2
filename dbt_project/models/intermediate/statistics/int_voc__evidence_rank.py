"""Chooses the quotes that are shown for each theme and stance."""

from typing import Any

import pyarrow as pa

from earshot_engine import read, written
from earshot_statistics.evidence import select_quotes

CANDIDATES = """
select theme_id, stance, candidate, quote, confidence, channel, segment
from source
order by theme_id, stance, candidate
"""
# Ranks are greedy, so the mart cuts them off where the workspace wants.
MOST = 20
SCHEMA = pa.schema([("theme_id", pa.string()), ("stance", pa.string()), ("candidate", pa.int64()), ("rank", pa.int64())])


def model(dbt: Any, session: Any) -> Any:
    """One row per quote that may be shown, best first within its theme and stance."""
    dbt.config(materialized="table")
    candidates = read(dbt.ref("int_voc__evidence_candidate"), CANDIDATES)
    groups: dict[tuple[str, str], list[dict]] = {}
    for row in candidates.to_pylist():
        groups.setdefault((row["theme_id"], row["stance"]), []).append(row)
    rows = []
    for (theme_id, stance), members in groups.items():
        columns = ([member[name] for member in members] for name in ("quote", "confidence", "channel", "segment"))
        chosen = select_quotes(*columns, wanted=MOST)
        rows += [
            {"theme_id": theme_id, "stance": stance, "candidate": members[position]["candidate"], "rank": rank}
            for rank, position in enumerate(chosen, start=1)
        ]
    return written(session, pa.Table.from_pylist(rows, schema=SCHEMA))
