"""A draft of a spec from a sample of a vendor's export: keys, types, personal data and words, guessed for a person to check."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal, get_args

import fastavro
import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from connectors import avro_rows, note_rows, parquet_rows, streams
from connectors.errors import ExportRejected
from connectors.parts import Limits
from connectors.spec import ExportSpec, Field, FieldType, Format, PersonalData, SourceKind

SAMPLED = 2_000
DELIMITERS = ",;\t|"
WHOLE = re.compile(r"[+-]?\d{1,18}")
DECIMAL = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
TIMES = (" %I:%M:%S %p", " %I:%M %p", " %H:%M:%S", " %H:%M", "")
# Moments of other forms, the first that every value really has: 13/03/2025 is no month of the year.
FORMS = (
    *(f"%m/%d/%Y{time}" for time in TIMES),
    *(f"%d/%m/%Y{time}" for time in TIMES),
    *(f"%d.%m.%Y{time}" for time in TIMES),
    "%d/%b/%y %I:%M %p",
)
TRUTH = {"true", "false", "yes", "no"}
KEY_NAME = re.compile(r"(^|_)(id|uuid|key|token|guid)$|^#$")
# "Case Number", "Ticket no": weaker than an id, since a phone or an employee has a number too.
NUMBER_NAME = re.compile(r"^(case|ticket|issue|request|conversation|record|incident|response)_(number|no|nr|ref|reference)$")
WORDS_NAME = re.compile(
    r"subject|headline|comment|feedback|note|body|message|description|text|answer|quote|reason|transcript|summary|why"
)
PERSON_NAME = re.compile(
    r"(^|_)(first_?name|last_?name|full_?name|surname|phone|mobile|telephone|street|address|ip|ip_address|latitude|longitude|birthday)$"
    r"|(^|_)(contact|user|customer|requester|respondent|participant|agent|author|owner|person)_name$"
    r"|(^|_)(agent|assignee|author|interviewer|interviewee|participant|requester|respondent)$"
)
STAMP_NAME = re.compile(r"(_at|_on|time|date|created|updated)$")
CHANGED_NAME = re.compile(r"updat|modif|chang|last_seen")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a sample holds.

    Attributes:
        format: its format.
        envelope: JSON key of the list of records, if there is one.
        columns: values of each column, as text or as JSON values, in the order of the records.
    """

    format: Format
    envelope: str
    columns: Mapping[str, Sequence[object]]


def read_sample(path: Path) -> Sample:
    """The first records of a sample, column by column.

    Raises:
        ExportRejected: it holds no records with columns.
    """
    kind, envelope, records = _records(path)
    if not records:
        raise ExportRejected(path.name, "the sample holds no records: take a file with some rows")
    flat = [dict(_flattened(record)) for record in records[:SAMPLED]]
    names = list(dict.fromkeys(name for record in flat for name in record))
    return Sample(kind, envelope, {name: [record.get(name) for record in flat] for name in names})


def _records(path: Path) -> tuple[Format, str, list[dict[str, Any]]]:
    content = b"".join(streams.Text(streams.Source(path, None, Limits(), path.name)))
    raw = path.read_bytes()[:4]
    if raw.startswith(parquet_rows.MARK):
        return "parquet", "", pq.read_table(path).slice(0, SAMPLED).to_pylist()
    if raw.startswith(avro_rows.MARK):
        with path.open("rb") as file:
            return "avro", "", [record for record in islice(fastavro.reader(file), SAMPLED) if isinstance(record, dict)]
    if raw.startswith(streams.ZIP):
        return "xlsx", "", _table(CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python())
    text = content.decode("utf-8", "replace")
    if note_rows.is_note(path.name, content[:10]):
        note = note_rows.note_record(content, path.name)
        return "markdown", "", [note] if isinstance(note, dict) else []
    if text.lstrip()[:1] in ("{", "["):
        return _json_records(path, text)
    delimiter = max(DELIMITERS, key=text.split("\n", 1)[0].count)
    return "csv", "", _table(list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))


