"""From answers and their mentions to one row per theme."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from earshot_statistics.drivers import Drivers, find_drivers

METHOD = "lmg_sampled_orderings"
SCHEMA = pa.schema(
    [
        ("theme_id", pa.string()),
        ("importance", pa.float64()),
        ("importance_low", pa.float64()),
        ("importance_high", pa.float64()),
        ("effect", pa.float64()),
        ("effect_q", pa.float64()),
        ("leave_one_out_impact", pa.float64()),
        ("impact_low", pa.float64()),
        ("impact_high", pa.float64()),
        ("model_r2", pa.float64()),
        ("n", pa.int64()),
        ("mentions", pa.int64()),
        ("method", pa.string()),
    ]
)


def driver_rows(answers: pa.Table, mentions: pa.Table) -> pa.Table:
    """Rows of `SCHEMA`, one per mentioned theme.

    Args:
        answers: answer (0, 1, …), account (integer), net (−100, 0, 100), commented (boolean).
        mentions: answer, theme_id; at most once each.
    """
    if not len(mentions):
        return SCHEMA.empty_table()
    ordered = answers.sort_by("answer")
    themes, theme = np.unique(np.array(mentions["theme_id"].to_pylist(), dtype=str), return_inverse=True)
    said = np.zeros((len(ordered), len(themes)))
    said[mentions["answer"].to_numpy(), theme] = 1.0
    commented = np.array(ordered["commented"].to_pylist(), dtype=bool)
    net = ordered["net"].to_numpy().astype(np.float64)
    found = find_drivers(net, said, ordered["account"].to_numpy(), commented)
    return _rows(found, [str(name) for name in themes], said.sum(axis=0).astype(np.int64), int(commented.sum()))


def _rows(found: Drivers, themes: list[str], mentions: np.ndarray[tuple[int], np.dtype[np.int64]], n: int) -> pa.Table:
    numbers = (
        found.importance,
        found.importance_low,
        found.importance_high,
        found.effect,
        found.q,
        found.impact,
        found.impact_low,
        found.impact_high,
        np.where(np.isfinite(found.importance), found.r2, np.nan),
    )
    count = len(themes)
    columns = [
        pa.array(themes, pa.string()),
        *(pa.array(values, pa.float64(), from_pandas=True) for values in numbers),
        pa.array([n] * count, pa.int64()),
        pa.array(mentions, pa.int64()),
        pa.array([METHOD] * count, pa.string()),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)
