"""Which models a run has to build: those whose inputs are not what they were when the model was last built.

A model is a function of the dbt project, of its variables and of the tables it reads, so it is left alone while the project
and the content of those tables are what they were. Each table of the build database that dbt reads is hashed by content
before dbt starts, each table that dbt builds right after: where a table comes out as it was, what stands below it is left
alone in the same run. A view holds no rows, so only the project and the columns below it count; whoever reads it reads what
stands below it. What says that a model was built is taken back before dbt starts and said again once dbt has ended well: a
killed run leaves models that are built again, never models that are taken for new.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

# Values of the pipeline itself, of which dbt reads only the salt: their table differs at every run.
STATE_TABLE = "ops.state"
STATE_READ_BY_DBT = "name = 'contact_salt'"
BUILT_OF = "built"


@dataclass(frozen=True, slots=True)
class Model:
    """One node that dbt builds.

    Attributes:
        key: dbt's unique id.
        database: database of its relation.
        relation: schema and name of its relation.
        parents: keys of the models and sources that it reads.
        is_view: whether it keeps a query and no rows.
        asks_clock: its answer can change although nothing that it reads did, so it is built in each run.
    """

    key: str
    database: str
    relation: str
    parents: tuple[str, ...]
    is_view: bool = False
    asks_clock: bool = False


@dataclass(frozen=True, slots=True)
class Built:
    """What is known of a model that was built.

    Attributes:
        of: hash of what it was built of.
        content: hash of its rows; nothing for a view.
    """

    of: str
    content: str = ""


def models_of(manifest: Mapping[str, Any]) -> list[Model]:
    """Models and seeds of dbt's manifest."""
    return [
        Model(
            key=key,
            database=node["database"],
            relation=f"{node['schema']}.{node['alias']}",
            parents=tuple(node["depends_on"].get("nodes", ())),
            is_view=node["config"]["materialized"] == "view",
            asks_clock=any(name.endswith("current_timestamp") for name in node["depends_on"].get("macros", ()))
            and node["config"]["materialized"] == "table",
        )
        for key, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed")
    ]


def source_tables(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Schema and name of each source, by key."""
    return {key: f"{node['schema']}.{node['identifier']}" for key, node in manifest["sources"].items()}


class Rebuilds:
    """One run's choice of models, told of each model in turn, after those that it reads."""

    def __init__(
        self,
        models: Sequence[Model],
        sources: Mapping[str, str],
        world: str,
        known: Mapping[str, Built],
        present: Collection[str],
    ) -> None:
        """Begins with what the last run knew.

        Args:
            models: all of them.
            sources: hash of the content of each source, by key.
            world: hash of what every model depends on: project, variables, columns of the sources, engine.
            known: what is known of each model that was built, by key.
            present: keys of the models whose relation is there.
        """
        self.models = {model.key: model for model in models}
        self._sources = sources
        self._world = world
        self._known = known
        self._present = frozenset(present)
        self._settled: dict[str, Built] = {}

    def is_stale(self, key: str) -> bool:
        """Whether a model has to be built, once all that it reads is settled."""
        return (
            self.models[key].asks_clock
            or key not in self._present
            or key not in self._known
            or self._known[key].of != self._inputs(key)
        )

    def built(self, key: str, content: str) -> None:
        """The model was built, and its rows hash to `content`."""
        self._settled[key] = Built(self._inputs(key), content)

    def left_alone(self, key: str) -> None:
        """The model is as it should be."""
        self._settled[key] = self._known[key]

    def settled(self) -> dict[str, Built]:
        """What is known of the models that were built or left alone in this run."""
        return dict(self._settled)

    def certain(self) -> dict[str, Built]:
        """What is known of the models that nothing can make this run build: neither they nor anything above has changed."""
        unchanged = Rebuilds([*self.models.values()], self._sources, self._world, self._known, self._present)
        unchanged._settled = dict(self._known)
        answers: dict[str, bool] = {}

        def is_certain(key: str) -> bool:
            if key not in answers:
                above = [parent for parent in self.models[key].parents if parent in self.models]
                answers[key] = all(map(is_certain, above)) and not unchanged.is_stale(key)
            return answers[key]

        return {key: self._known[key] for key in self.models if is_certain(key)}

    def _inputs(self, key: str) -> str:
        model = self.models[key]
        above = [] if model.is_view else sorted(self._content(parent) for parent in model.parents)
        return _hash([self._world, key, *above])

    def _content(self, key: str) -> str:
        model = self.models.get(key)
        if model is None:
            return f"{key} {self._sources.get(key, '')}"
        if not model.is_view:
            return f"{key} {self._settled[key].content}"
        return _hash([self._world, key, *sorted(self._content(parent) for parent in model.parents)])


def _hash(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def source_hashes(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, str]) -> dict[str, str]:
    """Hash of the rows of each source, whatever order they lie in; a table that is not there has none of its own."""
    there = {
        f"{schema}.{name}"
        for schema, name in connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = current_database() "
            "UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = current_database()"
        ).fetchall()
    }
    return {key: _source_hash(connection, table) if table in there else "absent" for key, table in tables.items()}


def _source_hash(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    read = f"(SELECT * FROM {table} WHERE {STATE_READ_BY_DBT})" if table == STATE_TABLE else table
    return repr(connection.execute(content_query(read)).fetchone())


def content_query(relation: str) -> str:
    """Query for the hash of a relation's rows, whatever order they lie in."""
    # Two sums, of 64-bit hashes and of theirs: what one row gains in the first, another cannot lose in both.
    return f"SELECT count(*), sum(hashed), sum(hash(hashed)) FROM (SELECT hash(one) AS hashed FROM {relation} AS one)"


def columns_of_sources(connection: duckdb.DuckDBPyConnection) -> str:
    """Names and types of all columns that views can stand on, as text."""
    rows = connection.execute(
        "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = current_database() AND NOT internal "
        "AND schema_name NOT IN ('staging', 'intermediate') ORDER BY ALL"
    ).fetchall()
    return json.dumps(rows)


def present_relations(connection: duckdb.DuckDBPyConnection, models: Sequence[Model]) -> set[str]:
    """Keys of the models whose relation is there, in the shape that it should have.

    Args:
        connection: the build database with the marts attached under the name that the models know.
        models: all of them.
    """
    there = {
        (database, f"{schema}.{name}", is_view)
        for database, schema, name, is_view in connection.execute(
            "SELECT database_name, schema_name, table_name, false FROM duckdb_tables() "
            "UNION ALL SELECT database_name, schema_name, view_name, true FROM duckdb_views()"
        ).fetchall()
    }
    return {model.key for model in models if (model.database, model.relation, model.is_view) in there}
