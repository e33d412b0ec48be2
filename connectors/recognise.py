"""Which stream each part of a delivered file holds: by its columns first, by its name second."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Literal

from connectors import avro_rows, csv_header, ics_rows, json_rows, note_rows, parquet_rows, sheet_rows, slack_archive, streams
from connectors.binding import Binding, normalised
from connectors.errors import ConnectorError
from connectors.json_typer import JsonTyper
from connectors.parts import Layout, Limits, Part, Unrecognised
from connectors.spec import ExportSpec

HEAD = 1_000_000
SAMPLED = 50
# As many as a workbook can have: each is compared with every declared name.
MOST_COLUMNS = 16_384
# Members of members that a spec's dotted path may name.
DEEPEST_PATH = 3
# First bytes of zip within zip, old Excel, PDF and ORC.
BINARY = (streams.ZIP, b"\xd0\xcf\x11\xe0", b"%PDF", b"ORC")
Found = list[Part | Unrecognised]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A stream that a part might hold.

    Attributes:
        spec: the stream.
        binding: its fields among the columns.
        unsigned: groups of its signature of which no column is there.
        named: whether the file's name fits.
    """

    spec: ExportSpec
    binding: Binding
    unsigned: tuple[tuple[str, ...], ...]
    named: bool

    @property
    def fits(self) -> bool:
        return not self.binding.missing and self.rank[0] > 0 and (self.named or not self.unsigned)

    @property
    def rank(self) -> tuple[int, float, bool]:
        bound = sum(bool(columns) for columns in self.binding.fields.values())
        return bound, bound / len(self.spec.fields), self.named


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a part was found, and what it may be.

    Attributes:
        source: its bytes.
        shown: display name below the delivered name.
        hint: name that may tell its stream.
        specs: streams that it may hold.
        maps: workspace's maps from field to header, by raw table name.
        file: delivered name.
        certain: whether something better than a file name says that it is one of `specs`.
        listed: conversations that the workspace wants read.
        bindings: of records with the same keys, found once: an archive may have hundreds of members of one kind.
    """

    source: streams.Source
    shown: str
    hint: str
    specs: tuple[ExportSpec, ...]
    maps: Mapping[str, Mapping[str, str]]
    file: str
    certain: bool = False
    listed: frozenset[str] = frozenset()
    bindings: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Binding] = field(default_factory=dict)

    def mapping(self, spec: ExportSpec) -> Mapping[str, str]:
        return self.maps.get(spec.table, {})

    def candidate(self, spec: ExportSpec, binding: Binding, names: Sequence[str]) -> _Candidate:
        seen = {normalised(name) for name in names}
        unsigned = tuple(group for group in spec.signature if not seen & {normalised(name) for name in group})
        name = PurePosixPath(self.hint.lower().replace("\\", "/")).name
        named = self.certain or any(fnmatchcase(name, pattern.lower()) for pattern in spec.files)
        return _Candidate(spec, binding, unsigned, named)

    def binding(self, spec: ExportSpec, keys: Sequence[str], paths: Collection[str]) -> Binding:
        """Which keys of JSON records, and which paths below them, carry which fields of a stream."""
        known = spec.table, tuple(keys), tuple(paths)
        if known not in self.bindings:
            self.bindings[known] = JsonTyper(spec, self.source.limits, self.mapping(spec)).binding(keys, paths)
        return self.bindings[known]

    def unknown(self, reason: str) -> Unrecognised:
        return Unrecognised(self.shown, reason)


def inspect(
    path: Path,
    name: str,
    specs: Sequence[ExportSpec],
    limits: Limits,
    columns: Mapping[str, Mapping[str, str]] | None = None,
    listed: Collection[str] = (),
) -> list[Part | Unrecognised]:
    """What a delivered file holds.

    Args:
        path: the file.
        name: its delivered name, a hint to its stream.
        specs: the streams that it may hold, usually all of one vendor.
        limits: bounds on what is unpacked.
        columns: workspace's maps from field to header, by raw table name.
        listed: conversations that the workspace wants read although they may not be open to everyone, by name or id.

    Returns:
        A part per stream found: an archive or an API page may have several. What cannot be told is named with the reason.
    """
    told_by_content = tuple(spec for spec in specs if not spec.archive)
    whole = _Place(streams.Source(path, None, limits, name), "", name, told_by_content, columns or {}, name)
    whole = replace(whole, listed=frozenset(key.strip().lower() for key in listed))
    try:
        if not path.stat().st_size:
            return [whole.unknown("the file is empty")]
        if not streams.is_archive(path):
            return _parts(whole)
        good, refused = streams.members(path, limits)
    except (ConnectorError, OSError) as error:
        return [whole.unknown(_reason(error))]
    if sheet_rows.WORKBOOK in good:
        return _member_parts(whole)
    found: Found = list(refused)
    messages = slack_archive.messages_of(specs)
    if messages:
        archive = slack_archive.contents(path, good, messages, limits, listed, name)
        found += [*archive.unread, *archive.days]
        good = archive.others
    for member in good:
        source = streams.Source(path, member, limits, f"{name}!{member}")
        found += _member_parts(replace(whole, source=source, shown=member, hint=member))
    return found or [whole.unknown("the archive is empty")]


def _member_parts(place: _Place) -> Found:
    try:
        return _parts(place)
    except (ConnectorError, OSError, NotImplementedError, RuntimeError) as error:
        return [place.unknown(_reason(error))]


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", "") or error)


def _parts(place: _Place) -> Found:
    head, cut = _head(place.source)
    if not head.strip():
        return [place.unknown(cut or "the file holds no text")]
    return _binary_parts(place, head) or _text_parts(place, head)


def _binary_parts(place: _Place, head: bytes) -> Found:
    """What a file that is no text holds; empty for text."""
    if head.startswith(parquet_rows.MARK):
        return _columnar_parts(place, "parquet")
    if head.startswith(avro_rows.MARK):
        return _columnar_parts(place, "avro")
    sheets = _sheet_parts(place) if head.startswith(streams.ZIP) else []
    if not sheets and head.startswith(BINARY):
        return [place.unknown("it is of a binary kind that is not read here: deliver CSV, JSON, or a zip of these")]
    if not sheets and head[:4000].count(b"\0") * 5 > len(head[:4000]):
        return [place.unknown("it has NUL bytes throughout: UTF-16 without a byte order mark, or binary; save it as UTF-8")]
    return sheets


def _text_parts(place: _Place, head: bytes) -> Found:
    if ics_rows.is_calendar(head):
        return _calendar_parts(replace(place, shown=ics_rows.impersonal(place.shown, head)))
    notes = tuple(spec for spec in place.specs if "markdown" in spec.formats)
    if notes and note_rows.is_note(place.hint, head):
        return [_note_part(replace(place, specs=notes))]
    is_json = head.lstrip()[:1] in (b"{", b"[")
    kinds = {"ndjson", "json"} if is_json else {"csv"}
    readable = tuple(spec for spec in place.specs if kinds & set(spec.formats))
    if not readable:
        return [place.unknown(f"no stream of this vendor is delivered as {'JSON' if is_json else 'CSV'}")]
    place = replace(place, specs=readable)
    return _json_parts(place, head) if is_json else [_csv_part(place, head)]


def _calendar_parts(place: _Place) -> Found:
    """A calendar has no columns to tell streams by; every one that is delivered so is in every file."""
    found: Found = [
        Part(place.shown, spec, "ics", place.source.member, selector=spec.stream, file=place.file)
        for spec in place.specs
        if "ics" in spec.formats
    ]
    return found or [place.unknown("no stream of this vendor is delivered as a calendar (ICS)")]


def _columnar_parts(place: _Place, layout: Literal["parquet", "avro"]) -> Found:
    """The stream of a file that names its columns itself."""
    specs = tuple(spec for spec in place.specs if layout in spec.formats)
    if not specs:
        return [place.unknown(f"no stream of this vendor is delivered as {layout.title()}")]
    if layout == "avro":
        columns = avro_rows.AvroRows(place.source, place.source.limits).columns()
    else:
        with sheet_rows.spooled(place.source) as file:
            columns = parquet_rows.ParquetRows(file, place.file, place.source.limits).columns()
    return [_keyed_part(replace(place, specs=specs), columns, columns, "", layout)]


def _sheet_parts(place: _Place) -> Found:
    """A part for each sheet that holds a stream; empty if the archive is no workbook."""
    with sheet_rows.spooled(place.source) as file:
        if not sheet_rows.is_workbook(file):
            return []
        names = sheet_rows.sheet_names(file, place.file, place.source.limits)
    specs = tuple(spec for spec in place.specs if {"xlsx", "csv"} & set(spec.formats))
    if not specs:
        return [place.unknown("no stream of this vendor is delivered as a table")]
    found: Found = []
    for name in names:
        shown = "!".join(filter(None, (place.shown, name if len(names) > 1 else "")))
        head = b"".join(sheet_rows.SheetText(place.source, name))[:HEAD]
        sheet = replace(place, shown=shown, specs=specs)
        part = _csv_part(sheet, head) if head.strip() else sheet.unknown("the sheet is empty")
        found.append(replace(part, layout="sheet", selector=name) if isinstance(part, Part) else part)
    return found


def _note_part(place: _Place) -> Part | Unrecognised:
    data = b"".join(streams.Text(place.source))
    record = note_rows.note_record(data, place.hint)
    # A note whose front matter is broken is a note all the same: reading it rejects it with the reason.
    record = {"file": place.hint, "body": ""} if isinstance(record, str) else record
    return _json_part(place, [record], "", "markdown")


def _head(source: streams.Source) -> tuple[bytes, str]:
    """The first text of a source, and why it ends early if it does."""
    small = replace(source, limits=replace(source.limits, block_bytes=min(HEAD, source.limits.block_bytes)))
    head = b""
    for block in streams.Text(small):
        head += block
        if len(head) >= HEAD:
            break
    return head, small.truncated


def _best(candidates: Sequence[_Candidate]) -> _Candidate | None:
    return max((c for c in candidates if c.fits), key=lambda c: c.rank, default=None)


def _why_not(candidates: Sequence[_Candidate], names: Sequence[str]) -> str:
    nearest = max(candidates, key=lambda c: (c.named, c.rank))
    spec = nearest.spec
    lacking = [" or ".join(spec.by_name[name].candidates[:3]) for name in nearest.binding.missing]
    lacking = lacking or [" or ".join(group) for group in nearest.unsigned] or ["any of its columns"]
    seen = ", ".join(name or "(unnamed)" for name in names[:12]) + (", …" if len(names) > 12 else "")
    return (
        f"it fits no stream of {spec.vendor}; nearest is {spec.stream}, but it lacks {' and '.join(lacking)}. "
        f"Its columns are {seen}. If one of these is meant, name it in earshot.toml: "
        f"[sources.{spec.vendor}.columns.{spec.stream}]"
    )


def _csv_part(place: _Place, head: bytes) -> Part | Unrecognised:
    line = head.lstrip().split(b"\n", 1)[0]
    columns = 1 + max(line.count(mark.encode()) for mark in csv_header.DELIMITERS)
    if columns > MOST_COLUMNS:
        return place.unknown(f"its header has {columns:,} columns; the limit is {MOST_COLUMNS:,}: leave out what nobody reads")
    candidates = []
    dialects = {}
    names: list[str] = []
    for spec in place.specs:
        delimiter, header, binding = csv_header.choose_delimiter(head, spec, place.mapping(spec))
        if header is None or binding is None:
            return place.unknown("the file has no readable header row")
        names = [name for column in header.columns for name in column.names]
        candidates.append(place.candidate(spec, binding, names))
        dialects[spec.table] = delimiter, header
    best = _best(candidates)
    if best is None:
        delimiter, header = dialects[max(candidates, key=lambda c: c.rank).spec.table]
        return place.unknown(_why_not(candidates, [column.title for column in header.columns]))
    delimiter, header = dialects[best.spec.table]
    return Part(
        place.shown,
        best.spec,
        "csv",
        place.source.member,
        delimiter,
        header.rows,
        columns=place.mapping(best.spec),
        file=place.file,
    )


def _json_parts(place: _Place, head: bytes) -> Found:
    records = _line_records(head)
    envelopes = {envelope for spec in place.specs for envelope in spec.envelopes}
    if records and not any(_has_list(record, envelope) for record in records for envelope in envelopes):
        return [_json_part(place, records, "", "ndjson")]
    if records:
        # A record may hold lists of its own, as a ticket its comments: by its columns alone it is no page.
        whole = _json_part(replace(place, hint=""), records, "", "ndjson")
        if isinstance(whole, Part):
            return [whole]
    lists = _samples(place, None)
    known = envelopes & set(lists)
    # Where a page has a list that a spec names, its other lists (errors, links) are none of ours.
    chosen = {path: samples for path, samples in lists.items() if path in known or not known}
    if not chosen:
        top = _samples(place, json_rows.TOP).get("", [])
        return [
            _json_part(place, top, json_rows.TOP, "document") if top else place.unknown("the JSON holds no list of records")
        ]
    found: Found = []
    for path, samples in chosen.items():
        wanted = tuple(spec for spec in place.specs if path in spec.envelopes)
        shown = "!".join(filter(None, (place.shown, path if len(chosen) > 1 else "")))
        # An envelope that several streams share (`results`) does not tell which of them it holds.
        certain = len(wanted) == 1
        hint = place.hint if len(wanted) > 1 else path or place.hint
        part = replace(place, shown=shown, hint=hint, specs=wanted or place.specs, certain=certain)
        found.append(_json_part(part, samples, path, "document"))
    return found


def _samples(place: _Place, selector: str | None) -> dict[str, list[dict[str, object]]]:
    """Some records of each list of a document, by the list's path."""
    rows = json_rows.DocumentRows(streams.Text(place.source), place.source.limits, selector, sample_size=SAMPLED)
    for _ in rows:
        pass
    return {path: _objects(samples) for path, samples in rows.samples.items()}


