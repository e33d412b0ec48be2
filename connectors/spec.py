"""What an export looks like: streams, fields, keys and personal data, declared as frozen values.

A spec is the only thing that a vendor has to write. Readers, raw tables, expectations and the conformance kit
are all derived from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

FieldType = Literal["string", "integer", "number", "boolean", "timestamp", "date", "json"]
Format = Literal["csv", "ndjson", "json", "xlsx", "parquet", "avro", "ics", "markdown"]
SourceKind = Literal[
    "nps", "crm", "support", "analytics", "sales", "research", "questions", "roadmap", "education", "org", "registry"
]
# email      stored as `<name>_key` (salted hash) and `<name>_domain`
# identifier the same where the value is an e-mail address, else kept as it is
# key        stored as `<name>_key` (salted hash), whatever the value is
# text       stored with personal data replaced by typed placeholders
# withheld   never stored outside the landing area (names, phones, addresses, IPs)
PersonalData = Literal["email", "identifier", "key", "text", "withheld"]

ARROW_TYPES: dict[FieldType, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "json": pa.string(),
}
SQL_TYPES: dict[FieldType, str] = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
    "date": "DATE",
    "json": "JSON",
}
NAME = re.compile(r"^[a-z][a-z0-9_]*$")


def usual_names(*names: str) -> tuple[str, ...]:
    """File patterns of exports that carry a stream's name as a word: `deals.csv`, `all-deals-2025-01-05.csv`.

    Not simply anything with the name in it: `deal_pipelines.json` holds no deals.
    """
    return tuple(
        pattern
        for name in names
        for pattern in (name, f"{name}.*", f"{name}[-_ ][0-9]*", f"*[-_ ]{name}", f"*[-_ ]{name}[-_ .]*")
    )


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a stream.

    Attributes:
        name: column name in the raw table, snake_case.
        type: logical type; a value that does not convert quarantines its row.
        description: what the value means, written once and reused by every document.
        sources: header names, import ids or dotted JSON paths to look for, best first; `name` itself is always
            tried last. Names are compared exactly, then without case and punctuation.
        pattern: regular expression over header labels or question texts, tried when no name matches.
        required: the file must have the column and every row a value.
        personal: how the value is protected on its way into the raw table.
        minimum: smallest accepted number.
        maximum: largest accepted number.
        formats: strptime formats tried after ISO 8601, for timestamps and dates.
        epoch: unit of numeric timestamps, where the vendor writes them; auto tells seconds, milliseconds and microseconds
            apart by their size.
        zone: IANA zone of timestamps that name none; a file's own zone (Qualtrics) wins.
        companions: suffixes of companion columns: where no name matches, `Q1` is this field if a header `Q1<suffix>` exists.
        markup: how the text is marked up, HTML or the way Slack does; it is kept as plain text.
        elements: JSON path of texts inside the value, which are kept instead of it, one a line.
        unit: sign that may stand behind a number.
    """

    name: str
    type: FieldType
    description: str
    sources: tuple[str, ...] = ()
    pattern: str | None = None
    required: bool = False
    personal: PersonalData | None = None
    minimum: float | None = None
    maximum: float | None = None
    formats: tuple[str, ...] = ()
    epoch: Literal["s", "ms", "us", "auto"] | None = None
    zone: str = "UTC"
    companions: tuple[str, ...] = ()
    markup: Literal["", "html", "slack"] = ""
    elements: str | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        if not NAME.match(self.name):
            raise ValueError(f"field name {self.name!r} must be snake_case")
        if self.personal in ("email", "identifier", "key") and self.type != "string":
            raise ValueError(f"field {self.name!r}: personal {self.personal!r} needs type 'string'")

    @property
    def is_kept_as_written(self) -> bool:
        """Whether the value is the text of the file itself."""
        return self.type == "string" and not (self.markup or self.elements)

    @property
    def candidates(self) -> tuple[str, ...]:
        """Names to look for in a delivered file, best first."""
        return (*self.sources, self.name)

    def stored_columns(self) -> Iterator[tuple[str, FieldType, str]]:
        """Name, type and description of the raw columns that keep this field."""
        if self.personal == "withheld":
            return
        if self.personal in ("email", "key"):
            yield f"{self.name}_key", "string", f"Salted hash of: {self.description}"
        else:
            yield self.name, self.type, self.description
        if self.personal in ("email", "identifier"):
            yield f"{self.name}_domain", "string", f"Mail domain of: {self.description}"


