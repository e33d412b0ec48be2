"""Records that cannot be kept: where they are, why, and what they look like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

REJECTS = pa.schema([("line", pa.int64()), ("reason", pa.string()), ("raw", pa.string())])
MOST_SHOWN = 10_000


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that goes to quarantine.

    Attributes:
        line: physical line on which it begins, or its number in a JSON document.
        reason: one sentence for a person.
        raw: its text, shortened.
    """

    line: int
    reason: str
    raw: str


def shown(data: bytes) -> str:
    """Raw bytes as text, cut to a length that a person can handle; bytes that are no UTF-8 are written as escapes."""
    text = data[: MOST_SHOWN * 4].decode("utf-8", "backslashreplace").strip()
    whole = len(data) <= MOST_SHOWN * 4 and len(text) <= MOST_SHOWN
    return text if whole else f"{text[:MOST_SHOWN]}… ({len(data):,} bytes)"


def reject_batch(rejects: Iterable[Reject]) -> pa.RecordBatch:
    """Rejects as Arrow, in file order."""
    ordered = sorted(rejects, key=lambda reject: reject.line)
    columns = [[r.line for r in ordered], [r.reason for r in ordered], [r.raw for r in ordered]]
    return pa.RecordBatch.from_arrays([pa.array(c, f.type) for c, f in zip(columns, REJECTS, strict=True)], schema=REJECTS)
