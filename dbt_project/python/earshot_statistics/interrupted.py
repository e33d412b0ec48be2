"""Interrupted time series: what changed in a weekly figure when something began, with an interval, or nothing at all."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

BEFORE, AFTER, REACH = 16, 12, 26
# Two beginnings closer than this cannot be told apart.
APART = timedelta(weeks=8)
SCHEMA = pa.schema(
    [
        ("event_kind", pa.string()),
        ("event_id", pa.string()),
        ("event_on", pa.date32()),
        ("measure", pa.string()),
        ("weeks_before", pa.int64()),
        ("weeks_after", pa.int64()),
        ("level_before", pa.float64()),
        ("change", pa.float64()),
        ("change_low", pa.float64()),
        ("change_high", pa.float64()),
        ("state", pa.string()),
    ]
)
Floats = npt.NDArray[np.float64]


def interrupted_rows(weeks: pa.Table, events: pa.Table) -> pa.Table:
    """Rows of `SCHEMA`, one per event and measure.

    Args:
        weeks: week_start, measure, value; the weeks that have a value.
        events: event_kind, event_id, event_on.
    """
    began = [(row["event_kind"], row["event_id"], row["event_on"]) for row in events.to_pylist()]
    series: dict[str, list[tuple[date, float]]] = {}
    for row in weeks.sort_by("week_start").to_pylist():
        series.setdefault(row["measure"], []).append((row["week_start"], row["value"]))
    rows = []
    for kind, event, on in began:
        others = [other for _, _, other in began if other != on and abs(other - on) < APART]
        for measure, points in sorted(series.items()):
            rows.append(_row(kind, event, on, measure, points, confounded=bool(others)))
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _row(
    kind: str, event: str, on: date, measure: str, points: list[tuple[date, float]], *, confounded: bool
) -> dict[str, object]:
    monday = on - timedelta(days=on.weekday())
    near = [(week, value) for week, value in points if abs((week - monday).days) <= 7 * REACH]
    place = np.array([(week - monday).days / 7 for week, _ in near])
    value = np.array([found for _, found in near])
    # The week of the beginning belongs to neither side.
    before, after = place < 0, place > 0
    counts = int(before.sum()), int(after.sum())
    row: dict[str, object] = {
        "event_kind": kind,
        "event_id": event,
        "event_on": on,
        "measure": measure,
        "weeks_before": counts[0],
        "weeks_after": counts[1],
        "state": "confounded" if confounded else "insufficient_data",
    }
    if confounded or counts[0] < BEFORE or counts[1] < AFTER:
        return row
    kept = before | after
    change = mean_change(place[kept], value[kept])
    if change is None:
        return row
    low, middle, high = change
    return row | {
        "level_before": float(value[before].mean()),
        "change": middle,
        "change_low": low,
        "change_high": high,
        "state": "estimated",
    }


def mean_change(place: Floats, value: Floats) -> tuple[float, float, float] | None:
    """Mean distance of the weeks after from the line of the weeks before: low, estimate, high at 95 %.

    A line before, another line after. Two standard errors allow for weeks that resemble their neighbours, and the wider
    one counts: Newey & West's (1987), which is too narrow for so few weeks, and that of independent weeks, widened by the
    residuals' own correlation from week to week, corrected for its bias. Student t with as many degrees of freedom as such
    weeks are worth.

    Args:
        place: weeks from the beginning, negative before it.
        value: the figure of each week.

    Returns:
        None where the weeks do not scatter at all: an interval of no width says nothing.
    """
    # Loaded only where there is something to estimate: the import takes more than a second.
    import statsmodels.api as sm
    from scipy import stats

    after = (place > 0).astype(np.float64)
    design = np.column_stack([np.ones_like(place), place, after, after * place])
    contrast = np.array([0.0, 0.0, 1.0, float(place[place > 0].mean())])
    n, terms = design.shape
    lags = max(2, int(4 * (n / 100) ** (2 / 9)))
    fitted = sm.OLS(value, design).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
    left = np.asarray(fitted.resid, dtype=np.float64)
    squares = float(np.square(left).sum())
    if squares <= 1e-18:
        return None
    robust = float(np.sqrt(contrast @ np.asarray(fitted.cov_params()) @ contrast))
    likeness = float((left[1:] * left[:-1]).sum()) / squares
    likeness = min(0.9, max(0.0, likeness + terms * (1 + likeness) / n))
    inflation = (1 + likeness) / (1 - likeness)
    plain = float(np.sqrt(squares / (n - terms) * (contrast @ np.linalg.inv(design.T @ design) @ contrast) * inflation))
    middle = float(contrast @ np.asarray(fitted.params))
    reach = float(stats.t.ppf(0.975, max(terms, n / inflation - terms))) * max(robust, plain)
    return middle - reach, middle, middle + reach