@dataclass(frozen=True, slots=True)
class ExportSpec:
    """One stream of one vendor's export.

    Attributes:
        vendor: folder name under the inbox and prefix of the raw table.
        stream: suffix of the raw table.
        kind: which of a product team's source kinds it feeds.
        description: grain and meaning of a row.
        reference: where the format is documented, and how sure we are of it.
        formats: file formats in which the vendor delivers the stream.
        files: glob patterns of usual file names (lower case); a hint, the columns decide.
        key: fields that identify a record; the newest version of a key wins.
        cursor: field that tells which version is newer; None = the later delivery wins.
        event_time: field that says when the thing happened (freshness, partitions).
        fields: the declared columns.
        text: fields that together are an item's own words, in order.
        envelopes: JSON keys (dotted) that hold the list of records in an API page.
        header_rows: header rows of the CSV dialect: 1, 2 (labels below names) or 3 (Qualtrics import ids).
        nulls: strings that mean "no value" in this dialect, besides the empty one.
        tombstone: field and values that mark a deleted record.
        ignored: glob patterns of known columns that stay in the landing area only: repeated, technical or personal.
        signature: groups of column names; a file is taken for this stream if it has the required fields and one column
            of each group, or the required fields and a name that fits `files`. For streams that others resemble.
        surrogate_key: where a file lacks the key column, identify rows by their content instead of rejecting it.
        expected_every_days: how often a delivery is expected, for freshness.
        internal: its words are those of the company's own people: they are judged as questions, and are never feedback.
        answered: colleagues' answers stand among its words, so that no new themes are looked for in it.
        archive: layout of archives that alone can deliver it, because its records do not say where they belong.
        listed: field that names a conversation; a record is read only where the workspace lists it.
        planned: fields that say in words what a planned item is about; they are matched with themes and are no feedback.
    """

    vendor: str
    stream: str
    kind: SourceKind
    description: str
    reference: str
    formats: tuple[Format, ...]
    files: tuple[str, ...]
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    cursor: str | None = None
    event_time: str | None = None
    text: tuple[str, ...] = ()
    envelopes: tuple[str, ...] = ()
    header_rows: Literal[1, 2, 3] = 1
    nulls: tuple[str, ...] = ()
    tombstone: tuple[str, tuple[str, ...]] | None = None
    ignored: tuple[str, ...] = ()
    signature: tuple[tuple[str, ...], ...] = ()
    surrogate_key: bool = False
    expected_every_days: int = 7
    internal: bool = False
    answered: bool = False
    archive: Literal["", "slack"] = ""
    listed: str | None = None
    planned: tuple[str, ...] = ()
    by_name: dict[str, Field] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        for name in (self.vendor, self.stream):
            if not NAME.match(name):
                raise ValueError(f"vendor and stream names must be snake_case, not {name!r}")
        by_name = {f.name: f for f in self.fields}
        if len(by_name) != len(self.fields):
            raise ValueError(f"{self.vendor}.{self.stream}: a field name is used twice")
        object.__setattr__(self, "by_name", by_name)
        named = [*self.key, *self.text, *self.planned, *filter(None, (self.cursor, self.event_time, self.listed))]
        if self.tombstone:
            named.append(self.tombstone[0])
        for name in named:
            if name not in by_name:
                raise ValueError(f"{self.vendor}.{self.stream}: {name!r} is not a declared field")
        if not self.key:
            raise ValueError(f"{self.vendor}.{self.stream}: a key is needed")

    @property
    def table(self) -> str:
        """Name of the raw table, without its schema."""
        return f"{self.vendor}__{self.stream}"

    def arrow_schema(self) -> pa.Schema:
        """Schema of the batches that a reader yields: declared fields, then `_line` and `_extra`."""
        declared = [pa.field(f.name, ARROW_TYPES[f.type]) for f in self.fields]
        return pa.schema([*declared, pa.field("_line", pa.int64()), pa.field("_extra", pa.string())])

    def stored_columns(self) -> tuple[tuple[str, FieldType, str], ...]:
        """Name, type and description of every column of the raw table that holds vendor data."""
        columns = [column for f in self.fields for column in f.stored_columns()]
        if self.text:
            words = " and ".join(self.text)
            columns.append(("_text", "string", f"The item's own words, redacted: {words}"))
            columns.append(("_text_sha256", "string", "SHA-256 of `_text`; the key of its enrichment"))
        return tuple(columns)

    def stored_key(self) -> tuple[str, ...]:
        """Columns of the raw table that identify a record."""
        return tuple(name for key in self.key for name, _, _ in list(self.by_name[key].stored_columns())[:1])


# Columns that every raw table has after the vendor's own.
SYSTEM_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("_extra", "JSON", "Columns of the file that the spec does not declare, redacted"),
    ("_deleted", "BOOLEAN", "The vendor marks this record as deleted"),
    ("_file", "VARCHAR", "Delivered file that this version came from"),
    ("_line", "BIGINT", "Physical line, or record number, in that file (1-based)"),
    ("_sequence", "BIGINT", "Order of delivery of that file"),
    ("_loaded_at", "TIMESTAMPTZ", "When this version was loaded"),
    ("_batch", "VARCHAR", "Run that loaded it"),
)
