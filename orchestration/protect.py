"""Personal data on the way in: from the columns that a reader yields to the columns that may be stored.

A pure function of the batch, the spec, the salt and the redactor, vectorised throughout. Nothing that it is given
outlives the call.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from connectors.binding import is_ignored, normalised
from connectors.spec import ARROW_TYPES, ExportSpec, Field

RAW_CHARACTERS = 500
# Raw text is cut before it is redacted, so that a row of 50 MB costs nothing; what the cut may have torn is left out.
RAW_LOOKED_AT = 4_000
LONGEST_FINDING = 320
ADDRESS = r"^\s*[^@\s]+@[^@\s]+\s*$"
ADDRESS_WITHIN = r"[^@\s|:;,'\"()<>]+@[^@\s|:;,'\"()<>]+\.[^@\s|:;,'\"()<>]+"
NOT_IN_DOMAIN = r"(?s)[\s|:;,'\"()<>]"
NOT_SHOWN = "[not shown: this stream has columns that are never stored; see the line in the delivered file]"
NOT_SHOWN_INTERNAL = "[not shown: colleagues' words; see the line in the delivered file]"
REJECT_SCHEMA = pa.schema([("_line", pa.int64()), ("_reason", pa.string()), ("_raw", pa.string())])


class ArrayRedactor(Protocol):
    """Whatever replaces personal data in text; `insights.redact.Redactor` does."""

    def redact_array(self, array: pa.Array | pa.ChunkedArray) -> pa.Array:
        """The same strings with placeholders; nulls stay null, JSON stays JSON."""


def protection_version(rules: str) -> str:
    """Fingerprint of all that decides what is stored of a landed file, given that of the redactor's rules."""
    return hashlib.sha256(rules.encode() + Path(__file__).read_bytes()).hexdigest()[:16]


