"""Which columns of a file carry which declared fields, decided from names alone."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache

from connectors.errors import ConfigurationError
from connectors.parts import Drift
from connectors.spec import ExportSpec, Field


@lru_cache(maxsize=65_536)
def normalised(name: str) -> str:
    """A name without case, punctuation and underscores, so that `NumberOfEmployees` is `number_of_employees`."""
    return re.sub(r"[\W_]+", "", name.casefold())


@lru_cache(maxsize=4096)
def _glob(pattern: str) -> str:
    return re.sub(r"[^\w*?]+|_+", "", pattern.casefold())


def is_ignored(spec: ExportSpec, name: str) -> bool:
    """Whether the spec leaves this known column in the landing area."""
    bare = normalised(name)
    return any(fnmatchcase(bare, _glob(pattern)) for pattern in spec.ignored)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: its position, its name, and what else its header says about it.

    Attributes:
        index: position, from 0.
        name: header, as written; a repeated one is told apart by `occurrence`.
        occurrence: 1 for the first column of that name.
        identifier: import id of a third header row.
        label: question text of a second header row.
    """

    index: int
    name: str
    occurrence: int = 1
    identifier: str = ""
    label: str = ""

    @property
    def title(self) -> str:
        """Name that tells it apart from every other column of the file."""
        name = self.name or f"column {self.index + 1}"
        return name if self.occurrence == 1 else f"{name}#{self.occurrence}"

    @property
    def names(self) -> tuple[str, ...]:
        """Names that a field may be found by, best first; a label is one only in files without import ids."""
        plain = self.name if self.occurrence == 1 else ""
        return tuple(name for name in (self.identifier, self.title, plain, "" if self.identifier else self.label) if name)


@dataclass(frozen=True, slots=True)
class Binding:
    """Result of a comparison between a spec and the columns of one file.

    Attributes:
        fields: field name → the columns that carry it, best first; a row's first non-empty one counts.
        extra: columns that go to `_extra`.
        missing: required fields that no column carries.
        drift: what differs and is worth telling.
    """

    fields: Mapping[str, tuple[Column, ...]]
    extra: tuple[Column, ...]
    missing: tuple[str, ...]
    drift: tuple[Drift, ...] = field(default=())


def _at(texts: Sequence[str], i: int) -> str:
    return texts[i] if i < len(texts) else ""


def columns_of(names: Sequence[str], identifiers: Sequence[str] = (), labels: Sequence[str] = ()) -> tuple[Column, ...]:
    """Columns of a header, with repeated names counted."""
    seen: dict[str, int] = {}
    columns = []
    for i, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        columns.append(Column(i, name, seen[name], _at(identifiers, i), _at(labels, i)))
    return tuple(columns)


def bind(spec: ExportSpec, columns: Sequence[Column], mapping: Mapping[str, str] | None = None) -> Binding:
    """Find the columns of every declared field.

    The order is: the workspace's own map, exact names, names without case and punctuation, names that have a
    companion column, and last the field's pattern over headers and labels. A column that one field found in an
    earlier step is not offered to another field in a later one.

    Raises:
        ConfigurationError: the map names a field that does not exist.
    """
    found = {f.name: list[Column]() for f in spec.fields}
    found |= _mapped(spec, columns, mapping or {})
    unbound = [f for f in spec.fields if not found[f.name]]
    for key in (str, normalised):
        index = _index(columns, key, taken={c.index for cs in found.values() for c in cs})
        for f in unbound:
            for candidate in dict.fromkeys(map(key, f.candidates)):
                found[f.name] += [c for c in index.get(candidate, ()) if c not in found[f.name]]
    drift: list[Drift] = []
    for f in unbound:
        if not found[f.name]:
            taken = {c.index for cs in found.values() for c in cs}
            found[f.name], notes = _guessed(f, columns, taken)
            drift += notes
    return _result(spec, columns, {name: tuple(cs) for name, cs in found.items()}, drift)


