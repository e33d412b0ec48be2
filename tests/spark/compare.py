"""Compares judgements and every public mart of two engines row by row: DuckDB's and those that Spark made."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from orchestration.assets.published import OWN_RECORDS

# Sums of floats depend on the order of adding; nothing else may differ.
RELATIVE_TOLERANCE = 1e-9
ABSOLUTE_TOLERANCE = 1e-12
INTERNAL_SCHEMAS = ("information_schema", "pg_catalog", "main")

Row = tuple[Any, ...]


@dataclass(slots=True)
class Parity:
    """How the two sides of one mart agree."""

    mart: str
    duckdb_rows: int = 0
    spark_rows: int = 0
    equal: int = 0
    # Column → pairs of rows that differ in it, and one example.
    columns: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    # What is wrong with the table as a whole: not there, other columns.
    fault: str = ""

    @property
    def holds(self) -> bool:
        """Whether both sides have the same rows."""
        return not self.fault and self.duckdb_rows == self.spark_rows == self.equal

    def line(self) -> str:
        """One line for people."""
        differing = ", ".join(f"{name} ({count})" for name, count in self.columns.most_common())
        told = self.fault or (f"differ: {differing}" if differing else "rows missing" if not self.holds else "")
        mark = "equal" if self.holds else "DIFFERS"
        return f"{mark:8}{self.mart:45}{self.duckdb_rows:8,}{self.spark_rows:8,}{self.equal:8,}  {told}".rstrip()


def compare_marts(published: Path, warehouse: Path) -> list[Parity]:
    """Compare each table of the published database with Spark's of the same name, and name what only Spark has."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH '{_escaped(published)}' AS published (READ_ONLY)")
        names = connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'published' "
            "AND schema_name NOT IN (SELECT unnest(?)) ORDER BY ALL",
            [INTERNAL_SCHEMAS],
        ).fetchall()
        if not names:
            raise LookupError(f"{published} has no public mart: run `earshot run` first")
        compared = [_compare_mart(connection, schema, table, warehouse) for schema, table in names]
    return compared + [Parity(name, fault="only on Spark") for name in _only_on_spark(names, warehouse)]


def _only_on_spark(names: Sequence[tuple[str, str]], warehouse: Path) -> list[str]:
    schemas = {schema for schema, _ in names}
    there = {(path.parent.name.removesuffix(".db"), path.name) for path in warehouse.glob("*.db/*") if path.is_dir()}
    return sorted(f"{schema}.{table}" for schema, table in there - set(names) if schema in schemas)


def _compare_mart(connection: duckdb.DuckDBPyConnection, schema: str, table: str, warehouse: Path) -> Parity:
    parity = Parity(f"{schema}.{table}")
    ours = connection.sql(f'SELECT * FROM published."{schema}"."{table}" {_without_own_records(schema, table)}')
    return _compare_with_folder(connection, parity, ours, warehouse / f"{schema}.db" / table)


def compare_judgements(by_duckdb: Path, by_spark: Path) -> list[Parity]:
    """Compare each table of judgements: a file that a run on DuckDB wrote, a folder of the same name that Spark wrote."""
    files = sorted(by_duckdb.glob("*.parquet"))
    if not files:
        raise LookupError(f"{by_duckdb} has no judgements: leave out --compare-only")
    with duckdb.connect() as connection:
        return [
            _compare_with_folder(
                connection, Parity(f"enriched.{file.stem}"), connection.read_parquet(str(file)), by_spark / file.name
            )
            for file in files
        ]


def _compare_with_folder(
    connection: duckdb.DuckDBPyConnection, parity: Parity, ours: duckdb.DuckDBPyRelation, folder: Path
) -> Parity:
    parity.duckdb_rows = len(ours)
    if not any(folder.glob("*.parquet")):
        parity.fault = "not built on Spark"
        return parity
    theirs = connection.sql(f"SELECT * FROM read_parquet('{_escaped(folder)}/*.parquet')")
    parity.spark_rows = len(theirs)
    if _shape(ours) != _shape(theirs):
        unlike = sorted(set(_shape(ours)) ^ set(_shape(theirs)))
        parity.fault = "columns differ: " + (", ".join(f"{name} {kind}" for name, kind in unlike) or "their order")
        return parity
    compare_rows(parity, ours.columns, ours.fetchall(), theirs.fetchall())
    return parity


def _without_own_records(schema: str, table: str) -> str:
    """What the publisher, not a model, adds: lines of the very run, which is not over while models are built."""
    if schema != "trust" or "run_id" not in OWN_RECORDS.get(table, ""):
        return ""
    return "WHERE run_id <> (SELECT max_by(run_id, started_at) FROM published.trust.run)"


def _shape(relation: duckdb.DuckDBPyRelation) -> list[tuple[str, str]]:
    return [(name, str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True)]


def compare_rows(parity: Parity, columns: Sequence[str], ours: Sequence[Row], theirs: Sequence[Row]) -> None:
    """Pair the rows by their key, count those that are equal, and say which columns differ in the others."""
    parity.duckdb_rows, parity.spark_rows = len(ours), len(theirs)
    width = key_width(ours)
    for left, right in _paired(ours, theirs, width):
        unlike = [place for place in range(len(columns)) if not same(left[place], right[place])]
        parity.equal += not unlike
        for place in unlike:
            parity.columns[columns[place]] += 1
            key = ", ".join(str(value) for value in left[:width])
            parity.examples.setdefault(columns[place], f"({key}) {left[place]!r} | {right[place]!r}")
    for place, rows in ((0, ours), (1, theirs)):
        missing = _unpaired(rows, (theirs, ours)[place], width)
        if missing:
            side = ("DuckDB", "Spark")[place]
            parity.columns[f"only in {side}"] += len(missing)
            parity.examples[f"only in {side}"] = repr(missing[0])


def key_width(rows: Sequence[Row]) -> int:
    """The fewest leading columns that tell the rows apart; all of them where none do."""
    width = len(rows[0]) if rows else 0
    return next((size for size in range(1, width) if len({_order(row[:size]) for row in rows}) == len(rows)), width)


def _paired(ours: Iterable[Row], theirs: Iterable[Row], width: int) -> list[tuple[Row, Row]]:
    """Rows of one key stand in order of their other values, so that repeated rows pair one by one."""
    left, right = _by_key(ours, width), _by_key(theirs, width)
    return [pair for key in left.keys() & right.keys() for pair in zip(left[key], right[key], strict=False)]


def _unpaired(rows: Iterable[Row], others: Iterable[Row], width: int) -> list[Row]:
    beside = {key: len(found) for key, found in _by_key(others, width).items()}
    return [row for key, found in _by_key(rows, width).items() for row in found[beside.get(key, 0) :]]


def _by_key(rows: Iterable[Row], width: int) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=_order):
        groups.setdefault(_order(row[:width]), []).append(row)
    return groups


def _order(row: Row) -> str:
    """A text that is equal for equal values; floats are told to nine digits, so that a key may hold one."""
    return repr([f"{value:.9g}" if isinstance(value, float) else value for value in row])


def same(left: Any, right: Any) -> bool:
    """Whether two values are one: null only equals null, lists and structs go by their elements, floats by the tolerance."""
    if isinstance(left, float) and isinstance(right, float):
        both_unknown = math.isnan(left) and math.isnan(right)
        return both_unknown or math.isclose(left, right, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[name]) for name, value in left.items())
    return type(left) is type(right) and bool(left == right)


def _escaped(path: Path) -> str:
    return str(path.resolve()).replace("'", "''")
