"""From answers per account and month to the clustered intervals of each month and of its change."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from earshot_statistics.bootstrap import generator, nps_change_interval, nps_interval, pair_months

INTERVALS = pa.schema(
    [
        ("month_start", pa.date32()),
        ("segment", pa.string()),
        ("nps_low", pa.float64()),
        ("nps_high", pa.float64()),
        ("change_low", pa.float64()),
        ("change_high", pa.float64()),
    ]
)
COUNTS = ("promoters", "detractors", "answers")


def _cells(segments: npt.NDArray[np.str_], months: npt.NDArray[np.int64]) -> list[slice]:
    """Runs of equal segment and month in rows sorted by both."""
    begins = np.ones(len(months), dtype=bool)
    begins[1:] = (segments[1:] != segments[:-1]) | (months[1:] != months[:-1])
    edges = [*np.flatnonzero(begins), len(months)]
    return [slice(begin, end) for begin, end in itertools.pairwise(edges)]


def clustered_intervals(answers: pa.Table) -> pa.Table:
    """Intervals of the months, and of the changes from the month before, in which an account answers more than once.

    Args:
        answers: month_start (date), segment, account (integer), promoters, detractors, answers: one row per account,
            month and segment.

    Returns:
        Rows of `INTERVALS`; months and changes whose answers are all from different accounts are left to closed forms.
    """
    if not len(answers):
        return INTERVALS.empty_table()
    ordered = answers.sort_by([("segment", "ascending"), ("month_start", "ascending"), ("account", "ascending")])
    starts = ordered["month_start"].to_pylist()
    months = np.array([start.year * 12 + start.month for start in starts])
    segments = np.array(ordered["segment"].to_pylist(), dtype=str)
    accounts = ordered["account"].to_numpy()
    counts = np.column_stack([ordered[name].to_numpy() for name in COUNTS]).astype(np.int64)
    rows: list[dict[str, Any]] = []
    before: slice | None = None
    for cell in _cells(segments, months):
        segment, start = str(segments[cell.start]), starts[cell.start]
        row: dict[str, Any] = {"month_start": start, "segment": segment}
        if counts[cell, 2].max() > 1:
            found = nps_interval(counts[cell], generator("nps", segment, str(start)))
            row |= {"nps_low": found.low, "nps_high": found.high}
        if before and segments[before.start] == segment and months[before.start] == months[cell.start] - 1:
            pairs = pair_months(accounts[before], counts[before], accounts[cell], counts[cell])
            if pairs[:, [2, 5]].sum(axis=1).max() > 1:
                found = nps_change_interval(pairs, generator("nps change", segment, str(start)))
                row |= {"change_low": found.low, "change_high": found.high}
        if len(row) > 2:
            rows.append(row)
        before = cell
    return _without_nan(pa.Table.from_pylist(rows, schema=INTERVALS))


def _without_nan(table: pa.Table) -> pa.Table:
    """NaN, the arithmetic's word for nothing, becomes the database's: null."""
    columns = [
        pa.array(column.to_numpy(), from_pandas=True) if pa.types.is_floating(column.type) else column
        for column in table.columns
    ]
    return pa.Table.from_arrays(columns, schema=table.schema)
