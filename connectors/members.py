"""Many small members of one archive, typed together: a year of hourly files costs what one file of that size costs.

Planning a typing query takes as long as typing thousands of records, so records of several members share a query.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors import json_rows, streams
from connectors.errors import ExportRejected
from connectors.json_rows import JsonRecords
from connectors.json_typer import JsonTyper
from connectors.parts import Batch, Drift, Limits, Part
from connectors.reader import in_order, typed_batch
from connectors.rejects import Reject

BLOCK_RECORDS = 50_000
BLOCK_BYTES = 16_000_000
# A place holds member and line in one number, so that both pass through the typing query as one column.
LINE_BITS = 40


@dataclass(frozen=True, slots=True)
class MemberBatch:
    """A batch of records of several members.

    Attributes:
        batch: the records.
        row_members: for each row, the position of its member among the parts.
        reject_members: the same for each reject.
    """

    batch: Batch
    row_members: pa.Array
    reject_members: pa.Array


@dataclass(slots=True)
class OpenedMembers:
    """JSON members of one stream in one archive, read in their order.

    Attributes:
        path: the archive.
        parts: the members.
        limits: bounds on what is accepted.
        encodings: encoding by member, complete after iteration.
        drifts: differences from the spec by member, complete after iteration; what concerns the keys of all members is
            said of the first.
        failures: reason by member that cannot be read as a whole; its records must not be kept.
    """

    path: Path
    parts: Sequence[Part]
    limits: Limits
    encodings: list[str] = field(default_factory=list)
    drifts: list[list[Drift]] = field(default_factory=list)
    failures: dict[int, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[MemberBatch]:
        """Batches in the order of the members."""
        self.encodings = ["utf-8"] * len(self.parts)
        self.drifts = [[] for _ in self.parts]
        self.failures = {}
        first = self.parts[0]
        typer = JsonTyper(first.spec, self.limits, first.columns, bound=set(first.given))
        yield from in_order(self._blocks(), partial(self._typed, typer))
        self.drifts[0] += typer.drift()

    def _blocks(self) -> Iterator[Sequence[JsonRecords]]:
        """Records of as many members as are typed together."""
        waiting: list[JsonRecords] = []
        for records in self._records():
            waiting.append(records)
            if sum(len(r.lines) for r in waiting) >= BLOCK_RECORDS or sum(r.texts.nbytes for r in waiting) >= BLOCK_BYTES:
                yield waiting
                waiting = []
        if waiting:
            yield waiting

    def _records(self) -> Iterator[JsonRecords]:
        for number, part in enumerate(self.parts):
            text = streams.Text(streams.Source(self.path, part.member, self.limits, f"{part.file}!{part.name}"))
            try:
                for records in _rows(part, text, self.limits):
                    yield _placed(records, number)
            except ExportRejected as rejected:
                self.failures[number] = rejected.reason
            self.encodings[number] = text.encoding
            self.drifts[number] += text.drift
            if text.source.truncated:
                self.drifts[number].append(Drift("truncated", "", f"{text.source.truncated}; deliver the file again"))

    def _typed(self, typer: JsonTyper, blocks: Sequence[JsonRecords]) -> MemberBatch:
        together = JsonRecords(
            texts=pa.concat_arrays([block.texts for block in blocks]),
            lines=np.concatenate([block.lines for block in blocks]),
            rejects=[reject for block in blocks for reject in block.rejects],
            suspicious=any(block.suspicious for block in blocks),
        )
        members = pa.array(together.lines >> LINE_BITS)
        given = {
            name: pa.array([part.given[name] for part in self.parts], pa.string()).take(members) for name in self.parts[0].given
        }
        batch = typed_batch(self.parts[0].spec, typer, together, self.limits, given)
        rows, row_members = _separated(batch.rows, "_line")
        rejects, reject_members = _separated(batch.rejects, "line")
        return MemberBatch(Batch(rows, rejects), row_members, reject_members)


def together(parts: Sequence[Part]) -> bool:
    """Whether parts can be read as the members of one `OpenedMembers`."""
    first = parts[0]
    return len(parts) > 1 and all(
        (part.layout == "ndjson" or part.given)
        and part.listed is None
        and part.member is not None
        and (part.spec, part.columns, part.given.keys()) == (first.spec, first.columns, first.given.keys())
        for part in parts
    )


def _rows(part: Part, text: streams.Text, limits: Limits) -> Iterable[JsonRecords]:
    if part.layout == "ndjson":
        return json_rows.NdjsonRows(text, limits)
    return json_rows.DocumentRows(text, limits, part.selector)


def _placed(records: JsonRecords, member: int) -> JsonRecords:
    offset = member << LINE_BITS
    rejects = [Reject(reject.line + offset, reject.reason, reject.raw) for reject in records.rejects]
    return JsonRecords(records.texts, records.lines + offset, rejects, records.suspicious)


def _separated(batch: pa.RecordBatch, column: str) -> tuple[pa.RecordBatch, pa.Array]:
    places = batch.column(column)
    lines = pc.bit_wise_and(places, pa.scalar((1 << LINE_BITS) - 1, pa.int64()))
    members = pc.shift_right(places, pa.scalar(LINE_BITS, pa.int64())).cast(pa.int32())
    return batch.set_column(batch.schema.get_field_index(column), column, lines), members
