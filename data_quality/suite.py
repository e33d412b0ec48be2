"""What a suite says: frozen rules, each one a query for the rows that break it, with severity and the reason it exists.

The vocabulary is small on purpose. A rule is plain DuckDB SQL once it is rendered, so an analyst can paste it into a
prompt and see every offending row; the gate hands the same text to Great Expectations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from textwrap import dedent
from typing import Literal, Protocol

Severity = Literal["blocking", "warning"]
Literals = str | int | float | datetime

# Wide enough to catch any address that a mail system would accept, and not `@handle` or `npm i @scope/name`.
EMAIL_PATTERN = r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,}"

# Column types by what a reader does with them: a contract promises the family, the model may choose the width.
FAMILIES: Mapping[str, str] = {
    "text": "VARCHAR",
    "number": r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|REAL|DECIMAL\(.*\))",
    "boolean": "BOOLEAN",
    "instant": "TIMESTAMP WITH TIME ZONE",
    "day": "(DATE|TIMESTAMP WITH TIME ZONE)",
    "any": ".*",
}
# `duckdb_columns()` writes some types longer than DDL does.
_LONG_NAMES = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE", "TEXT": "VARCHAR", "INT": "INTEGER"}


def quoted(name: str) -> str:
    """A possibly schema-qualified name as SQL identifiers."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def literal(value: Literals) -> str:
    """A value as a SQL literal."""
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ '{value.isoformat()}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)


@dataclass(frozen=True, slots=True)
class Table:
    """The judged table as a rule sees it.

    Attributes:
        name: schema-qualified name.
        key: columns that name a row to a person; they lead every example.
        columns: type of each column in the file, as the database spells it; empty where the table is not there.
    """

    name: str
    key: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        """The table's name as SQL."""
        return quoted(self.name)

    def show(self, *more: str) -> str:
        """A select list: the key, then other columns, none twice."""
        return ", ".join(quoted(column) for column in dict.fromkeys((*self.key, *more))) or "*"


class Rule(Protocol):
    """Something that rows, or a whole table, can break."""

    def violations(self, table: Table) -> str:
        """SQL whose rows are the violations, keys first."""

    def expected(self) -> str:
        """The rule in words, for people."""


@dataclass(frozen=True, slots=True)
class NotNull:
    """Every row has a value in each of these columns."""

    columns: tuple[str, ...]

    def violations(self, table: Table) -> str:
        """Rows that lack a value."""
        missing = " OR ".join(f"{quoted(column)} IS NULL" for column in self.columns)
        return f"SELECT {table.show(*self.columns)} FROM {table.sql} WHERE {missing}"

    def expected(self) -> str:
        """The rule in words."""
        return f"a value in {', '.join(self.columns)}"


@dataclass(frozen=True, slots=True)
class Unique:
    """No two rows share these columns; two missing values count as the same."""

    columns: tuple[str, ...]

    def violations(self, table: Table) -> str:
        """Repeated combinations and how often they occur."""
        shown = ", ".join(quoted(column) for column in self.columns)
        return f"SELECT {shown}, count(*) AS repeated FROM {table.sql} GROUP BY {shown} HAVING count(*) > 1"

    def expected(self) -> str:
        """The rule in words."""
        return f"one row per {', '.join(self.columns)}"


@dataclass(frozen=True, slots=True)
class Between:
    """Values lie within bounds, ends included; a missing value breaks nothing, a number that is not finite does."""

    column: str
    low: int | float | datetime | None = None
    high: int | float | datetime | None = None

    def __post_init__(self) -> None:
        if self.low is None and self.high is None:
            raise ValueError(f"{self.column}: a bound is needed")

    def violations(self, table: Table) -> str:
        """Rows outside the bounds."""
        column = quoted(self.column)
        broken = [f"{column} < {literal(self.low)}"] if self.low is not None else []
        broken += [f"{column} > {literal(self.high)}"] if self.high is not None else []
        if not isinstance(self.low if self.low is not None else self.high, datetime):
            broken.append(f"NOT isfinite({column}::DOUBLE)")
        return f"SELECT {table.show(self.column)} FROM {table.sql} WHERE {' OR '.join(broken)}"

    def expected(self) -> str:
        """The rule in words."""
        if self.low is None:
            return f"{self.column} at most {self.high}"
        return f"{self.column} at least {self.low}" if self.high is None else f"{self.column} from {self.low} to {self.high}"


