"""From answers per account and month to the clustered intervals of each month and of its change."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from earshot_statistics import bootstrap
from earshot_statistics.bootstrap import Interval, generator, nps_change_interval, nps_interval, pair_months

INTERVALS = pa.schema(
    [
        ("month_start", pa.date32()),
        ("segment", pa.string()),
        ("nps_low", pa.float64()),
        ("nps_high", pa.float64()),
        ("change_low", pa.float64()),
        ("change_high", pa.float64()),
        # What each interval was drawn from: as long as it is the same, the next build need not draw again.
        ("nps_of", pa.string()),
        ("change_of", pa.string()),
    ]
)
COUNTS = ("promoters", "detractors", "answers")


def _cells(segments: npt.NDArray[np.str_], months: npt.NDArray[np.int64]) -> list[slice]:
    """Runs of equal segment and month in rows sorted by both."""
    begins = np.ones(len(months), dtype=bool)
    begins[1:] = (segments[1:] != segments[:-1]) | (months[1:] != months[:-1])
    edges = [*np.flatnonzero(begins), len(months)]
    return [slice(begin, end) for begin, end in itertools.pairwise(edges)]


class _Drawn:
    """Intervals as they were drawn before, by what they were drawn from."""

    def __init__(self, before: pa.Table | None) -> None:
        self._method = hashlib.sha256(Path(bootstrap.__file__).read_bytes() + np.__version__.encode()).digest()
        is_usable = before is not None and before.schema.names == INTERVALS.names
        rows = before.to_pylist() if before is not None and is_usable else []
        self._known = {
            row[f"{what}_of"]: Interval(*(_number(row[f"{what}_{end}"]) for end in ("low", "high")))
            for row in rows
            for what in ("nps", "change")
            if row[f"{what}_of"] is not None
        }

    def columns(
        self, what: str, key: tuple[str, ...], profiles: npt.NDArray[np.int64], draw: Callable[..., Interval]
    ) -> dict[str, Any]:
        """The two ends and what they were drawn from, drawn anew only where accounts answered otherwise than before."""
        ordered = profiles[np.lexsort(profiles.T[::-1])]
        of = hashlib.sha256("\x1f".join(key).encode() + self._method + ordered.tobytes()).hexdigest()
        found = self._known.get(of) or draw(profiles, generator(*key))
        return {f"{what}_low": found.low, f"{what}_high": found.high, f"{what}_of": of}


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def clustered_intervals(answers: pa.Table, before: pa.Table | None = None) -> pa.Table:
    """Intervals of the months, and of the changes from the month before, in which an account answers more than once.

    Args:
        answers: month_start (date), segment, account (integer), promoters, detractors, answers: one row per account,
            month and segment.
        before: what this function returned for the build before; intervals whose accounts answered the same are taken
            from it. They are what would be drawn: the draws depend on month, segment and answers alone.

    Returns:
        Rows of `INTERVALS`; months and changes whose answers are all from different accounts are left to closed forms.
    """
    if not len(answers):
        return INTERVALS.empty_table()
    drawn = _Drawn(before)
    ordered = answers.sort_by([("segment", "ascending"), ("month_start", "ascending"), ("account", "ascending")])
    starts = ordered["month_start"].to_pylist()
    months = np.array([start.year * 12 + start.month for start in starts])
    segments = np.array(ordered["segment"].to_pylist(), dtype=str)
    accounts = ordered["account"].to_numpy()
    counts = np.column_stack([ordered[name].to_numpy() for name in COUNTS]).astype(np.int64)
    rows: list[dict[str, Any]] = []
    last: slice | None = None
    for cell in _cells(segments, months):
        segment, start = str(segments[cell.start]), starts[cell.start]
        row: dict[str, Any] = {"month_start": start, "segment": segment}
        if counts[cell, 2].max() > 1:
            row |= drawn.columns("nps", ("nps", segment, str(start)), counts[cell], nps_interval)
        if last and segments[last.start] == segment and months[last.start] == months[cell.start] - 1:
            pairs = pair_months(accounts[last], counts[last], accounts[cell], counts[cell])
            if pairs[:, [2, 5]].sum(axis=1).max() > 1:
                row |= drawn.columns("change", ("nps change", segment, str(start)), pairs, nps_change_interval)
        if len(row) > 2:
            rows.append(row)
        last = cell
    return _without_nan(pa.Table.from_pylist(rows, schema=INTERVALS))


def _without_nan(table: pa.Table) -> pa.Table:
    """NaN, the arithmetic's word for nothing, becomes the database's: null."""
    columns = [
        pa.array(column.to_numpy(), from_pandas=True) if pa.types.is_floating(column.type) else column
        for column in table.columns
    ]
    return pa.Table.from_arrays(columns, schema=table.schema)
