"""The conformance kit: what every vendor's spec and fixtures must survive, without a line of test code by the vendor.

A vendor package tests itself with

    from connectors.testing import conformance_test
    test_conformance = conformance_test(SPECS, Path(__file__).parent / "fixtures")

where `fixtures/<vendor>/` has at least one file per stream, named after it: `ticket.json`, `ticket_with_emoji.csv.gz`.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from connectors import calendar_checks, file_checks
from connectors.binding import bind
from connectors.calendar_checks import is_calendar_fixture
from connectors.csv_header import read_header
from connectors.json_rows import TOP
from connectors.json_typer import JsonTyper
from connectors.parts import EVERY, Drift, Limits, Part, Unrecognised
from connectors.reader import inspect, open_part
from connectors.spec import ExportSpec

STRANGER = "Zz Unheard Of"
LIMITS = Limits()
Row = dict[str, Any]


class ConformanceError(AssertionError):
    """A spec and its fixture do not hold what the kit asks for."""


@dataclass(frozen=True, slots=True)
class Case:
    """One check of one fixture.

    Attributes:
        spec: the stream.
        siblings: all streams of its vendor, among which it must be told apart.
        fixture: the file; None where there is none.
        name: name of the check.
        check: what raises if it fails.
    """

    spec: ExportSpec
    siblings: tuple[ExportSpec, ...]
    fixture: Path | None
    name: str
    check: Callable[[_Sample], None]

    @property
    def id(self) -> str:
        """Name for a test report."""
        return f"{self.spec.table}-{self.fixture.name if self.fixture else 'no fixture'}-{self.name}"

    def run(self) -> None:
        """Do the check.

        Raises:
            ConformanceError: says what is wrong, and with which stream and file.
        """
        if self.fixture is None:
            raise ConformanceError(f"{self.spec.table} has no fixture: add a file called {self.spec.stream}.<ending>")
        with tempfile.TemporaryDirectory() as folder:
            self.check(_Sample(self.spec, self.siblings, self.fixture, Path(folder)))


def conformance_cases(specs: Iterable[ExportSpec], fixtures: Path) -> list[Case]:
    """Every check of every fixture of these streams, and a failing one for a stream that has none."""
    specs = tuple(specs)
    cases = []
    for spec in specs:
        siblings = tuple(other for other in specs if other.vendor == spec.vendor)
        folder = fixtures / spec.vendor
        streams = {other.stream for other in siblings}
        files = [path for path in sorted(folder.glob("*")) if _stream_of(path, streams) == spec.stream]
        for fixture in files or (None,):
            cases += [Case(spec, siblings, fixture, name, check) for name, check in _checks(fixture)]
    return cases


def conformance_test(specs: Iterable[ExportSpec], fixtures: Path) -> Callable[..., None]:
    """A pytest test of all these streams; assign it to a name that begins with `test`."""
    # Not at the top: the kit is shipped, pytest is not.
    import pytest

    cases = conformance_cases(specs, fixtures)

    @pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])
    def test_conformance(case: Case) -> None:
        case.run()

    return test_conformance


def _stream_of(path: Path, streams: set[str]) -> str:
    """The stream that a fixture is named after: the longest that its name begins with."""
    fitting = [stream for stream in streams if path.name == stream or path.name.startswith((f"{stream}.", f"{stream}_"))]
    return max(fitting, key=len, default="")


@dataclass(frozen=True, slots=True)
class _Read:
    rows: list[Row]
    rejects: list[Row]
    drift: list[Drift]
    encodings: set[str]

    def plain(self) -> list[Row]:
        """Rows without their place in the file."""
        return [{name: value for name, value in row.items() if name != "_line"} for row in self.rows]


class _Sample:
    """A fixture taken apart, so that it can be put together again with a fault."""

    def __init__(self, spec: ExportSpec, siblings: Sequence[ExportSpec], fixture: Path, folder: Path) -> None:
        self.spec = spec
        self.siblings = siblings
        self.fixture = fixture
        self._folder = folder
        self._written = 0
        found = self.inspect(fixture)
        parts = [part for part in found if isinstance(part, Part) and (part.spec == spec or not spec.archive)]
        self.need(bool(parts), f"is not recognised: {[u.reason for u in found if isinstance(u, Unrecognised)]}")
        self.parts = parts
        self.part = parts[0]
        self.text = "" if self.part.layout in file_checks.LAYOUTS else _text(fixture, self.part.member)
        self.is_csv = self.part.layout == "csv"
        self.header_rows: list[list[str]] = []
        self.cells: list[list[str]] = []
        self.records: list[Row] = []
        if self.part.layout in file_checks.LAYOUTS:
            return
        if self.part.layout == "ics":
            self.parts = [part for part in parts if part.spec == spec]
        elif self.is_csv:
            lines = [row for row in csv.reader(io.StringIO(self.text, newline=""), delimiter=self.part.delimiter) if row]
            self.header_rows, self.cells = lines[: self.part.header_rows], lines[self.part.header_rows :]
        else:
            self.records = list(_records(self.text, self.part))

    def need(self, holds: bool, message: str) -> None:
        """Raise unless it holds."""
        if not holds:
            raise ConformanceError(f"{self.spec.table}, {self.fixture.name}: {message}")

    def inspect(self, path: Path, name: str = "delivery") -> list[Part | Unrecognised]:
        return inspect(path, name, self.siblings, LIMITS, listed=(EVERY,))

    def read(self, path: Path) -> _Read:
        """Everything that all parts of a file hold; of an archive of several streams, those of the one under test."""
        result = _Read([], [], [], set())
        for part in self.inspect(path):
            if self.spec.archive and isinstance(part, Part) and part.spec != self.spec:
                continue
            if not isinstance(part, Part):
                raise ConformanceError(f"{self.spec.table}, {self.fixture.name}: {part.name or 'the file'}: {part.reason}")
            opened = open_part(path, part, LIMITS)
            for batch in opened:
                self.need(batch.rows.schema.equals(part.spec.arrow_schema()), "a batch does not have the spec's schema")
                result.rows.extend(batch.rows.to_pylist())
                result.rejects.extend(batch.rejects.to_pylist())
            result.drift.extend(opened.drift)
            result.encodings.add(opened.encoding)
        return result

    def write(self, content: bytes) -> Path:
        """A delivery with this content, under a name that says nothing."""
        self._written += 1
        path = self._folder / f"delivery{self._written}"
        if self.spec.archive:
            self._write_archive(path, content)
        else:
            path.write_bytes(content)
        return path

    def _write_archive(self, path: Path, content: bytes) -> None:
        """The fixture's archive with this content in place of all that it has of the stream."""
        mine = {part.member for part in self.parts}
        with zipfile.ZipFile(self.fixture) as original, zipfile.ZipFile(path, "w") as made:
            for member in original.namelist():
                if member not in mine:
                    made.writestr(member, original.read(member))
            made.writestr(str(self.part.member), content)

    def whole(self) -> Path:
        """The sample put together again without a fault; what the faulty ones are compared with."""
        return self.write(self.encoded(self.header_rows, self.cells, self.records))

    def encoded(self, header: list[list[str]], cells: list[list[str]], records: list[Row]) -> bytes:
        """A file of the sample's dialect with this content."""
        if self.is_csv:
            stream = io.StringIO(newline="")
            csv.writer(stream, delimiter=self.part.delimiter, lineterminator="\r\n").writerows([*header, *cells])
            return stream.getvalue().encode()
        if self.part.layout == "ndjson" or self.part.selector == TOP:
            return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()
        document: Any = records
        for key in reversed(self.part.selector.split(".") if self.part.selector in self.spec.envelopes else []):
            document = {key: document}
        return json.dumps(document, ensure_ascii=False).encode()

    def carriers(self, field: str) -> list[str]:
        """Header names, or dotted paths, that carry a field; the index as text for CSV."""
        if self.part.layout in file_checks.LAYOUTS:
            return [field]
        if self.is_csv:
            header = read_header(self.text.encode(), self.spec, self.part.delimiter, {})
            columns = bind(self.spec, header.columns).fields[field] if header else ()
            return [str(column.index) for column in columns]
        keys = list(dict.fromkeys(key for record in self.records for key in record))
        return [column.name for column in JsonTyper(self.spec, LIMITS, {}).binding(keys).fields[field]]

    def without(self, field: str) -> Path:
        """The sample without what carries a field."""
        names = self.carriers(field)
        if self.is_csv:
            drop = {int(name) for name in names}
            header, cells = (
                [[c for i, c in enumerate(row) if i not in drop] for row in rows] for rows in (self.header_rows, self.cells)
            )
            return self.write(self.encoded(header, cells, []))
        return self.write(self.encoded([], [], [_less(record, names) for record in self.records]))

    def with_value(self, field: str, value: str) -> bytes | None:
        """The sample with one value of a field in all records; None where nothing carries the field."""
        names = self.carriers(field)
        if not names or any("." in name for name in names):
            return None
        if self.is_csv:
            at = {int(name) for name in names}
            cells = [[value if i in at else c for i, c in enumerate(row)] for row in self.cells]
            return self.encoded(self.header_rows, cells, [])
        return self.encoded([], [], [{**record, **dict.fromkeys(names, value)} for record in self.records])


