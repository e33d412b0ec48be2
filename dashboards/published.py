"""The published database as pages read it: opened read-only for each page, named queries, rows as dictionaries.

A page opens the file anew, so the next page shows the next publication; a page being drawn keeps the one it began with.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

QUERIES = Path(__file__).parent / "queries"

Row = dict[str, Any]
SavedQuery = Callable[[str, Mapping[str, str], duckdb.DuckDBPyConnection], str]


# How DuckDB says that a table or a column is not there.
MISSING = re.compile(r"Table with name .* does not exist|Referenced column .* not found|does not have a column named")


class NotPublished(Exception):
    """There is no database to show; the text says what to do."""


@dataclass(frozen=True)
class Reader:
    """One look at the published database.

    Attributes:
        connection: read-only, without access to other files.
        saved_query: writes the query of a saved question.
    """

    connection: duckdb.DuckDBPyConnection
    saved_query: SavedQuery

    def query(self, name: str, **values: object) -> list[Row]:
        """Rows of a query of this package, by the name of its file."""
        return self._rows((QUERIES / f"{name}.sql").read_text("utf-8"), values)

    def saved(self, name: str, **values: str) -> list[Row]:
        """Rows of a saved question, the same that `earshot ask` answers."""
        return self._rows(self.saved_query(name, values, self.connection), {})

    def evidence(self, query: str) -> list[Row]:
        """Rows of a query that a mart carries with it as its evidence."""
        return self._rows(query, {})

    @cached_property
    def rules(self) -> dict[str, str]:
        """How each metric is counted, in the words that the database carries."""
        rows = self._rows("select metric, formula, limits from trust.metric_definition", {})
        return {row["metric"]: f"{row['formula']} Limits: {row['limits'] or 'none known'}" for row in rows}

    def _rows(self, text: str, values: Mapping[str, object]) -> list[Row]:
        try:
            cursor = self.connection.execute(text, dict(values)) if values else self.connection.execute(text)
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            if not MISSING.search(str(error)):
                raise
            raise NotPublished(
                "The published database lacks a table or column that this page shows: it was published by an older version of "
                f"Earshot. Call `earshot run`, then reload this page. ({str(error).strip().splitlines()[0]})"
            ) from error
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Published:
    """Where the published database is and how its saved questions are written.

    Attributes:
        path: the file, replaced as a whole by each publication.
        saved_query: writes the query of a saved question.
        currency: of every sum of money.
        company: whose data it is.
    """

    path: Path
    saved_query: SavedQuery
    currency: str = "EUR"
    company: str = ""

    @contextlib.contextmanager
    def open(self) -> Iterator[Reader]:
        """One look at the newest publication.

        Raises:
            NotPublished: nothing was published yet, or the file cannot be read.
        """
        if not self.path.is_file():
            raise NotPublished(f"Nothing is published yet: {self.path} is missing. Call `earshot run`, then reload this page.")
        try:
            connection = duckdb.connect(str(self.path), read_only=True, config={"enable_external_access": "false"})
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET lock_configuration = true")
        except duckdb.Error as error:
            raise NotPublished(f"{self.path} cannot be read: {error}. Publish it anew, then reload this page.") from error
        with connection:
            yield Reader(connection, self.saved_query)