class Protector:
    """Turns batches of a reader into what may be stored.

    Attributes:
        salt: secret of the workspace that addresses are hashed with.
    """

    def __init__(self, salt: str, redactor: ArrayRedactor) -> None:
        self._salt = salt
        self._redactor = redactor
        self._hasher = _Hasher()

    def __repr__(self) -> str:
        return "Protector(salt=…)"

    def rows(self, spec: ExportSpec, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The stored columns of good rows, then `_extra`, `_deleted` and `_line`.

        Args:
            spec: the stream.
            batch: rows in `spec.arrow_schema()`.
        """
        given = {name: batch.column(name) for name in batch.schema.names}
        stored: dict[str, pa.Array] = {}
        for field in spec.fields:
            stored.update(self._field(field, given[field.name]))
        if spec.text:
            stored["_text"] = _own_words([stored[name] for name in spec.text])
            stored["_text_sha256"] = self._hasher.sha256(stored["_text"])
        stored["_extra"] = self._redacted(given["_extra"])
        stored["_deleted"] = _deleted(spec, given, len(batch))
        stored["_line"] = given["_line"]
        return pa.RecordBatch.from_arrays(list(stored.values()), schema=stored_schema(spec))

    def rejects(self, spec: ExportSpec, rejects: pa.RecordBatch) -> pa.RecordBatch:
        """Line, reason and raw text of bad rows, the latter two redacted and the raw text cut short.

        Of a stream with columns that are never stored, only JSON records are shown, without these: nothing tells
        the cells of a row that does not fit its header apart.
        """
        raw = rejects.column("raw")
        if spec.internal:
            # A colleague's words are shown to nobody who only looks for the reason.
            raw = pa.array([NOT_SHOWN_INTERNAL] * len(raw), pa.string())
        elif spec.ignored or any(field.personal == "withheld" for field in spec.fields):
            raw = pa.array([_without_withheld(spec, text) for text in raw.to_pylist()], pa.string())
        long = pc.fill_null(pc.greater(pc.utf8_length(raw), RAW_LOOKED_AT), False)
        text = self._redactor.redact_array(pc.utf8_slice_codeunits(raw, 0, RAW_LOOKED_AT))
        text = pc.if_else(long, pc.utf8_slice_codeunits(text, 0, -LONGEST_FINDING), text)
        columns = [
            rejects.column("line"),
            self._redactor.redact_array(rejects.column("reason")),
            pc.utf8_slice_codeunits(text, 0, RAW_CHARACTERS),
        ]
        return pa.RecordBatch.from_arrays([_flat(column) for column in columns], schema=REJECT_SCHEMA)

    def _field(self, field: Field, column: pa.Array) -> Mapping[str, pa.Array]:
        if field.personal == "withheld":
            return {}
        if field.personal == "key":
            (hashed,) = _over_distinct(column, lambda values: (self._hasher.sha256(values, self._salt),))
            return {f"{field.name}_key": hashed}
        if field.personal == "email":
            key, domain = _over_distinct(column, self._email)
            return {f"{field.name}_key": key, f"{field.name}_domain": domain}
        if field.personal == "identifier":
            kept, domain = _over_distinct(column, self._identifier)
            return {field.name: kept, f"{field.name}_domain": domain}
        return {field.name: self._redacted(column) if field.personal == "text" else column}

    def _email(self, column: pa.Array) -> tuple[pa.Array, ...]:
        """Key and domain of addresses."""
        address = _canonical(column)
        return self._hasher.sha256(address, self._salt), _domain(address)

    def _identifier(self, column: pa.Array) -> tuple[pa.Array, ...]:
        """Identifiers, hashed where they name a person, and the domains of these."""
        if not pc.any(pc.match_substring(column, "@")).as_py():
            return column, pa.nulls(len(column), pa.string())
        # "auth0|jane@example.com" names a person as well as the bare address does.
        is_personal = pc.fill_null(pc.match_substring_regex(column, f"{ADDRESS}|{ADDRESS_WITHIN}"), False)
        address = _canonical(pc.if_else(is_personal, column, None))
        return pc.if_else(is_personal, self._hasher.sha256(address, self._salt), column), _domain(address)

    def _redacted(self, column: pa.Array) -> pa.Array:
        (redacted,) = _over_distinct(column, lambda values: (self._redactor.redact_array(values),))
        return redacted


class _Hasher:
    """SHA-256 of whole columns, computed by an in-memory DuckDB that keeps nothing."""

    def __init__(self) -> None:
        self._local = threading.local()
        # One worker keeps the order of rows.
        self._database = duckdb.connect(config={"threads": 1})

    def sha256(self, column: pa.Array, salt: str = "") -> pa.Array:
        """Lower-case hex of the hash of each value's UTF-8 bytes, after the salt; nulls stay null."""
        if column.null_count == len(column):
            return pa.nulls(len(column), pa.string())
        connection = self._connection()
        connection.register("given", pa.table({"value": column}))
        try:
            hashed = connection.execute("SELECT sha256($salt || value) FROM given", {"salt": salt}).to_arrow_table()
        finally:
            connection.unregister("given")
        return _flat(hashed.column(0).cast(pa.string()))

    def _connection(self) -> duckdb.DuckDBPyConnection:
        """One connection per thread."""
        if not hasattr(self._local, "connection"):
            self._local.connection = self._database.cursor()
        connection: duckdb.DuckDBPyConnection = self._local.connection
        return connection


def _without_withheld(spec: ExportSpec, raw: str | None) -> str | None:
    """A JSON record without the keys that are never stored; nothing of any other text."""
    try:
        record = json.loads(raw or "")
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        return NOT_SHOWN if raw else raw
    names = [name for field in spec.fields if field.personal == "withheld" for name in field.candidates]
    unwanted = {normalised(name) for name in names}
    kept = {key: value for key, value in record.items() if normalised(key) not in unwanted and not is_ignored(spec, key)}
    for name in names:
        *path, last = name.split(".")
        parent: Any = kept
        for step in path:
            parent = parent.get(step) if isinstance(parent, dict) else None
        if isinstance(parent, dict):
            parent.pop(last, None)
    # An escaped half of a surrogate pair is no character.
    return json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


def stored_schema(spec: ExportSpec) -> pa.Schema:
    """Arrow schema of `Protector.rows`."""
    columns = [pa.field(name, ARROW_TYPES[kind]) for name, kind, _ in spec.stored_columns()]
    return pa.schema(
        [*columns, pa.field("_extra", pa.string()), pa.field("_deleted", pa.bool_()), pa.field("_line", pa.int64())]
    )


def _over_distinct(column: pa.Array, function: Callable[[pa.Array], tuple[pa.Array, ...]]) -> tuple[pa.Array, ...]:
    """Apply a costly function to distinct values only, where that spares at least half of the work."""
    encoded = column.dictionary_encode()
    if 2 * len(encoded.dictionary) > len(column):
        return tuple(_flat(made) for made in function(column))
    return tuple(_flat(made).take(encoded.indices) for made in function(encoded.dictionary))


def _canonical(column: pa.Array) -> pa.Array:
    """Addresses in one spelling: `Jane <Jane@Example.com>` is `jane@example.com`; empty is null."""
    address = pc.utf8_lower(pc.utf8_trim_whitespace(column))
    if pc.any(pc.match_substring(address, "<")).as_py():
        bracketed = pc.extract_regex(address, r"<\s*(?P<address>[^<>\s]+@[^<>\s]+)\s*>")
        address = pc.coalesce(pc.struct_field(bracketed, "address"), address)
    address = pc.replace_substring_regex(address, r"^mailto:", "")
    return pc.if_else(pc.equal(address, ""), None, address)


def _domain(address: pa.Array) -> pa.Array:
    """What stands behind the last @ up to the first character that no domain has; null where that is nothing."""
    pieces = pc.split_pattern(address, "@", max_splits=1, reverse=True)
    last = pc.if_else(pc.equal(pc.list_value_length(pieces), 2), pc.subtract(pieces.offsets.slice(1), 1), None)
    behind = pieces.values.take(last)
    if pc.any(pc.match_substring_regex(behind, NOT_IN_DOMAIN)).as_py():
        behind = pc.replace_substring_regex(behind, f"{NOT_IN_DOMAIN}.*", "")
    domain = pc.utf8_rtrim(behind, ".")
    return pc.if_else(pc.equal(domain, ""), None, domain)


def _own_words(columns: Sequence[pa.Array]) -> pa.Array:
    """Non-empty texts joined by a blank line; null where there is none."""
    said = [pc.if_else(pc.equal(pc.utf8_trim_whitespace(column), ""), None, column) for column in columns]
    # Arrow's own join with null_handling="skip" loses the rows that are null in every column.
    return reduce(lambda a, b: pc.coalesce(pc.binary_join_element_wise(a, b, "\n\n"), a, b), said)


def _deleted(spec: ExportSpec, given: Mapping[str, pa.Array], length: int) -> pa.Array:
    if spec.tombstone is None:
        return pa.repeat(False, length)
    name, values = spec.tombstone
    marks = pa.array([value.lower() for value in values], pa.string())
    return pc.fill_null(pc.is_in(pc.utf8_lower(given[name].cast(pa.string())), value_set=marks), False)


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