def _table(rows: Sequence[Sequence[object]]) -> list[dict[str, Any]]:
    filled = [row for row in rows if any(cell not in ("", None) for cell in row)]
    if not filled:
        return []
    header = [str(cell).strip() for cell in filled[0]]
    return [{name: str(cell) for name, cell in zip(header, row, strict=False) if name} for row in filled[1:]]


def _json_records(path: Path, text: str) -> tuple[Format, str, list[dict[str, Any]]]:
    try:
        document = json.loads(text)
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()][:SAMPLED]
        try:
            return "ndjson", "", [record for line in lines if isinstance(record := json.loads(line), dict)]
        except ValueError as error:
            raise ExportRejected(
                path.name, f"the sample is neither JSON nor one JSON object a line ({error}): export it anew"
            ) from error
    if isinstance(document, list):
        return "json", "", [record for record in document if isinstance(record, dict)]
    for key, value in document.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return "json", key, value
    return "ndjson", "", [document]


def _flattened(record: Mapping[str, Any]) -> Iterable[tuple[str, object]]:
    """Members, those of objects as dotted paths."""
    for name, value in record.items():
        if isinstance(value, dict) and value and all(isinstance(key, str) and "." not in key for key in value):
            yield from ((f"{name}.{inner}", deeper) for inner, deeper in value.items())
        else:
            yield name, value


def infer(sample: Sample, vendor: str, stream: str, kind: SourceKind) -> ExportSpec:
    """A spec that reads the sample: what it says of keys, personal data and words is a guess.

    Raises:
        ValueError: vendor or stream are no names.
    """
    names = _unique_names(sample.columns)
    fields = [_field(names[column], column, values) for column, values in sample.columns.items()]
    key, surrogate = _key(names, sample.columns)
    if surrogate:
        fields.insert(0, Field(key, "string", "Hash of the record: the export has no id of its own", required=True))
    fields = [_required(field) if field.name == key else field for field in fields]
    stamps = [field.name for field in fields if field.type in ("timestamp", "date") and field.name != key]
    changed = next((name for name in stamps if CHANGED_NAME.search(name)), None)
    happened = next((name for name in stamps if name != changed), changed)
    return ExportSpec(
        vendor=vendor,
        stream=stream,
        kind=kind,
        description=f"One {stream.replace('_', ' ')}.",
        reference=f"Inferred from {len(next(iter(sample.columns.values())))} records; check it with the vendor's documentation",
        formats=(sample.format,),
        files=("*",),
        key=(key,),
        cursor=changed,
        event_time=happened,
        text=tuple(field.name for field in fields if field.personal == "text" and field.type == "string"),
        envelopes=(sample.envelope,) if sample.envelope else (),
        surrogate_key=surrogate,
        fields=tuple(fields),
    )


def _unique_names(columns: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in columns:
        spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column)
        bare = re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")[:60].strip("_") or "column"
        name = bare if bare[0].isalpha() else f"n{bare}"
        number = 2
        while name in found.values():
            name, number = f"{bare}_{number}", number + 1
        found[column] = name
    return found


def _key(names: Mapping[str, str], columns: Mapping[str, Sequence[object]]) -> tuple[str, bool]:
    """The field that identifies a record, and whether it has to be made of the whole record."""
    unique = [
        column
        for column, values in columns.items()
        if all(value not in ("", None) for value in values) and len({str(value) for value in values}) == len(values)
    ]
    named = [column for column in unique if KEY_NAME.search(names[column]) or column == "#"]
    named += [column for column in unique if NUMBER_NAME.search(names[column])]
    if named:
        return names[named[0]], False
    return ("record_id" if "record_id" not in names.values() else "record_hash"), True


def _required(field: Field) -> Field:
    return Field(field.name, "string", field.description, field.sources, required=True, personal=None)


