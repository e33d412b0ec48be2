"""What a delivered file is made of, and what a reader hands back: plain frozen values, no behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import pyarrow as pa

from connectors.spec import ExportSpec

# csv       delimited text
# ndjson    one object a line
# document  JSON arrays, API pages (also one page a line) and captures of several streams
# ics       a calendar
# sheet     a sheet of a workbook, read as delimited text
# parquet   columnar file
# avro      Avro object container file
# markdown  one note with front matter
Layout = Literal["csv", "ndjson", "document", "ics", "sheet", "parquet", "avro", "markdown"]


# In a workspace's list of conversations: all of them.
EVERY = "*"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep a hostile or broken file from harming the run.

    Attributes:
        max_field_bytes: largest value of one cell; a larger one quarantines its row.
        max_row_bytes: largest record; a larger one is skipped without being held in memory, and quarantined.
        max_member_bytes: largest unpacked size of one file or archive member.
        max_ratio: largest unpacked size as a multiple of the packed one, judged beyond `ratio_floor`.
        ratio_floor: unpacked bytes below which the ratio does not matter.
        max_members: most members of one archive.
        max_depth: deepest nesting of a JSON value.
        earliest: earliest accepted timestamp or date.
        latest: first timestamp or date that is too late.
        block_bytes: text that is worked on at a time; memory grows with it, not with the file.
    """

    max_field_bytes: int = 10_000_000
    max_row_bytes: int = 50_000_000
    max_member_bytes: int = 100_000_000_000
    max_ratio: int = 200
    ratio_floor: int = 10_000_000
    max_members: int = 10_000
    max_depth: int = 100
    earliest: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    latest: datetime = datetime(2100, 1, 1, tzinfo=UTC)
    block_bytes: int = 16_000_000

    def most_unpacked(self, packed: int) -> int:
        """How many bytes may come out of so many packed ones."""
        return min(self.max_member_bytes, max(self.ratio_floor, packed * self.max_ratio))


@dataclass(frozen=True, slots=True)
class Part:
    """One stream inside a delivered file.

    Attributes:
        name: display name below the delivered name (archive member, list of a page); empty for a plain file.
        spec: the stream it holds.
        layout: how its records are laid out.
        member: archive member that holds it, if any.
        delimiter: delimiter of a CSV part.
        header_rows: header rows of a CSV part.
        selector: list of a document part: dotted path of an envelope, or the capture's stream name; stream of a calendar.
        columns: workspace's map from field to header, which wins over the spec's names.
        given: values of fields that its place tells and its records do not.
        listed: conversations that the workspace has read; None where the stream asks for no list.
        file: delivered name, for messages.
    """

    name: str
    spec: ExportSpec
    layout: Layout
    member: str | None = None
    delimiter: str = ","
    header_rows: int = 1
    selector: str = ""
    columns: Mapping[str, str] = field(default_factory=dict, hash=False)
    given: Mapping[str, str] = field(default_factory=dict, hash=False)
    listed: frozenset[str] | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """A file or archive member that holds no declared stream, and why we think so."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A difference between a file and its spec that did not stop the file.

    Attributes:
        kind: unknown_column, missing_column, repeated_header, ambiguous_column, padded_rows, reencoded, truncated,
            uncalculated (formulas without a stored result), or unlisted (records of conversations that the workspace does
            not list).
        column: header or field concerned; empty where the whole file is.
        detail: one sentence for a person.
    """

    kind: str
    column: str
    detail: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of a part: `rows` in the spec's Arrow schema, `rejects` as line, reason and raw text."""

    rows: pa.RecordBatch
    rejects: pa.RecordBatch
