"""Interrupted time series: what changed in a figure when something began, with an interval, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

SCHEMA = pa.schema(
    [
        ("event_kind", pa.string()),
        ("event_id", pa.string()),
        ("event_on", pa.date32()),
        ("signal", pa.string()),
        ("measure", pa.string()),
        ("period", pa.string()),
        ("periods_before", pa.int64()),
        ("periods_after", pa.int64()),
        ("level_before", pa.float64()),
        ("change", pa.float64()),
        ("change_low", pa.float64()),
        ("change_high", pa.float64()),
        ("state", pa.string()),
    ]
)
Floats = npt.NDArray[np.float64]
Change = tuple[float, float, float]


def weeks_from(day: date, event: date) -> float:
    """Weeks from the event's week to that of a day."""
    return ((day - event).days + event.weekday() - day.weekday()) / 7


def months_from(day: date, event: date) -> float:
    """Months from the event's month to that of a day."""
    return 12 * (day.year - event.year) + day.month - event.month


def days_from(day: date, event: date) -> float:
    """Days from the event to a day."""
    return (day - event).days


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How figures of a kind follow one another, and what is enough of them.

    Attributes:
        place: distance of a figure's day from the event; the figure at 0 belongs to neither side.
        reach: how far figures count, in the unit of `place`.
        before: figures needed before.
        after: figures needed after.
        apart: two beginnings closer than this cannot be told apart.
        change: estimates the change from places and values.
    """

    place: Callable[[date, date], float]
    reach: int
    before: int
    after: int
    apart: timedelta
    change: Callable[[Floats, Floats], Change | None]


def interrupted_rows(series: pa.Table, events: pa.Table) -> pa.Table:
    """Rows of `SCHEMA`, one per event and measure.

    Args:
        series: period (of `RHYTHMS`), period_start, signal, measure, value; the periods that have a value.
        events: event_kind, event_id, event_on.
    """
    found: dict[tuple[str, str, str], list[tuple[date, float]]] = {}
    for row in series.sort_by("period_start").to_pylist():
        points = found.setdefault((row["measure"], row["signal"], row["period"]), [])
        points.append((row["period_start"], row["value"]))
    began = events.to_pylist()
    days = {event["event_on"] for event in began}
    rows = [
        {**event, "measure": measure, "signal": signal, "period": period}
        | _estimated(points, event["event_on"], days - {event["event_on"]}, RHYTHMS[period])
        for event in began
        for (measure, signal, period), points in sorted(found.items())
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _estimated(points: list[tuple[date, float]], on: date, others: set[date], rhythm: Rhythm) -> dict[str, object]:
    near = [(rhythm.place(day, on), value) for day, value in points if abs(rhythm.place(day, on)) <= rhythm.reach]
    place = np.array([where for where, _ in near], dtype=np.float64)
    value = np.array([amount for _, amount in near], dtype=np.float64)
    before, after = place < 0, place > 0
    counts = int(before.sum()), int(after.sum())
    row: dict[str, object] = {"periods_before": counts[0], "periods_after": counts[1], "state": "insufficient_data"}
    if any(abs(other - on) < rhythm.apart for other in others):
        return row | {"state": "confounded"}
    kept = before | after
    if counts[0] < rhythm.before or counts[1] < rhythm.after or (change := rhythm.change(place[kept], value[kept])) is None:
        return row
    low, middle, high = change
    level = float(value[before].mean())
    return row | {"level_before": level, "change": middle, "change_low": low, "change_high": high, "state": "estimated"}


def share_change(place: Floats, value: Floats) -> Change:
    """Share of ones after less that before: low, estimate, high at 95 % (Newcombe 1998, of two Wilson intervals).

    Args:
        place: distance from the beginning, negative before it.
        value: 0 or 1.
    """
    (low_before, before, high_before), (low_after, after, high_after) = (
        _wilson(value[side]) for side in (place < 0, place > 0)
    )
    middle = after - before
    low = middle - float(np.hypot(after - low_after, high_before - before))
    return low, middle, middle + float(np.hypot(high_after - after, before - low_before))


def _wilson(value: Floats) -> Change:
    n, share, z = len(value), float(value.mean()), 1.96
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    margin = z * float(np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))) / (1 + z**2 / n)
    return centre - margin, share, centre + margin


def mean_change(place: Floats, value: Floats) -> Change | None:
    """Mean distance of the periods after from the line of the periods before: low, estimate, high at 95 %.

    A line before, another line after. Two standard errors allow for periods that resemble their neighbours, and the wider
    one counts: Newey & West's (1987), which is too narrow for so few, and that of independent periods, widened by the
    residuals' own correlation from one to the next, corrected for its bias. Student t with as many degrees of freedom as
    such periods are worth.

    Args:
        place: periods from the beginning, negative before it.
        value: the figure of each.

    Returns:
        None where the figures do not scatter at all: an interval of no width says nothing.
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


RHYTHMS = {
    "week": Rhythm(weeks_from, 26, 16, 12, timedelta(weeks=8), mean_change),
    "month": Rhythm(months_from, 18, 8, 6, timedelta(weeks=26), mean_change),
    "launch": Rhythm(days_from, 365, 4, 4, timedelta(weeks=26), share_change),
}
