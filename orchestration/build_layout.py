"""Tables of the build database: made from the specs, widened in place when a spec or a version adds a column.

Everything here is idempotent. What cannot be widened without losing data stops with the remedy: the landing area
holds every delivery, so the build database can always be made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from connectors.spec import SQL_TYPES, SYSTEM_COLUMNS, ExportSpec

SCHEMAS = ("raw", "history", "ops", "enriched", "declared", "staging", "intermediate")
# The one shape in which items of the sources that a workspace declares itself are feedback.
DECLARED_COLUMNS = {
    "source_system": "VARCHAR",
    "source_stream": "VARCHAR",
    "source_key": "VARCHAR",
    "channel": "VARCHAR",
    "occurred_at": "TIMESTAMPTZ",
    "account_external_id": "VARCHAR",
    "account_name": "VARCHAR",
    "email_key": "VARCHAR",
    "email_domain": "VARCHAR",
    "product_area": "VARCHAR",
    "nps_score": "BIGINT",
    "source_url": "VARCHAR",
    "words": "VARCHAR",
    "words_sha256": "VARCHAR",
}
LAYOUT_VERSION = 1
# The oldest format that DuckDB 1.4 and newer read. Of the default one, for 1.0, each opening converts the distinct counts of
# every column: two thirds of its time. A file made before keeps its format.
FILE_FORMAT = "v1.4.0"


class StoreError(Exception):
    """The build database cannot be used as it is; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """A fixed table of the build database.

    Attributes:
        columns: name → SQL type.
        key: primary key, where single rows are looked up and replaced.
    """

    columns: Mapping[str, str]
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Migration:
    """A change of layout that added columns cannot express.

    Attributes:
        version: layout version that it leads to.
        description: what changes.
        statements: SQL, run in one transaction.
    """

    version: int
    description: str
    statements: tuple[str, ...] = ()


# Append only: a database of any released version is brought up step by step.
MIGRATIONS: tuple[Migration, ...] = (Migration(1, "First layout"),)


def _columns(text: str) -> dict[str, str]:
    pairs = (column.split() for column in text.split(","))
    return {name: kind.upper() for name, kind in pairs}