def _checks(fixture: Path | None) -> tuple[tuple[str, Callable[[_Sample], None]], ...]:
    """The checks that a fixture's format allows; a calendar has neither columns nor records that could be exchanged."""
    if fixture is None:
        return CHECKS[:1]
    if fixture.name.endswith(FILE_ENDINGS):
        return FILE_CHECKS if not fixture.name.endswith(".md") else FILE_CHECKS[:-1]
    return CALENDAR_CHECKS if is_calendar_fixture(fixture) else CHECKS


def _text(path: Path, member: str | None) -> str:
    data = path.read_bytes()
    if member is not None:
        with zipfile.ZipFile(path) as archive:
            data = archive.read(member)
    if data.startswith(b"\x1f\x8b"):
        data = gzip.decompress(data)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def _records(text: str, part: Part) -> Iterator[Row]:
    """Records of a JSON fixture, found without the reader's help."""
    if part.layout == "ndjson":
        yield from (json.loads(line) for line in text.split("\n") if line.strip())
        return
    decoder = json.JSONDecoder()
    at = 0
    while at < len(text.rstrip()):
        at += len(text[at:]) - len(text[at:].lstrip())
        document, at = decoder.raw_decode(text, at)
        if part.selector == TOP:
            yield document
        elif isinstance(document, list) and document and isinstance(document[0], list):
            yield from (record for name, record in document if name == part.selector)
        else:
            for key in filter(None, part.selector.split(".")):
                document = document[key]
            yield from document


