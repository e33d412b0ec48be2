"""Which models a run has to build: those whose inputs are not what they were when the model was last built.

A model is a function of the dbt project, of its variables and of the tables it reads. Each table of the build database that
dbt reads is hashed by content; what a model was built of is the hash of the project and of everything above it. A view holds
no rows, so only the project and the columns below it count. What says that it was built is taken back before dbt starts and
said again once dbt has ended well: a killed run leaves models that are built again, never models that are taken for new.
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
BUILT_OF = "built_of"


@dataclass(frozen=True, slots=True)
class Model:
    """One node that dbt builds.

    Attributes:
        key: dbt's unique id.
        database: database of its relation.
        relation: schema and name of its relation.
        parents: keys of the models and sources that it reads.
        is_view: whether it keeps a query and no rows.
        asks_clock: its answer can change although nothing that it reads did.
    """

    key: str
    database: str
    relation: str
    parents: tuple[str, ...]
    is_view: bool = False
    asks_clock: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What to build.

    Attributes:
        stale: keys of the models to build.
        built_of: what every model will have been built of, by key.
    """

    stale: frozenset[str]
    built_of: Mapping[str, str]


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


def planned(
    models: Sequence[Model],
    sources: Mapping[str, str],
    world: str,
    known: Mapping[str, str],
    present: Collection[str],
    clock: Mapping[str, str],
) -> Plan:
    """Compares what models would be built of with what they were built of.

    Before dbt the clock's answers are those of this moment, after it those that were built: they differ where time alone
    made an answer another.

    Args:
        models: all of them.
        sources: hash of the content of each source, by key.
        world: hash of what every model depends on: project, variables, columns of the sources, engine.
        known: what each model was built of, by key.
        present: keys of the models whose relation is there.
        clock: answer of the models that ask the clock, by key; without one the model is built.

    Returns:
        The plan.
    """
    by_key = {model.key: model for model in models}
    content: dict[str, str] = dict(sources)

    def contents(key: str) -> str:
        if key not in content:
            model = by_key.get(key)
            above = sorted(contents(parent) for parent in model.parents) if model else [key]
            answer = clock.get(key, "") if model and model.asks_clock else ""
            content[key] = _hash([world, key, *above, answer])
        return content[key]

    built_of = {model.key: _hash([world, model.key]) if model.is_view else contents(model.key) for model in models}
    stale = {
        model.key
        for model in models
        if known.get(model.key) != built_of[model.key]
        or model.key not in present
        or (model.asks_clock and model.key not in clock)
    }
    return Plan(frozenset(stale), built_of)


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
    return {key: _rows_hash(connection, table) if table in there else "absent" for key, table in tables.items()}


def _rows_hash(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    only = f" WHERE {STATE_READ_BY_DBT}" if table == STATE_TABLE else ""
    # Two sums of independent 64-bit hashes: what one row gains another cannot lose unnoticed.
    answer = connection.execute(
        f"SELECT count(*), sum(hash(one)), sum(hash(one, 'again')) FROM {table} AS one{only}"
    ).fetchone()
    return repr(answer)


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


def clock_answers(connection: duckdb.DuckDBPyConnection, models: Sequence[Model], queries: Mapping[str, str]) -> dict[str, str]:
    """What a query each answers now, for the models that ask the clock.

    Args:
        connection: the build database with the marts attached.
        models: all of them.
        queries: query by key of the model; models without one, or whose tables are not there yet, get no answer.

    Returns:
        Answers by key.
    """
    answers = {}
    for model in models:
        if model.asks_clock and model.key in queries:
            try:
                rows = connection.execute(queries[model.key]).fetchall()
            except duckdb.CatalogException:
                continue
            answers[model.key] = repr(sorted(map(repr, rows)))
    return answers
