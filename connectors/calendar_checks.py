"""What a calendar's fixture must survive in the conformance kit: each check says what is wrong, or nothing."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from connectors import ics_rows
from connectors.parts import Limits, Part
from connectors.reader import inspect, open_part
from connectors.spec import ExportSpec

LIMITS = Limits()
Rows = list[dict[str, Any]]
# Fixture, a file to write to, the stream and all streams of its vendor.
Check = Callable[[Path, Path, ExportSpec, Sequence[ExportSpec]], str]


def is_calendar_fixture(path: Path) -> bool:
    """Whether a file, or the first member of an archive, is a calendar."""
    return ics_rows.is_calendar(next(_texts(path), b""))


def _texts(path: Path) -> Iterator[bytes]:
    """The calendars of a file, without byte order marks."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield archive.read(name).removeprefix(b"\xef\xbb\xbf")
    else:
        yield path.read_bytes().removeprefix(b"\xef\xbb\xbf")


def _read(path: Path, spec: ExportSpec, siblings: Sequence[ExportSpec]) -> tuple[Rows, Rows, set[str]]:
    """Rows, rejects and kinds of drift of one stream."""
    rows: Rows = []
    rejects: Rows = []
    drift: set[str] = set()
    for part in inspect(path, path.name, siblings, LIMITS):
        if isinstance(part, Part) and part.spec == spec:
            opened = open_part(path, part, LIMITS)
            for batch in opened:
                rows += batch.rows.to_pylist()
                rejects += batch.rejects.to_pylist()
            drift |= {note.kind for note in opened.drift}
    return rows, rejects, drift


def _recognised(fixture: Path, _scratch: Path, spec: ExportSpec, siblings: Sequence[ExportSpec]) -> str:
    found = inspect(fixture, "delivery", siblings, LIMITS)
    if any(not isinstance(part, Part) for part in found):
        return f"is not recognised: {found}"
    return "" if any(isinstance(part, Part) and part.spec == spec for part in found) else "holds other streams only"


def _balanced(fixture: Path, _scratch: Path, spec: ExportSpec, siblings: Sequence[ExportSpec]) -> str:
    events = sum(text.upper().count(b"BEGIN:VEVENT") for text in _texts(fixture))
    main = next(other for other in siblings if "ics" in other.formats and other.stream == "event")
    rows, rejects, _ = _read(fixture, main, siblings)
    seen = {(row["uid"], row["_line"]) for row in rows} | {("", reject["line"]) for reject in rejects}
    if len(seen) != events:
        return f"{events} events are in the file, {len(seen)} came out"
    return "" if _read(fixture, spec, siblings)[0] else "no row came out"


def _typed(fixture: Path, _scratch: Path, spec: ExportSpec, siblings: Sequence[ExportSpec]) -> str:
    rows, _, _ = _read(fixture, spec, siblings)
    needed = {*spec.key, *(f.name for f in spec.fields if f.required)}
    empty = sorted(name for name in needed if any(row[name] is None for row in rows))
    doubled = len({tuple(row[name] for name in spec.key) for row in rows}) < len(rows)
    return f"rows have no value of {empty}" if empty else "two rows have one key" if doubled else ""


def _repeatable(fixture: Path, _scratch: Path, spec: ExportSpec, siblings: Sequence[ExportSpec]) -> str:
    return "" if _read(fixture, spec, siblings) == _read(fixture, spec, siblings) else "two readings differ"


def _truncated(fixture: Path, scratch: Path, spec: ExportSpec, siblings: Sequence[ExportSpec]) -> str:
    # Enough events that a good part of them comes before the cut.
    body = next(_texts(fixture)) * 40
    scratch.write_bytes(body)
    whole, _, _ = _read(scratch, spec, siblings)
    packed = gzip.compress(body)
    scratch.write_bytes(packed[: len(packed) * 3 // 4])
    rows, rejects, drift = _read(scratch, spec, siblings)
    if not 0 < len(rows) < len(whole):
        return "a cut file does not give some of its rows"
    if "truncated" not in drift:
        return "a cut file is not reported as truncated"
    told = spec.stream != "event" or "cut off" in rejects[-1]["reason"]
    return "" if told else "the event at the cut is not rejected"


def _encodings(fixture: Path, scratch: Path, spec: ExportSpec, siblings: Sequence[ExportSpec]) -> str:
    text = next(_texts(fixture)).decode()
    readings = []
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        scratch.write_bytes(text.encode(encoding))
        readings.append(_read(scratch, spec, siblings)[0])
    return "" if readings[0] == readings[1] == readings[2] else "it reads otherwise in another encoding"


CHECKS: tuple[tuple[str, Check], ...] = (
    ("recognised", _recognised),
    ("balanced", _balanced),
    ("typed", _typed),
    ("repeatable", _repeatable),
    ("truncated", _truncated),
    ("encodings", _encodings),
)