def _field(name: str, column: str, values: Sequence[object]) -> Field:
    known = [value for value in values if value not in ("", None)]
    texts = [str(value).strip() for value in known]
    sources = (column,) if column != name else ()
    description = re.sub(r"[\s_.]+", " ", column).strip().capitalize() or name
    if any(isinstance(value, dict | list) for value in known):
        return Field(name, "json", description, sources, personal="text")
    personal = _personal(name, texts)
    if personal == "text" or personal in ("email", "withheld"):
        return Field(name, "string", description, sources, personal=personal)
    kind, formats, epoch = _type(name, texts)
    return Field(name, kind, description, sources, personal=personal, formats=formats, epoch=epoch)


def _personal(name: str, texts: Sequence[str]) -> PersonalData | None:
    addresses = sum(ADDRESS.fullmatch(text) is not None for text in texts)
    if texts and addresses == len(texts):
        return "email"
    if addresses:
        return "identifier" if addresses * 2 > len(texts) else "text"
    if PERSON_NAME.search(name):
        return "withheld"
    worded = sum(text.count(" ") >= 3 for text in texts)
    if worded and (WORDS_NAME.search(name) or worded * 2 > len(texts)):
        return "text"
    return None


def _type(name: str, texts: Sequence[str]) -> tuple[FieldType, tuple[str, ...], Literal["auto"] | None]:
    """Type, formats and epoch under which every value reads."""
    if not texts or KEY_NAME.search(name):
        return "string", (), None
    if all(WHOLE.fullmatch(text) for text in texts):
        is_moment = STAMP_NAME.search(name) and all(1e9 <= abs(int(text)) < 3e15 for text in texts)
        # A number with zeros in front is a code.
        is_code = any(re.match(r"0\d", text) for text in texts)
        return ("timestamp", (), "auto") if is_moment else ("string" if is_code else "integer", (), None)
    simple: tuple[tuple[FieldType, Callable[[str], object]], ...] = (
        ("boolean", lambda text: text.lower() in TRUTH),
        ("number", DECIMAL.fullmatch),
        ("date", DAY.fullmatch),
        ("timestamp", lambda text: MOMENT.fullmatch(text) or DAY.fullmatch(text)),
    )
    plain = next((kind for kind, fits in simple if all(map(fits, texts))), None)
    if plain:
        return plain, (), None
    form = next((form for form in FORMS if all(_reads(text, form) for text in texts)), None)
    return ("timestamp", (form,), None) if form else ("string", (), None)


def _reads(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def python_source(spec: ExportSpec, title: str) -> str:
    """The module that declares a spec, as a person would write it."""
    constant = spec.stream.upper()
    lines = [f'"""{title}."""', "", "from connectors.spec import ExportSpec, Field", "", f"{constant} = ExportSpec("]
    lines += [
        f"    {name}={_literal(getattr(spec, name))},"
        for name in ("vendor", "stream", "kind", "description", "reference", "formats", "files", "key", "cursor", "event_time")
        if getattr(spec, name) is not None
    ]
    lines += [
        f"    {name}={_literal(getattr(spec, name))}," for name in ("text", "envelopes", "surrogate_key") if getattr(spec, name)
    ]
    lines.append("    fields=(")
    for field in spec.fields:
        lines += _field_source(field)
    lines += ["    ),", ")", "", f"SPECS = ({constant},)", ""]
    return "\n".join(lines)


def _field_source(field: Field) -> list[str]:
    values = [_literal(field.name), _literal(field.type), _literal(field.description)]
    if field.sources:
        values.append(_literal(field.sources))
    values += [
        f"{name}={_literal(getattr(field, name))}"
        for name in ("required", "personal", "formats", "epoch")
        if getattr(field, name)
    ]
    line = f"        Field({', '.join(values)}),"
    return [line] if len(line) <= 128 else ["        Field(", *(f"            {value}," for value in values), "        ),"]


def _literal(value: object) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(_literal(item) for item in value)}{',' if len(value) == 1 else ''})"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


KINDS: tuple[str, ...] = get_args(SourceKind)