def _json_part(place: _Place, records: Sequence[dict[str, object]], selector: str, layout: Layout) -> Part | Unrecognised:
    keys = list(dict.fromkeys(chain.from_iterable(records)))
    if not keys:
        return place.unknown("none of its first records can be read as a JSON object with members")
    return _keyed_part(place, keys, _paths(records), selector, layout)


def _keyed_part(
    place: _Place, keys: Sequence[str], paths: Collection[str], selector: str, layout: Layout
) -> Part | Unrecognised:
    """The stream of records with these keys, and these dotted paths below them."""
    names = [*keys, *paths]
    candidates = [place.candidate(spec, place.binding(spec, keys, paths), names) for spec in place.specs]
    best = _best(candidates)
    if best is None:
        return place.unknown(_why_not(candidates, keys))
    if best.spec.listed and not place.listed:
        return place.unknown(
            f"these are {best.spec.vendor} messages, which do not say whether their channel is private: those of channels that "
            f'earshot.toml lists are read: [sources.{best.spec.vendor}] channels = ["id of a channel"]'
        )
    return Part(
        place.shown,
        best.spec,
        layout,
        place.source.member,
        selector=selector,
        columns=place.mapping(best.spec),
        listed=place.listed if best.spec.listed else None,
        file=place.file,
    )