def _less(record: Row, paths: Sequence[str]) -> Row:
    result = dict(record)
    for path in paths:
        if path in result:
            del result[path]
        else:
            top, _, rest = path.partition(".")
            if isinstance(result.get(top), dict):
                result[top] = _less(result[top], [rest])
    return result


def _recognised(sample: _Sample) -> None:
    for name in ("delivery", sample.fixture.name):
        for found in sample.inspect(sample.fixture, name):
            sample.need(isinstance(found, Part), f"delivered as {name}: {getattr(found, 'reason', '')}")
            mine = isinstance(found, Part) and (found.spec == sample.spec or bool(sample.spec.archive))
            sample.need(mine, f"delivered as {name}, it is taken for another stream")


def _balanced(sample: _Sample) -> None:
    expected = 0
    for part in sample.parts:
        if part.layout in file_checks.LAYOUTS:
            expected += file_checks.record_count(sample.fixture, part)
            continue
        text = _text(sample.fixture, part.member)
        if part.layout == "csv":
            rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=part.delimiter) if row]
            expected += len(rows) - part.header_rows
        else:
            expected += sum(1 for _ in _records(text, part))
    read = sample.read(sample.fixture)
    got = len(read.rows) + len(read.rejects)
    sample.need(
        got == expected, f"{expected} records are in the file, {len(read.rows)} rows and {len(read.rejects)} rejects came out"
    )
    sample.need(bool(read.rows), "no row came out")


def _typed(sample: _Sample) -> None:
    rows = sample.read(sample.fixture).rows
    for name in sample.spec.key:
        sample.need(all(row[name] is not None for row in rows), f"a row has no value of the key {name}")
    for f in sample.spec.fields:
        if f.required:
            sample.need(all(row[f.name] is not None for row in rows), f"a row has no value of the required field {f.name}")
    weighty = (*sample.spec.text, *filter(None, (sample.spec.event_time,)))
    for name in weighty:
        if sample.carriers(name):
            sample.need(any(row[name] is not None for row in rows), f"no row has a value of {name}")


def _repeatable(sample: _Sample) -> None:
    sample.need(sample.read(sample.fixture) == sample.read(sample.fixture), "two readings differ")