@dataclass(frozen=True, slots=True)
class Accepted:
    """Values come from a closed list; a missing value breaks nothing."""

    column: str
    values: tuple[str | int | float, ...]

    def violations(self, table: Table) -> str:
        """Rows with another value."""
        values = ", ".join(literal(value) for value in self.values)
        return f"SELECT {table.show(self.column)} FROM {table.sql} WHERE {quoted(self.column)} NOT IN ({values})"

    def expected(self) -> str:
        """The rule in words."""
        return f"{self.column} is one of {', '.join(str(value) for value in self.values)}"


@dataclass(frozen=True, slots=True)
class Columns:
    """The table has these columns in these types, and may have others.

    Attributes:
        types: type by column; a key of `FAMILIES`, or a type as DDL spells it.
    """

    types: Mapping[str, str]

    def violations(self, table: Table) -> str:
        """Columns that are missing or of another type."""
        schema, _, name = table.name.rpartition(".")
        declared = ", ".join(f"({literal(c)}, {literal(kind)}, {literal(_pattern(kind))})" for c, kind in self.types.items())
        return (
            "SELECT declared.column_name, declared.kind AS expected_type, coalesce(data_type, 'missing') AS found_type "
            f"FROM (VALUES {declared}) AS declared(column_name, kind, pattern) LEFT JOIN (SELECT column_name, data_type "
            f"FROM duckdb_columns() WHERE database_name = current_database() AND schema_name = {literal(schema)} "
            f"AND table_name = {literal(name)}) AS found ON declared.column_name = found.column_name "
            "WHERE data_type IS NULL OR NOT regexp_full_match(data_type, pattern)"
        )

    def expected(self) -> str:
        """The rule in words."""
        return f"the {len(self.types)} declared columns in their types"


@dataclass(frozen=True, slots=True)
class NoMatch:
    """No text of the table matches a pattern; the text itself is never shown.

    Attributes:
        pattern: RE2 pattern.
        marker: a string that every match contains; rows without it are skipped at no cost.
        words: what the pattern finds, for people.
        without: columns left out.
    """

    pattern: str
    marker: str
    words: str
    without: tuple[str, ...] = ()

    def violations(self, table: Table) -> str:
        """Key and column of every match."""
        texts = [
            column
            for column, kind in table.columns.items()
            if ("VARCHAR" in kind or "JSON" in kind) and column not in self.without
        ]
        # An address in a key column would give itself away in the examples.
        key = ", ".join(
            f"regexp_replace({quoted(c)}::VARCHAR, {literal(self.pattern)}, '…', 'g') AS {quoted(c)}" for c in table.key
        )
        queries = [
            f"SELECT {key + ', ' if key else ''}{literal(column)} AS found_in FROM {table.sql} "
            f"WHERE contains({quoted(column)}::VARCHAR, {literal(self.marker)}) "
            f"AND regexp_matches({quoted(column)}::VARCHAR, {literal(self.pattern)})"
            for column in texts
        ]
        return " UNION ALL ".join(queries) or f"SELECT 1 FROM {table.sql} WHERE false"

    def expected(self) -> str:
        """The rule in words."""
        return f"no {self.words} in any text column"


@dataclass(frozen=True, slots=True)
class Never:
    """No row satisfies a condition.

    Attributes:
        condition: SQL over the table's columns that holds for a broken row; unknown counts as not broken.
        words: what holds where no row is broken.
        show: columns that examples show besides the key; free text has no place there.
    """

    condition: str
    words: str
    show: tuple[str, ...] = ()

    def violations(self, table: Table) -> str:
        """Rows that satisfy the condition."""
        return f"SELECT {table.show(*self.show)} FROM {table.sql} WHERE {self.condition}"

    def expected(self) -> str:
        """The rule in words."""
        return self.words