TABLES: dict[str, Table] = {
    "ops.schema_version": Table(_columns("version integer, applied_at timestamptz, description varchar"), ("version",)),
    "ops.stream": Table(
        _columns(
            "source varchar, stream varchar, kind varchar, description varchar, expected_every_days integer, "
            "last_event_at timestamptz, last_loaded_at timestamptz, rows_withdrawn bigint"
        ),
        ("source", "stream"),
    ),
    # `reading` is the fingerprint of the declarations that a file was read by; a file that could not be loaded is tried
    # again when it changes.
    "ops.file": Table(
        _columns(
            "file_sha256 varchar, source varchar, stream varchar, file varchar, sequence bigint, landed_at timestamptz, "
            "loaded_at timestamptz, batch varchar, bytes bigint, encoding varchar, state varchar, reason varchar, "
            "rows_read bigint, rows_loaded bigint, rows_duplicate bigint, rows_superseded bigint, rows_quarantined bigint, "
            "reading varchar"
        ),
        ("file_sha256", "file", "stream"),
    ),
    # A row without a line is about the file as a whole and is not one of its records.
    "ops.quarantine": Table(
        _columns(
            "source varchar, stream varchar, file varchar, line bigint, reason varchar, raw_redacted varchar, batch varchar, "
            "sequence bigint"
        )
    ),
    "ops.drift": Table(
        _columns(
            "source varchar, stream varchar, file varchar, kind varchar, column_name varchar, detail varchar, sequence bigint"
        )
    ),
    # Where each stream of an export API stands; changed in the transaction that loads the page that it stands behind.
    "ops.pull": Table(
        _columns(
            "source varchar, endpoint varchar, state varchar, sequence bigint, pages bigint, moved_at timestamptz, "
            "finished_at timestamptz, failed_at timestamptz, failure varchar"
        ),
        ("source", "endpoint"),
    ),
    "ops.run": Table(
        _columns(
            "run_id varchar, started_at timestamptz, finished_at timestamptz, state varchar, code_version varchar, "
            "taxonomy_version varchar, seconds double, files bigint, rows_read bigint, rows_quarantined bigint"
        ),
        ("run_id",),
    ),
    "ops.run_step": Table(
        _columns(
            "run_id varchar, step varchar, started_at timestamptz, finished_at timestamptz, seconds double, attempts bigint"
        )
    ),
    "ops.gate_result": Table(
        _columns(
            "run_id varchar, suite varchar, expectation varchar, object varchar, severity varchar, success boolean, "
            "observed varchar, expected varchar, waived boolean"
        )
    ),
    # What was taken out of the deliveries for good, without anything that says who it was.
    "ops.erasure": Table(
        _columns(
            "erasure_id varchar, kind varchar, source varchar, erased_at timestamptz, files bigint, records bigint, "
            "mentions bigint"
        )
    ),
    # People's decisions to serve broken data, copied from the file that keeps them.
    "ops.waiver": Table(
        _columns(
            "waiver_id varchar, suite varchar, expectation varchar, object varchar, reason varchar, waived_by varchar, "
            "waived_at timestamptz, expires_at timestamptz, covers_errors boolean, withdrawn_by varchar, "
            "withdrawn_at timestamptz"
        )
    ),
    # Team by hashed address or id, for colleagues whom no roster knows: from the configuration, anew in each run.
    "ops.member_team": Table(_columns("source varchar, member_key varchar, team varchar")),
    # What people know about which record is whose, from `account_links.csv`, anew in each run.
    "ops.account_rule": Table(
        _columns(
            "line bigint, decision varchar, source_system varchar, source_id varchar, target_account varchar, "
            "target_system varchar, target_id varchar"
        )
    ),
    # What people know about which planned item answers which theme, from `theme_links.csv`, anew in each run.
    "ops.theme_rule": Table(_columns("line bigint, decision varchar, roadmap_item varchar, theme varchar")),
    "ops.state": Table(_columns("name varchar, value varchar"), ("name",)),
    "enriched.text": Table(
        _columns(
            "text_sha256 varchar, model_version varchar, language varchar, language_confidence double, sentiment double, "
            "sentiment_label varchar"
        )
    ),
    "enriched.text_theme": Table(
        _columns(
            "text_sha256 varchar, model_version varchar, theme_id varchar, theme_id_today varchar, confidence double, "
            "sentiment double, quote varchar, quote_start bigint, quote_end bigint, quote_sha256 varchar, "
            "method varchar, taxonomy_version varchar"
        )
    ),
    "enriched.question": Table(
        _columns(
            "text_sha256 varchar, model_version varchar, quality varchar, quality_confidence double, owner varchar, "
            "owner_confidence double"
        )
    ),
    # The theme that a planned item's own words are about; null where none is sure enough.
    "enriched.roadmap_theme": Table(
        _columns(
            "source_system varchar, item_key varchar, words_sha256 varchar, model_version varchar, theme_id varchar, "
            "confidence double"
        )
    ),
    # For each message the nearest earlier one of nearly the same meaning that had an answer by then.
    "enriched.similar_question": Table(
        _columns("source varchar, message_id varchar, similar_source varchar, similar_message_id varchar, similarity double")
    ),
    "enriched.text_cluster": Table(_columns("text_sha256 varchar, cluster_key varchar, is_central boolean, similarity float")),
    # The whole state of discovery: the next run takes it back.
    "enriched.cluster": Table(
        _columns(
            "cluster_key varchar, label varchar, keywords varchar[], size bigint, state varchar, growth double, "
            "first_seen timestamptz, last_seen timestamptz, example_ids varchar[], examples varchar[], centroid float[], "
            "encoder varchar, members ubigint[], corpus varchar, base_texts bigint, strength double, nearness float[], "
            "left_out bigint, moved bigint"
        )
    ),
    "enriched.theme": Table(
        _columns(
            "theme_id varchar, theme_name varchar, parent_theme_id varchar, product_area varchar, description varchar, "
            "status varchar, merged_into varchar, valid_from timestamptz, valid_to timestamptz, taxonomy_version varchar"
        )
    ),
}
# DuckDB reports some types under their long names.
SYNONYMS = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}


