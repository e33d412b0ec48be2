"""The head of a delimited file: its delimiter, its header rows, and what its columns are for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.binding import Binding, Column, bind, columns_of, normalised
from connectors.csv_rows import Buffer, Records
from connectors.parts import Limits
from connectors.rejects import Reject
from connectors.spec import ExportSpec
from connectors.typed import FieldSource, Plan, literal

DELIMITERS = (",", ";", "\t", "|")
# Import ids are JSON, but files of 2016 have them in single quotes.
IMPORT_ID = re.compile(r"""['"]ImportId['"]\s*:\s*['"](?P<id>[^'"]*)['"]""")
TIME_ZONE = re.compile(r"""['"]timeZone['"]\s*:\s*['"](?P<zone>[^'"]*)['"]""")

# What stands below a question that has one answer.
PLAIN_ANSWERS = ("Response", "Open-Ended Response")


@dataclass(frozen=True, slots=True)
class Header:
    """What the header rows of a file say.

    Attributes:
        columns: its columns.
        rows: how many header rows there are.
        zone: time zone of naive stamps, if the file names one.
        length: bytes of the header rows.
        lines: physical lines of the header rows.
    """

    columns: tuple[Column, ...]
    rows: int
    zone: str | None
    length: int
    lines: int


@dataclass(frozen=True, slots=True)
class _HeadRecord:
    cells: list[str]
    end: int
    lines: int


def read_header(head: bytes, spec: ExportSpec, delimiter: str, mapping: Mapping[str, str]) -> Header | None:
    """The header rows at the beginning of a file, or None if there is no whole record."""
    records = _head_records(head, delimiter, spec.header_rows)
    if not records:
        return None
    first, *others = records
    names = [cell.strip() for cell in first.cells]
    if spec.header_rows == 3 and len(others) == 2 and any(map(IMPORT_ID.search, others[1].cells)):
        identifiers = [m["id"] if m else "" for m in map(IMPORT_ID.search, others[1].cells)]
        zones = [m["zone"] for m in map(TIME_ZONE.search, others[1].cells) if m]
        columns = columns_of(names, identifiers, others[0].cells)
        return Header(columns, 3, zones[0] if zones else None, others[1].end, others[1].lines)
    if spec.header_rows == 2 and others and _are_options(spec, names, others[0].cells, mapping):
        return Header(columns_of(_joined(names, others[0].cells)), 2, None, others[0].end, others[0].lines)
    if spec.header_rows > 1 and others and _are_labels(spec, names, others[0].cells, mapping):
        return Header(columns_of(names, labels=others[0].cells), 2, None, others[0].end, others[0].lines)
    return Header(columns_of(names), 1, None, first.end, first.lines)


def _head_records(head: bytes, delimiter: str, count: int) -> list[_HeadRecord]:
    """The first records of a file, or as many of them as there are."""
    buffer = Buffer(iter((head,)))
    found: list[_HeadRecord] = []
    for record in Records(buffer, delimiter, Limits()):
        if isinstance(record, Reject):
            break
        found.append(_HeadRecord(record.cells, buffer.position, buffer.line - record.data.endswith((b"\n", b"\r"))))
        if len(found) == count:
            break
    return found


def _are_labels(spec: ExportSpec, names: Sequence[str], second: Sequence[str], mapping: Mapping[str, str]) -> bool:
    """Whether the second row describes the columns instead of being the first record.

    It does if its cells are names of declared fields, or if a column of dates has a text without any digit there.
    """
    known = {normalised(candidate) for f in spec.fields for candidate in f.candidates}
    if sum(normalised(cell) in known for cell in second) >= 2:
        return True
    binding = bind(spec, columns_of(names), mapping)
    stamps = [c.index for f in spec.fields if f.type in ("timestamp", "date") for c in binding.fields[f.name]]
    texts = [second[i] for i in stamps if i < len(second) and second[i]]
    return bool(texts) and not any(re.search(r"\d", text) for text in texts)


def _are_options(spec: ExportSpec, names: Sequence[str], second: Sequence[str], mapping: Mapping[str, str]) -> bool:
    """Whether the second row has the options of the questions above: then it has something, and no value of the key."""
    binding = bind(spec, columns_of(names), mapping)
    keys = [c.index for name in spec.key for c in binding.fields[name]]
    return bool(keys) and any(cell.strip() for cell in second) and not any(_cell_at(second, i) for i in keys)


def _cell_at(cells: Sequence[str], i: int) -> str:
    return cells[i].strip() if i < len(cells) else ""


def _joined(questions: Sequence[str], options: Sequence[str]) -> list[str]:
    """Names of columns from questions and the options below them; a blank cell continues the question before it.

    As the vendor itself writes them in one row: `question - option`.
    """
    names, question = [], ""
    for i in range(max(len(questions), len(options))):
        question = _cell_at(questions, i) or question
        option = _cell_at(options, i)
        names.append(question if not option or option in PLAIN_ANSWERS else f"{question} - {option}")
    return names


def choose_delimiter(head: bytes, spec: ExportSpec, mapping: Mapping[str, str]) -> tuple[str, Header | None, Binding | None]:
    """The delimiter under which the header carries most declared fields; the data below it has no say."""
    best: tuple[int, str, Header | None, Binding | None] = (-1, ",", None, None)
    for delimiter in DELIMITERS:
        header = read_header(head, spec, delimiter, mapping)
        if header is None:
            continue
        binding = bind(spec, header.columns, mapping)
        score = sum(bool(columns) for columns in binding.fields.values())
        if score > best[0]:
            best = (score, delimiter, header, binding)
    return best[1:]


def csv_plan(spec: ExportSpec, binding: Binding, header: Header, *, suspicious: bool) -> Plan:
    """The typing query's input for a block of cells that is registered as the relation `block`."""
    sources = {
        name: FieldSource(tuple(c.title for c in columns), tuple(_cell(c) for c in columns))
        for name, columns in binding.fields.items()
        if columns
    }
    direct = {
        name: source.expressions[0]
        for name, source in sources.items()
        if spec.by_name[name].is_kept_as_written and len(source.expressions) == 1
    }
    surrogate = None
    if spec.surrogate_key and not binding.fields[spec.key[0]]:
        cells = ", ".join(f"{literal(c.title + '=')} || {_cell(c)}" for c in header.columns)
        surrogate = f"'content:' || left(sha256(concat_ws(chr(31), {cells})), 40)"
    return Plan(
        "block",
        sources,
        extra=[(c.title, f"CAST(to_json({_cell(c)}) AS VARCHAR)") for c in binding.extra],
        zone=header.zone,
        surrogate=surrogate,
        suspicious=suspicious,
        nulled=True,
        direct=direct,
    )


def needed_cells(spec: ExportSpec, plan: Plan, header: Header) -> list[int]:
    """Columns of the file that the typing query reads; the others need not be given to it."""
    if plan.surrogate or plan.suspicious:
        return [c.index for c in header.columns]
    idle = {cell for name, cell in plan.direct.items() if not spec.by_name[name].required}
    read = (name for name in plan.sources if name not in plan.direct or spec.by_name[name].required)
    used = {cell for name in read for cell in plan.sources[name].expressions}
    return [c.index for c in header.columns if _cell(c) not in idle - used]


def _cell(column: Column) -> str:
    return f"c{column.index}"