def _paths(records: Sequence[dict[str, object]]) -> dict[str, None]:
    """Dotted paths of members of members: streams of one vendor may differ by these alone."""
    found: dict[str, None] = {}
    level = [(f"{key}.", value) for record in records for key, value in record.items() if isinstance(value, dict)]
    for _ in range(DEEPEST_PATH):
        found |= {prefix + name: None for prefix, value in level for name in value}
        level = [
            (f"{prefix}{name}.", inner) for prefix, value in level for name, inner in value.items() if isinstance(inner, dict)
        ]
    return found


def _objects(texts: Sequence[bytes]) -> list[dict[str, object]]:
    return [record for text in texts if isinstance(record := _parsed(text), dict)]


def _line_records(head: bytes) -> list[dict[str, object]]:
    """Objects on the first lines, if the text looks like one object a line."""
    lines = [line for line in head.split(b"\n", SAMPLED + 1)[: SAMPLED + 1] if line.strip()]
    if not lines or lines[0].lstrip()[:1] != b"{":
        return []
    # The first line of a pretty-printed document is no object by itself, and few of its lines begin with a bracket.
    beginning = sum(line.startswith(b"{") for line in lines)
    return _objects(lines) if isinstance(_parsed(lines[0]), dict) or beginning * 2 > len(lines) else []


def _parsed(text: bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _has_list(record: Mapping[str, object], path: str) -> bool:
    value: object = record
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return isinstance(value, list)