@dataclass(frozen=True, slots=True)
class Refers:
    """Every value of a column is found in another table; a missing value refers to nothing."""

    column: str
    table: str
    to: str

    def violations(self, table: Table) -> str:
        """Rows that refer to what is not there."""
        other = f"SELECT 1 FROM {quoted(self.table)} AS other WHERE other.{quoted(self.to)} = this.{quoted(self.column)}"
        return (
            f"SELECT {table.show(self.column)} FROM {table.sql} AS this "
            f"WHERE this.{quoted(self.column)} IS NOT NULL AND NOT EXISTS ({other})"
        )

    def expected(self) -> str:
        """The rule in words."""
        return f"{self.column} is found in {self.table}.{self.to}"


@dataclass(frozen=True, slots=True)
class NoRows:
    """A query of one's own that must return nothing.

    Attributes:
        sql: the query, key columns first.
        words: what holds where it returns nothing.
    """

    sql: str
    words: str

    def violations(self, table: Table) -> str:
        """The query as written."""
        return dedent(self.sql).strip()

    def expected(self) -> str:
        """The rule in words."""
        return self.words


@dataclass(frozen=True, slots=True)
class Fresh:
    """The newest value of a timestamp is not older than a moment; where there is none yet, nothing is late.

    Attributes:
        column: the timestamp.
        since: the moment.
        source: where to look, as SQL after FROM; the judged table where empty.
    """

    column: str
    since: datetime
    source: str = ""

    def violations(self, table: Table) -> str:
        """The newest value, where it is too old."""
        newest = f"SELECT max({quoted(self.column)}) AS newest FROM {self.source or table.sql}"
        return f"SELECT newest, {literal(self.since)} AS expected_since FROM ({newest}) WHERE newest < {literal(self.since)}"

    def expected(self) -> str:
        """The rule in words."""
        return f"newest {self.column} not before {self.since:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class RowCount:
    """The table has so many rows."""

    at_least: int = 0
    at_most: int | None = None

    def violations(self, table: Table) -> str:
        """The count, where it is out of bounds."""
        high = "" if self.at_most is None else f" OR rows_found > {self.at_most}"
        return (
            f"SELECT rows_found FROM (SELECT count(*) AS rows_found FROM {table.sql}) WHERE rows_found < {self.at_least}{high}"
        )

    def expected(self) -> str:
        """The rule in words."""
        return f"at least {self.at_least} rows" + ("" if self.at_most is None else f" and at most {self.at_most}")


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation of a suite.

    Attributes:
        name: snake_case name, unique in its suite; what a waiver and the gate history refer to.
        severity: a blocking one keeps the last good database in service, a warning is only told.
        protects: in one sentence, what goes wrong for a reader where it is broken.
        rule: what must hold.
    """

    name: str
    severity: Severity
    protects: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Suite:
    """The expectations of one object.

    Attributes:
        name: name in the gate history.
        object: table that is judged.
        checks: its expectations.
        key: columns that name a row in examples.
        optional: whether the suite is skipped where the file does not have the table.
    """

    name: str
    object: str
    checks: tuple[Check, ...]
    key: tuple[str, ...] = ()
    optional: bool = False

    def __post_init__(self) -> None:
        names = [check.name for check in self.checks]
        if not names:
            raise ValueError(f"suite {self.name!r} has no checks: it would pass whatever the data is")
        if len(set(names)) != len(names):
            raise ValueError(f"suite {self.name!r} names a check twice")


def _pattern(kind: str) -> str:
    if kind in FAMILIES:
        return FAMILIES[kind]
    plain = _LONG_NAMES.get(kind.upper(), kind.upper())
    return "".join("\\" + c if c in "()[]." else c for c in plain)