def raw_columns(spec: ExportSpec) -> dict[str, str]:
    """Name → SQL type of a stream's raw table, which its history shares."""
    return {
        **{name: SQL_TYPES[kind] for name, kind, _ in spec.stored_columns()},
        **{name: kind for name, kind, _ in SYSTEM_COLUMNS},
    }


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def ensure_layout(connection: duckdb.DuckDBPyConnection, specs: Iterable[ExportSpec]) -> None:
    """Make or widen everything, in one transaction.

    Raises:
        StoreError: the database is of a newer version, or a column changed its type.
    """
    specs = tuple(specs)
    connection.execute("BEGIN")
    try:
        for schema in SCHEMAS:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        existing = _existing_columns(connection)
        for name, table in TABLES.items():
            _ensure_table(connection, existing, name, table)
        _migrate(connection)
        connection.execute(f"CREATE VIEW IF NOT EXISTS declared.item AS {declared_items()}")
        for spec in specs:
            table = Table(raw_columns(spec))
            _ensure_table(connection, existing, f"raw.{spec.table}", table)
            _ensure_table(connection, existing, f"history.{spec.table}", table)
            _ensure_stream(connection, spec)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def is_current(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether every table that this Earshot keeps for itself is there with all its columns."""
    existing = _existing_columns(connection)
    return all(set(table.columns) <= set(existing.get(name, ())) for name, table in TABLES.items())


def declared_items(selects: Sequence[str] = ()) -> str:
    """The query behind `declared.item`; without any source it yields no rows."""
    nothing = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in DECLARED_COLUMNS.items())
    return " UNION ALL ".join(selects) or f"SELECT {nothing} WHERE false"


def _existing_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    query = (
        "SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = current_database() AND NOT internal"
    )
    for table, column, kind in connection.execute(query).fetchall():
        found.setdefault(table, {})[column] = SYNONYMS.get(kind, kind)
    return found


def _ensure_table(
    connection: duckdb.DuckDBPyConnection, existing: Mapping[str, Mapping[str, str]], name: str, table: Table
) -> None:
    present = existing.get(name)
    if present is None:
        columns = [f"{quoted(column)} {kind}" for column, kind in table.columns.items()]
        if table.key:
            columns.append(f"PRIMARY KEY ({', '.join(table.key)})")
        connection.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
        return
    for column, kind in table.columns.items():
        if column not in present:
            connection.execute(f"ALTER TABLE {name} ADD COLUMN {quoted(column)} {kind}")
        elif present[column] != kind:
            raise StoreError(
                f"{name}.{column} is {present[column]} in the build database and {kind} in the declarations; move the build "
                "database away and run again: it is made anew from the landing area"
            )


def _migrate(connection: duckdb.DuckDBPyConnection) -> None:
    row = connection.execute("SELECT max(version) FROM ops.schema_version").fetchone()
    version = (row[0] if row else None) or 0
    if version > LAYOUT_VERSION:
        raise StoreError(
            f"the build database has layout {version} and this Earshot knows {LAYOUT_VERSION}; use the newer Earshot that "
            "wrote it, or move the build database away and run again: it is made anew from the landing area"
        )
    for migration in MIGRATIONS:
        if migration.version > version:
            for statement in migration.statements:
                connection.execute(statement)
            connection.execute(
                "INSERT INTO ops.schema_version VALUES (?, now(), ?)", [migration.version, migration.description]
            )


def _ensure_stream(connection: duckdb.DuckDBPyConnection, spec: ExportSpec) -> None:
    connection.execute(
        """
        INSERT INTO ops.stream (source, stream, kind, description, expected_every_days) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET kind = excluded.kind, description = excluded.description,
            expected_every_days = excluded.expected_every_days
        """,
        [spec.vendor, spec.stream, spec.kind, spec.description, spec.expected_every_days],
    )