def _index(columns: Sequence[Column], key: Callable[[str], str], taken: Set[int]) -> dict[str, list[Column]]:
    """Columns that are not taken, by each of their names."""
    index: dict[str, list[Column]] = {}
    for column in columns:
        if column.index not in taken:
            for name in dict.fromkeys(map(key, column.names)):
                if name:
                    index.setdefault(name, []).append(column)
    # An import id outranks a name.
    return {name: sorted(found, key=lambda c: key(c.identifier) != name) for name, found in index.items()}


def _guessed(f: Field, columns: Sequence[Column], taken: Set[int]) -> tuple[list[Column], list[Drift]]:
    """The first column with a companion, or else whose header fits the pattern; and a note if others would do as well."""
    matches = [c for c in _by_companion(f, columns) or _by_pattern(f, columns) if c.index not in taken]
    if len(matches) < 2:
        return matches, []
    others = ", ".join(c.title for c in matches[1:6])
    return matches[:1], [Drift("ambiguous_column", matches[0].title, f"read as {f.name}; {others} would fit as well")]


def _mapped(spec: ExportSpec, columns: Sequence[Column], mapping: Mapping[str, str]) -> dict[str, list[Column]]:
    result = {}
    for name, header in mapping.items():
        if name not in spec.by_name:
            known = ", ".join(spec.by_name)
            raise ConfigurationError(f"the column map of {spec.table} names the field {name!r}; use one of: {known}")
        # A header that this file lacks is no error: older files may still have the usual one.
        result[name] = [c for c in columns if header in c.names][:1]
    return result


def _by_companion(f: Field, columns: Sequence[Column]) -> list[Column]:
    names = {c.name for c in columns}
    return [c for c in columns if any(c.name + suffix in names for suffix in f.companions)]


def _by_pattern(f: Field, columns: Sequence[Column]) -> list[Column]:
    if f.pattern is None:
        return []
    pattern = re.compile(f.pattern)
    return [c for c in columns if pattern.search(_words(c.label)) or pattern.search(_words(c.name))]


def _words(label: str) -> str:
    """A question's text without markup and line ends."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", label)).split())


def _result(spec: ExportSpec, columns: Sequence[Column], found: dict[str, tuple[Column, ...]], drift: list[Drift]) -> Binding:
    bound = {c.index for cs in found.values() for c in cs}
    withheld = {normalised(c.name) for f in spec.fields if f.personal == "withheld" for c in found[f.name]}
    # A second column of a withheld field's name is as personal as the first.
    withheld.discard("")
    extra = [
        c
        for c in columns
        if c.index not in bound
        and normalised(c.name) not in withheld
        and not any(is_ignored(spec, name) for name in (c.title, *c.names))
    ]
    for c in columns:
        if c.occurrence > 1 and c.name and c.index not in bound:
            fate = f"kept as {c.title}" if c in extra else "left in the landing area"
            drift.append(Drift("repeated_header", c.name, f"occurrence {c.occurrence} of this header is {fate}"))
    drift += [Drift("unknown_column", c.title, "not declared; kept in _extra") for c in extra if c.name and c.occurrence == 1]
    missing = tuple(
        f.name for f in spec.fields if f.required and not found[f.name] and not (spec.surrogate_key and f.name in spec.key)
    )
    drift += missing_columns(spec, (name for name, cs in found.items() if cs))
    return Binding(found, tuple(extra), missing, tuple(drift))


def missing_columns(spec: ExportSpec, present: Iterable[str]) -> list[Drift]:
    """Drift for the fields that decide identity, order and text; an absent optional field is no news."""
    seen = set(present)
    weighty = dict.fromkeys([*spec.key, *filter(None, (spec.cursor, spec.event_time)), *spec.text])
    notes: dict[str | None, str] = {spec.cursor: "the later delivery wins"}
    if spec.surrogate_key:
        notes[spec.key[0]] = "rows are identified by their content"
    return [
        Drift("missing_column", name, f"no column carries it; {notes.get(name, 'it stays empty')}")
        for name in weighty
        if name not in seen
    ]