def _truncated(sample: _Sample) -> None:
    # Enough rows that a good part of them comes before the cut.
    times = 400
    content = sample.encoded(sample.header_rows, sample.cells * times, sample.records * times)
    whole, packed = sample.write(content), gzip.compress(content)
    read = sample.read(sample.write(packed[: len(packed) * 3 // 4]))
    complete = sample.read(whole)
    sample.need(0 < len(read.rows) < len(complete.rows), "a cut file does not give some of its rows")
    sample.need(read.rows == complete.rows[: len(read.rows)], "a cut file gives other rows than the whole one")
    sample.need(any(d.kind == "truncated" for d in read.drift), "a cut file is not reported as truncated")
    sample.need("cut off" in read.rejects[-1]["reason"], "the record at the cut is not rejected")


def _cut_file(sample: _Sample) -> None:
    """A file that ends early is refused whole, or gives rows that the whole one has, and says that it is cut."""
    path = sample.write(file_checks.cut(sample.fixture))
    found = sample.inspect(path)
    if all(isinstance(part, Unrecognised) for part in found):
        return
    read, whole = sample.read(path), sample.read(sample.fixture)
    sample.need(all(row in whole.rows for row in read.rows), "a cut file gives other rows than the whole one")
    sample.need(any(d.kind == "truncated" for d in read.drift), "a cut file is not reported as truncated")


def _extra_column(sample: _Sample) -> None:
    # Options below a question make another name of it.
    below = "" if sample.spec.header_rows == 2 else STRANGER
    header = [[*row, below if i else STRANGER] for i, row in enumerate(sample.header_rows)]
    cells = [[*row, f"v{i}"] for i, row in enumerate(sample.cells)]
    records = [{**record, STRANGER: f"v{i}"} for i, record in enumerate(sample.records)]
    read, plain = sample.read(sample.write(sample.encoded(header, cells, records))), sample.read(sample.whole())
    sample.need(
        any(d.kind == "unknown_column" and d.column == STRANGER for d in read.drift), "an unknown column is not reported"
    )
    kept = [json.loads(row["_extra"] or "{}") for row in read.rows]
    sample.need(all(STRANGER in extra for extra in kept), "an unknown column is not kept in _extra")
    # A key that is made of the whole record changes with it.
    made = sample.spec.key if sample.spec.surrogate_key and not sample.carriers(sample.spec.key[0]) else ()
    dropped = dict.fromkeys(("_extra", *made))
    declared = [[{**row, **dropped} for row in each.rows] for each in (read, plain)]
    sample.need(declared[0] == declared[1], "an unknown column changes declared fields")


def _missing_required(sample: _Sample) -> None:
    for f in sample.spec.fields:
        if not f.required or (sample.spec.surrogate_key and f.name in sample.spec.key):
            continue
        if sample.spec.archive:
            # There the place of a member tells its stream; what it lacks is said of each record.
            read = sample.read(sample.without(f.name))
            told = all(any(name in reject["reason"] for name in f.candidates) for reject in read.rejects)
            sample.need(told and not read.rows, f"records without {f.name} are not rejected for it")
            continue
        found = sample.inspect(sample.without(f.name), sample.fixture.name)
        others = [part for part in found if isinstance(part, Part) and part.spec == sample.spec]
        sample.need(not others, f"it is still taken for {sample.spec.stream} without {f.name}")
        reasons = " ".join(part.reason for part in found if isinstance(part, Unrecognised))
        told = any(candidate in reasons for candidate in f.candidates) or any(isinstance(part, Part) for part in found)
        sample.need(told, f"without {f.name} the reason does not name it: {reasons}")


def _encodings(sample: _Sample) -> None:
    plain = sample.read(sample.whole())
    text = sample.encoded(sample.header_rows, sample.cells, sample.records).decode()
    for encoding in ("utf-8-sig", "utf-16"):
        sample.need(sample.read(sample.write(text.encode(encoding))).rows == plain.rows, f"as {encoding} it reads otherwise")
    free = [f.name for f in sample.spec.fields if f.type == "string" and f.name not in sample.spec.key and not f.required]
    for name in free:
        content = sample.with_value(name, "café")
        if content is not None:
            western = content.decode().encode("cp1252", "ignore")
            read = sample.read(sample.write(western))
            sample.need(read.encodings == {"cp1252"}, "a Western European file is not recognised as such")
            sample.need(any(d.kind == "reencoded" for d in read.drift), "re-encoding is not reported")
            sample.need({row[name] for row in read.rows} == {"café"}, f"{name} is not re-encoded")
            break


def _duplicated(sample: _Sample) -> None:
    twice = sample.encoded(sample.header_rows, sample.cells * 2, sample.records * 2)
    read, plain = sample.read(sample.write(twice)), sample.read(sample.whole())
    sample.need(read.plain() == plain.plain() * 2, "records that occur twice do not come out twice")


def _of_calendar(check: Callable[[Path, Path, ExportSpec, Sequence[ExportSpec]], str], sample: _Sample) -> None:
    fault = check(sample.fixture, sample.write(b""), sample.spec, sample.siblings)
    sample.need(not fault, fault)


# Formats whose records cannot be exchanged as text.
FILE_ENDINGS = (".xlsx", ".parquet", ".avro", ".md")
FILE_CHECKS: tuple[tuple[str, Callable[[_Sample], None]], ...] = (
    ("recognised", _recognised),
    ("balanced", _balanced),
    ("typed", _typed),
    ("repeatable", _repeatable),
    # A note that ends early is a shorter note.
    ("cut", _cut_file),
)
CHECKS: tuple[tuple[str, Callable[[_Sample], None]], ...] = (
    ("recognised", _recognised),
    ("balanced", _balanced),
    ("typed", _typed),
    ("repeatable", _repeatable),
    ("truncated", _truncated),
    ("extra_column", _extra_column),
    ("missing_required", _missing_required),
    ("encodings", _encodings),
    ("duplicated", _duplicated),
)

CALENDAR_CHECKS: tuple[tuple[str, Callable[[_Sample], None]], ...] = tuple(
    (name, partial(_of_calendar, check)) for name, check in calendar_checks.CHECKS
)
