"""Typing queries for JSON records: DuckDB parses the texts column-wise, no Python object is made of them."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb
import pyarrow as pa

from connectors.binding import Binding, bind, columns_of, is_ignored, missing_columns
from connectors.json_rows import JsonRecords
from connectors.parts import Drift, Limits
from connectors.spec import ExportSpec
from connectors.typed import FieldSource, Plan, literal, quoted, typing_query

# A block with more different undeclared keys than this keeps them without a column for each.
MOST_EXTRA_KEYS = 400
# After so many blocks in a row that differ from the one before, the strict parse is not tried again.
PATIENCE = 3
# A message that DuckDB cut within a character comes out as a failure to decode it.
FAILED = (duckdb.Error, UnicodeDecodeError)


@dataclass(slots=True)
class JsonTyper:
    """Types JSON records block by block.

    Most exports write the same keys in every record. So the keys of the last block are tried first, with a strict
    parse that fails on a record that is broken or has other keys; only then are the keys of the block collected and
    broken records told apart. Both ways yield the same.

    Attributes:
        spec: the stream.
        limits: bounds on what is accepted.
        mapping: workspace's map from field to key.
        keys: every top-level key seen so far.
        bound: every field that some key carried so far.
        failures: blocks in a row on which the strict parse failed.
    """

    spec: ExportSpec
    limits: Limits
    mapping: Mapping[str, str]
    keys: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    failures: int = 0
    _last: tuple[str, ...] = ()

    def run(self, con: duckdb.DuckDBPyConnection, records: JsonRecords) -> pa.Table:
        """Typed columns and reasons of one block, see `typing_query`."""
        con.register("block", pa.table({"text": records.texts, "_line": pa.array(records.lines, pa.int64())}))
        try:
            keys = self._last
            if keys and self.failures < PATIENCE and not irregular(keys):
                try:
                    made = self._typed(con, keys, records, strict=True)
                except FAILED:
                    self.failures += 1
                else:
                    self.failures = 0
                    return made
            # Other threads set it as well: this block needs its own.
            self._last = keys = _keys_of_block(con)
            return self._typed(con, keys, records, strict=False)
        finally:
            con.unregister("block")

    def binding(self, keys: Sequence[str], seen: Container[str] | None = None) -> Binding:
        """Which keys, and which paths below them, carry which fields.

        Args:
            keys: top-level keys of the records.
            seen: the paths that there are, where they are known; else any below one of the keys may be there.
        """
        wanted = [c for f in self.spec.fields for c in f.candidates] + list(self.mapping.values())
        below = {path for path in wanted if "." in path and path not in keys and path.split(".", 1)[0] in keys}
        if seen is not None:
            below = {path for path in below if path in seen}
        # SQL has no name for a key with a NUL character, so it carries no field, whatever it looks like.
        nameless = [key for key in keys if "\0" in key]
        plain = [key for key in keys if "\0" not in key]
        found = bind(self.spec, columns_of([*plain, *sorted(below)]), self.mapping)
        return replace(found, extra=(*found.extra, *columns_of(nameless))) if nameless else found

    def drift(self) -> list[Drift]:
        """Differences between the records seen so far and the spec."""
        keys = sorted(self.keys)
        carried = {c.name.split(".", 1)[0] for columns in self.binding(keys).fields.values() for c in columns}
        unknown = [key for key in keys if key not in carried and not is_ignored(self.spec, key)]
        drift = [Drift("unknown_column", key, "not declared; kept in _extra") for key in unknown]
        return drift + (missing_columns(self.spec, self.bound) if keys else [])

    def _typed(self, con: duckdb.DuckDBPyConnection, keys: Sequence[str], records: JsonRecords, *, strict: bool) -> pa.Table:
        binding = self.binding(keys)
        self.keys.update(keys)
        self.bound.update(name for name, columns in binding.fields.items() if columns)
        shape = _Shape(self.spec, keys, binding)
        plan = shape.plan(strict=strict, suspicious=records.suspicious)
        # Not as a relation, which is planned twice: once to know its columns, once to run.
        return con.execute(typing_query(self.spec, plan, self.limits)).to_arrow_table()


def irregular(keys: Sequence[str]) -> set[str]:
    """Keys that cannot be members of an SQL struct, whose names are not empty and differ by more than their case."""
    seen: set[str] = set()
    odd: set[str] = set()
    for key in keys:
        if not key or "\0" in key or key.lower() in seen:
            odd.add(key)
        seen.add(key.lower())
    return odd


def _keys_of_block(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    find = "SELECT DISTINCT unnest(json_keys({})) FROM block"
    try:
        rows = con.execute(find.format("text")).fetchall()
    except FAILED:
        rows = con.execute(find.format("CASE WHEN json_valid(text) THEN text END")).fetchall()
    return tuple(sorted(row[0] for row in rows))


class _Shape:
    """How the keys of a block become the inputs of the typing query."""

    def __init__(self, spec: ExportSpec, keys: Sequence[str], binding: Binding) -> None:
        self._spec = spec
        self._keys = set(keys)
        self._binding = binding
        self._odd = irregular(keys)
        self._parents = self._parents_of_paths()
        unknown = [c.name for c in binding.extra if c.name not in self._parents]
        # Then undeclared members are taken from a map instead of a column for each.
        self._as_entries = len(unknown) > MOST_EXTRA_KEYS or bool(self._odd & set(unknown))
        self._unknown = unknown
        self._members = self._members_of_struct()

    def plan(self, *, strict: bool, suspicious: bool) -> Plan:
        """The typing query's input.

        Args:
            strict: fail on records that have other keys or are broken.
            suspicious: whether values may be too large or hold NUL characters.
        """
        structure = literal(json.dumps(self._members))
        parsed, block = f"TRY(from_json(text, {structure}))", "block"
        if strict:
            # The strict parse fails on a missing or repeated key, but passes over others: so the keys are counted, in a
            # filter, since a CASE around the parse would copy every column of it.
            counted = f"CASE WHEN len(json_keys(text)) = {len(self._keys)} THEN true ELSE error('other keys') END"
            parsed, block = f"from_json_strict(text, {structure})", f"block WHERE {counted}"
        members = "".join(f", s.{quoted(key)} AS {_column(key)}" for key in self._members)
        relation = f"(SELECT text, s IS NULL AS _broken{members} FROM (SELECT text, {parsed} AS s FROM {block}))"
        keyed = bool(self._binding.fields[self._spec.key[0]])
        return Plan(
            relation,
            self._sources(),
            extra=[*([] if self._as_entries else ((key, _column(key)) for key in self._unknown)), *self._remainders()],
            extra_entries=self._entries() if self._as_entries else None,
            reasons=() if strict else [("_broken", literal("the record is not valid JSON"))],
            surrogate="'content:' || left(sha256(text), 40)" if self._spec.surrogate_key and not keyed else None,
            suspicious=suspicious,
        )

    def _parents_of_paths(self) -> dict[str, list[str]]:
        """Keys of objects of which some members carry fields, with the paths of these members."""
        parents: dict[str, list[str]] = {}
        for columns in self._binding.fields.values():
            for column in columns:
                if column.name not in self._keys:
                    top, rest = column.name.split(".", 1)
                    parents.setdefault(top, []).append(rest)
        return parents

    def _members_of_struct(self) -> dict[str, str]:
        whole = set(self._unknown) | set(self._parents)
        for name, columns in self._binding.fields.items():
            if self._spec.by_name[name].type == "json":
                whole |= {c.name for c in columns}
        left_out = self._odd | (set(self._unknown) if self._as_entries else set())
        members = {key: "JSON" if key in whole else "VARCHAR" for key in sorted(self._keys - left_out)}
        # A struct needs a member, and a record may have none.
        return members or {"_": "JSON"}

    def _sources(self) -> dict[str, FieldSource]:
        return {
            name: FieldSource(
                tuple(c.name for c in columns),
                tuple(self._text(c.name, is_json=self._spec.by_name[name].type == "json") for c in columns),
                is_json=all(self._members.get(c.name) == "JSON" for c in columns),
            )
            for name, columns in self._binding.fields.items()
            if columns
        }

    def _text(self, name: str, *, is_json: bool) -> str:
        kind = self._members.get(name)
        if kind == "VARCHAR":
            return _column(name)
        if kind == "JSON":
            return f"CAST({_column(name)} AS VARCHAR)" if is_json else f"json_extract_string({_column(name)}, '$')"
        if name in self._keys:
            # By the same function as the regular keys, since others write numbers another way.
            alone = literal(json.dumps({name: "JSON" if is_json else "VARCHAR"}))
            return f"CAST(TRY(from_json(text, {alone})).{quoted(name)} AS VARCHAR)"
        top, *rest = name.split(".")
        return f"json_extract_string({_column(top)}, {literal(_path(*rest))})"

    def _remainders(self) -> list[tuple[str, str]]:
        """What is left of the objects of which some members carry fields."""
        left = []
        for top, used in self._parents.items():
            if is_ignored(self._spec, top) or top not in self._members:
                continue
            rest = f"json_merge_patch({_column(top)}, {literal(json.dumps(_without(used)))})"
            left.append(
                (top, f"CASE WHEN json_type({_column(top)}) = 'OBJECT' THEN nullif(CAST({rest} AS VARCHAR), '{{}}') END")
            )
        return left

    def _entries(self) -> str:
        """Undeclared members as `"key":value` texts, without a column for each."""
        declared = ", ".join(map(literal, sorted(self._keys - set(self._unknown)))) or "NULL"
        members = """map_entries(TRY(from_json(text, '"MAP(VARCHAR, JSON)"')))"""
        kept = f"list_filter({members}, lambda e: e.value IS NOT NULL AND coalesce(e.key NOT IN ({declared}), true))"
        return (
            f"list_transform(list_sort({kept}), lambda e: CAST(to_json(e.key) AS VARCHAR) || ':' || CAST(e.value AS VARCHAR))"
        )


def _without(paths: Sequence[str]) -> dict[str, Any]:
    """A merge patch that removes the members at these paths."""
    patch: dict[str, Any] = {}
    for path in paths:
        level = patch
        *above, last = path.split(".")
        for step in above:
            level = level.setdefault(step, {})
        level[last] = None
    return patch


def _column(key: str) -> str:
    return quoted("k." + key)


def _path(*steps: str) -> str:
    return "$" + "".join(f'."{step}"' for step in steps)
