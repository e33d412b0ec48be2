"""How numbers are written for people: a value with its interval, never more digits than it has."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

NOTHING = "–"
# Written in capitals wherever they stand in a name.
CAPITALS = {"arr", "crm", "nps", "pm", "smb", "voc"}


def money(value: float | None, low: float | None, high: float | None, currency: str) -> str:
    """`EUR 1.2M (0.9–1.4)`; what is not known is a dash."""
    if value is None:
        return NOTHING
    divisor, unit, digits = _scale(value)
    shown = f"{currency} {value / divisor:,.{digits}f}{unit}"
    if low is None or high is None:
        return shown
    return f"{shown} ({low / divisor:,.{digits}f}–{high / divisor:,.{digits}f})"


def _scale(value: float) -> tuple[float, str, int]:
    if abs(value) >= 999_500:
        return 1e6, "M", 1
    if abs(value) >= 1_000:
        return 1e3, "k", 0
    return 1.0, "", 0


def many(count: int, one: str, several: str) -> str:
    """`1 file holds`, `21 files hold`: a count before what agrees with it."""
    return f"{count:,} {one if count == 1 else several}"


def ranged(value: float | None, low: float | None = None, high: float | None = None, digits: int = 0) -> str:
    """`22 (3 to 42)`: a value with its 95 % interval."""
    if value is None:
        return NOTHING
    shown = f"{_unsigned_zero(value, digits)}"
    if low is None or high is None:
        return shown
    return f"{shown} ({_unsigned_zero(low, digits)} to {_unsigned_zero(high, digits)})"


def _unsigned_zero(value: float, digits: int) -> str:
    shown = f"{value:,.{digits}f}"
    return shown.lstrip("-") if float(shown.replace(",", "")) == 0 else shown.replace("-", "−")


def percent(value: float | None, low: float | None = None, high: float | None = None) -> str:
    """`14 % (9–21)`: a share of 1 as per cent, with its interval."""
    if value is None:
        return NOTHING
    digits = 1 if abs(value) < 0.1 else 0
    shown = f"{100 * value:,.{digits}f}"
    if low is None or high is None:
        return f"{shown} %"
    return f"{shown} % ({100 * low:,.{digits}f}–{100 * high:,.{digits}f})"


def words(value: Any) -> str:
    """Any value of a row as text: names without underscores, days without hours, lists with commas."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, list):
        return ", ".join(words(one) for one in value)
    if isinstance(value, date):
        return _day(value)
    if isinstance(value, int | float):
        return _count(value)
    return str(value)


def _day(value: date) -> str:
    if isinstance(value, datetime) and (value.hour or value.minute):
        return f"{value:%Y-%m-%d %H:%M}"
    return f"{value:%Y-%m-%d}"


def _count(value: float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"


def name(value: Any) -> str:
    """A value of a closed list as people say it: `customer_success` is `Customer success`."""
    said = " ".join(part.upper() if part in CAPITALS else part for part in words(value).replace("_", " ").split(" "))
    return said[:1].upper() + said[1:]
