"""The merge of freshly read rows into a stream's raw and history tables, set-based, within the caller's transaction.

All versions of a key stand in one order: by the vendor's cursor, then by delivery, file and line. Equal neighbours are
one version: its first is kept and the others are exact duplicates. The last version is current and stays in `raw`; older
ones go to `history`. The outcome depends on the rows alone, whichever order they are loaded in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from connectors.spec import ExportSpec
from orchestration.build_layout import quoted, raw_columns

# Columns that say where a version came from; all others say what it is.
ORIGIN = ("_file", "_line", "_sequence", "_loaded_at", "_batch")
# Columns that the stage has besides the stored ones: part of the delivery, and why a record is refused.
STAGE_COLUMNS = {"_part": "INTEGER", "_reason": "VARCHAR", "_raw": "VARCHAR"}
RAW_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Stage:
    """A temporary table of freshly read rows of one stream.

    Attributes:
        spec: the stream.
        files: name of each part, by its number in the column `_part`.
        sequence: order of the delivery.
        batch: run that loads it.
    """

    spec: ExportSpec
    files: tuple[str, ...]
    sequence: int
    batch: str

    @property
    def table(self) -> str:
        """Name of the temporary table."""
        return f"temp.stage_{self.spec.table}"

    @property
    def vendor_columns(self) -> list[str]:
        """Quoted names of the columns that say what a version is."""
        return [quoted(name) for name in raw_columns(self.spec) if name not in ORIGIN]

    @property
    def key(self) -> str:
        """The key's columns as a list for SQL."""
        return ", ".join(quoted(_stored_name(self.spec, name)) for name in self.spec.key)

    def create(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make it, empty. JSON is kept as text: the final insert checks it."""
        kinds = {name: kind.replace("JSON", "VARCHAR") for name, kind in raw_columns(self.spec).items()}
        wanted = {name: kind for name, kind in kinds.items() if name == "_line" or name not in ORIGIN} | STAGE_COLUMNS
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in wanted.items())
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {self.table} ({columns})")

    def drop(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Give its memory back."""
        connection.execute(f"DROP TABLE IF EXISTS {self.table}")


def refuse_part(connection: duckdb.DuckDBPyConnection, stage: Stage, part: int, reason: str) -> None:
    """Mark every record of a part for quarantine, because the file as a whole turned out to be unusable."""
    connection.execute(
        f"UPDATE {stage.table} SET _raw = coalesce(_raw, {_as_raw(stage)}), _reason = ? WHERE _part = ?", [reason, part]
    )


def refuse_without_key(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    """Mark records for quarantine that no key identifies."""
    missing = " OR ".join(f"{column} IS NULL" for column in stage.key.split(", "))
    reason = f"no value for the key ({', '.join(stage.spec.key)})"
    connection.execute(
        f"UPDATE {stage.table} SET _raw = {_as_raw(stage)}, _reason = ? WHERE _reason IS NULL AND ({missing})", [reason]
    )


def refuse_broken_json(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    """Mark records for quarantine whose JSON does not parse; readers promise that there are none."""
    for name, kind in raw_columns(stage.spec).items():
        if kind == "JSON":
            connection.execute(
                f"UPDATE {stage.table} SET _raw = left({quoted(name)}, {RAW_CHARACTERS}), _reason = ? "
                f"WHERE _reason IS NULL AND NOT json_valid({quoted(name)})",
                [f'column "{name}": the value is not valid JSON'],
            )


def merge(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    """Put the staged rows where they belong and book each move on the files it concerns.

    The ledger rows of the staged files must exist, with `rows_read` and zeros: the balance is booked here.
    """
    _quarantine(connection, stage)
    contested = _find_contested(connection, stage)
    _book_uncontested(connection, stage, contested)
    _insert_uncontested(connection, stage, contested)
    if contested:
        _find_echoes(connection, stage)
        _judge(connection, stage)
        _book_verdicts(connection, stage)
        _move(connection, stage)
    for table in ("contested", "undecided", "verdict"):
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _quarantine(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    connection.execute(
        f"""
        INSERT INTO ops.quarantine (source, stream, file, line, reason, raw_redacted, batch, sequence)
        SELECT ?, ?, {_file(stage)}, _line, _reason, _raw, ?, ? FROM {stage.table}
        WHERE _reason IS NOT NULL ORDER BY _part, _line
        """,
        [stage.spec.vendor, stage.spec.stream, stage.batch, stage.sequence],
    )
    _book(
        connection,
        stage,
        f"SELECT {_file(stage)} AS file, {stage.sequence} AS sequence, 'quarantined' AS place, count(*) AS n "
        f"FROM {stage.table} WHERE _reason IS NOT NULL GROUP BY ALL",
    )


def _find_contested(connection: duckdb.DuckDBPyConnection, stage: Stage) -> bool:
    """Keys that have more than one version: within the delivery, or with what is there."""
    key, target = stage.key, stage.spec.table
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE contested AS SELECT {key}, true AS repeated FROM {stage.table} WHERE _reason IS NULL "
        f"GROUP BY {key} HAVING count(*) > 1"
    )
    if _count(connection, f"SELECT count(*) FROM (SELECT 1 FROM raw.{target} LIMIT 1)"):
        connection.execute(
            f"INSERT INTO temp.contested SELECT DISTINCT {key}, false FROM {stage.table} SEMI JOIN raw.{target} USING ({key}) "
            f"ANTI JOIN temp.contested USING ({key}) WHERE _reason IS NULL"
        )
    return _count(connection, "SELECT count(*) FROM temp.contested") > 0


def _find_echoes(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    """Single repetitions of what is current are duplicates, whatever the past: the bulk of a snapshot, decided by one join.

    The keys that are left are `undecided`.
    """
    key, target = stage.key, stage.spec.table
    json = _json_columns(stage.spec)
    same = " AND ".join(
        f"fresh.{name} IS NOT DISTINCT FROM held.{name}{'::VARCHAR' if name in json else ''}" for name in stage.vendor_columns
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE verdict AS
        SELECT 'stage' AS origin, fresh.rowid AS rid, {_file(stage)} AS file, {stage.sequence}::BIGINT AS sequence,
            'duplicate' AS place
        FROM {stage.table} fresh JOIN raw.{target} held USING ({key})
        SEMI JOIN (FROM temp.contested WHERE NOT repeated) USING ({key})
        WHERE fresh._reason IS NULL AND held._sequence < {stage.sequence} AND {same}
        """
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE undecided AS SELECT {key} FROM temp.contested ANTI JOIN "
        f"(SELECT {key} FROM {stage.table} WHERE rowid IN (SELECT rid FROM temp.verdict)) USING ({key})"
    )


def _uncontested(stage: Stage, contested: bool) -> str:
    without = f" ANTI JOIN temp.contested USING ({stage.key})" if contested else ""
    return f"FROM {stage.table}{without} WHERE _reason IS NULL"


def _book_uncontested(connection: duckdb.DuckDBPyConnection, stage: Stage, contested: bool) -> None:
    _book(
        connection,
        stage,
        f"SELECT {_file(stage)} AS file, {stage.sequence} AS sequence, 'raw' AS place, count(*) AS n "
        f"{_uncontested(stage, contested)} GROUP BY ALL",
    )


def _insert_uncontested(connection: duckdb.DuckDBPyConnection, stage: Stage, contested: bool) -> None:
    connection.execute(
        f"INSERT INTO raw.{stage.spec.table} ({_names(stage)}) SELECT {_values(stage)} {_uncontested(stage, contested)}"
    )


def _judge(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    """Say of every version of an undecided key where it belongs: raw, history, or nowhere since it is a duplicate."""
    key, target = stage.key, stage.spec.table
    cursor = quoted(stage.spec.cursor) if stage.spec.cursor else "NULL"
    order = "version NULLS FIRST, _sequence, _file, _line, origin, rid"
    sources = {
        "stage": f"(SELECT *, rowid AS rid, {_file(stage)} AS _file, {stage.sequence}::BIGINT AS _sequence FROM {stage.table} "
        "WHERE _reason IS NULL)",
        "raw": f"(SELECT *, rowid AS rid FROM raw.{target})",
        "history": f"(SELECT *, rowid AS rid FROM history.{target})",
    }
    versions = " UNION ALL ".join(
        f"SELECT '{origin}' AS origin, rid, {key}, {cursor} AS version, _sequence, _file, _line, "
        f"struct_pack({_pack(stage)}) AS content FROM {relation} SEMI JOIN temp.undecided USING ({key})"
        for origin, relation in sources.items()
    )
    connection.execute(
        f"""
        INSERT INTO temp.verdict
        WITH versions AS ({versions}),
        neighbours AS (
            SELECT * EXCLUDE (content), row_number() OVER w > 1 AND content IS NOT DISTINCT FROM lag(content) OVER w AS repeats
            FROM versions WINDOW w AS (PARTITION BY {key} ORDER BY {order})
        ),
        ranked AS (
            SELECT *, row_number() OVER (PARTITION BY {key}, repeats ORDER BY
                version DESC NULLS LAST, _sequence DESC, _file DESC, _line DESC, origin DESC, rid DESC) AS from_last
            FROM neighbours
        )
        SELECT origin, rid, _file AS file, _sequence AS sequence,
            CASE WHEN repeats THEN 'duplicate' WHEN from_last = 1 THEN 'raw' ELSE 'history' END AS place
        FROM ranked
        """
    )


def _pack(stage: Stage) -> str:
    """Fields of the compared struct, JSON as text so that every source gives the same type."""
    json = _json_columns(stage.spec)
    return ", ".join(f"{name} := {name}{'::VARCHAR' if name in json else ''}" for name in stage.vendor_columns)


def _json_columns(spec: ExportSpec) -> set[str]:
    return {quoted(name) for name, kind in raw_columns(spec).items() if kind == "JSON"}


def _book_verdicts(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    _book(
        connection,
        stage,
        "SELECT file, sequence, place, count(*) AS n FROM temp.verdict WHERE place <> origin GROUP BY ALL UNION ALL "
        "SELECT file, sequence, origin, -count(*) FROM temp.verdict WHERE place <> origin AND origin <> 'stage' GROUP BY ALL",
    )


def _move(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    names, target = _names(stage), stage.spec.table
    for place, other in (("raw", "history"), ("history", "raw")):
        connection.execute(
            f"INSERT INTO {place}.{target} ({names}) SELECT {_values(stage)} FROM {stage.table} "
            f"WHERE rowid IN (SELECT rid FROM temp.verdict WHERE origin = 'stage' AND place = '{place}')"
        )
        connection.execute(
            f"INSERT INTO {place}.{target} BY NAME SELECT * FROM {other}.{target} "
            f"WHERE rowid IN (SELECT rid FROM temp.verdict WHERE origin = '{other}' AND place = '{place}')"
        )
    for place in ("raw", "history"):
        connection.execute(
            f"DELETE FROM {place}.{target} "
            f"WHERE rowid IN (SELECT rid FROM temp.verdict WHERE origin = '{place}' AND place <> '{place}')"
        )


def _book(connection: duckdb.DuckDBPyConnection, stage: Stage, moves: str) -> None:
    """Add counts (file, sequence, place, n) to the ledger."""
    connection.execute(
        f"""
        UPDATE ops.file SET
            rows_loaded = rows_loaded + loaded, rows_superseded = rows_superseded + superseded,
            rows_duplicate = rows_duplicate + duplicate, rows_quarantined = rows_quarantined + quarantined
        FROM (
            SELECT file AS moved_file, sequence AS moved_sequence,
                coalesce(sum(n) FILTER (place = 'raw'), 0)::BIGINT AS loaded,
                coalesce(sum(n) FILTER (place = 'history'), 0)::BIGINT AS superseded,
                coalesce(sum(n) FILTER (place = 'duplicate'), 0)::BIGINT AS duplicate,
                coalesce(sum(n) FILTER (place = 'quarantined'), 0)::BIGINT AS quarantined
            FROM ({moves}) GROUP BY ALL
        )
        WHERE source = ? AND stream = ? AND file = moved_file AND sequence = moved_sequence
        """,
        [stage.spec.vendor, stage.spec.stream],
    )


def _names(stage: Stage) -> str:
    return ", ".join(quoted(name) for name in raw_columns(stage.spec))


def _values(stage: Stage) -> str:
    origin = {
        "_file": _file(stage),
        "_line": "_line",
        "_sequence": str(stage.sequence),
        "_loaded_at": "now()",
        "_batch": _literal(stage.batch),
    }
    return ", ".join(origin.get(name, quoted(name)) for name in raw_columns(stage.spec))


def _file(stage: Stage) -> str:
    """SQL for the name of a staged row's file."""
    if len(stage.files) == 1:
        return _literal(stage.files[0])
    return f"[{', '.join(map(_literal, stage.files))}][_part + 1]"


def _as_raw(stage: Stage) -> str:
    """SQL for what a good row would have stored, for quarantine; colleagues' words are shown to nobody there."""
    if stage.spec.internal:
        return "NULL"
    shown = [f"{name} := {name}" for name in stage.vendor_columns if not name.startswith('"_')]
    return f"left(to_json(struct_pack({', '.join(shown)}))::VARCHAR, {RAW_CHARACTERS})"


def _stored_name(spec: ExportSpec, field: str) -> str:
    """Name under which a key field is stored; an address is known by its hash."""
    return f"{field}_key" if spec.by_name[field].personal in ("email", "key") else field


def _count(connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] = ()) -> int:
    row = connection.execute(query, list(parameters)).fetchone()
    assert row is not None  # noqa: S101 - a count always has a row
    return int(row[0])


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
