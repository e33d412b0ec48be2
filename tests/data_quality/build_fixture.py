"""A valid build database in small: two landed streams with six deliveries, and the ledger that accounts for them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from data_quality.suites.landed import SYSTEM_COLUMNS, StreamShape

AS_OF = datetime(2025, 2, 8, 12, tzinfo=UTC)
TICKET = StreamShape(
    source="desk",
    stream="ticket",
    columns={
        "id": "VARCHAR",
        "status": "VARCHAR",
        "satisfaction": "DOUBLE",
        "tags": "JSON",
        "due_on": "DATE",
        "created_at": "TIMESTAMPTZ",
        "_text": "VARCHAR",
    },
    key=("id",),
    required=("id", "status"),
    ranges={"satisfaction": (1, 5)},
    timestamps=("created_at",),
    event_time="created_at",
    expected_every_days=7,
)
USAGE = StreamShape(
    source="usage",
    stream="event",
    columns={"user": "VARCHAR", "day": "DATE", "events": "BIGINT"},
    key=("user", "day"),
    ranges={"events": (0, None)},
)
SHAPES = (TICKET, USAGE)
LEDGER = """
    CREATE SCHEMA ops;
    CREATE TABLE ops.file (file_sha256 VARCHAR, source VARCHAR, stream VARCHAR, file VARCHAR, sequence BIGINT,
        landed_at TIMESTAMPTZ, loaded_at TIMESTAMPTZ, batch VARCHAR, bytes BIGINT, encoding VARCHAR, state VARCHAR,
        reason VARCHAR, rows_read BIGINT, rows_loaded BIGINT, rows_duplicate BIGINT, rows_superseded BIGINT,
        rows_quarantined BIGINT);
    CREATE TABLE ops.quarantine (source VARCHAR, stream VARCHAR, file VARCHAR, line BIGINT, reason VARCHAR,
        raw_redacted VARCHAR, batch VARCHAR, sequence BIGINT);
    CREATE TABLE ops.drift (source VARCHAR, stream VARCHAR, file VARCHAR, kind VARCHAR, column_name VARCHAR,
        detail VARCHAR, sequence BIGINT);
    CREATE SCHEMA raw;
    CREATE SCHEMA history;
"""
ROWS_PER_FILE = 200
DELIVERIES = 6


def write_build(path: Path) -> Path:
    """Writes the build database and returns its path."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(LEDGER)
        for shape in SHAPES:
            columns = ", ".join(f'"{name}" {kind}' for name, kind in {**shape.columns, **SYSTEM_COLUMNS}.items())
            connection.execute(f"CREATE TABLE raw.{shape.table} ({columns})")
            connection.execute(f"CREATE TABLE history.{shape.table} ({columns})")
        for sequence in range(1, DELIVERIES + 1):
            _deliver(connection, sequence)
        # A record that a later delivery replaced, and one that could not be read.
        connection.execute(
            "INSERT INTO history.desk__ticket SELECT * REPLACE ('open' AS status, 'desk/1.json' AS _file, 1 AS _sequence) "
            "FROM raw.desk__ticket WHERE id = 'd2-1'"
        )
        connection.execute(
            "UPDATE ops.file SET rows_read = rows_read + 2, rows_superseded = 1, rows_quarantined = 1 "
            "WHERE file = 'desk/1.json'"
        )
        connection.execute(
            "INSERT INTO ops.quarantine VALUES ('desk', 'ticket', 'desk/1.json', 9, 'no id', '{}', 'b1', 1), "
            "('desk', '', 'desk/notes.txt', NULL, 'about the whole file', NULL, 'b1', 1)"
        )
        # A column that the spec does not know has come with every delivery so far.
        connection.execute(
            "INSERT INTO ops.drift SELECT 'desk', 'ticket', file, 'unknown_column', 'mood', '', sequence FROM ops.file "
            "WHERE source = 'desk'"
        )
    return path


def _deliver(connection, sequence):
    loaded_at = AS_OF - timedelta(days=7 * (DELIVERIES - sequence) + 1)
    place = {"_file": f"desk/{sequence}.json", "_sequence": sequence, "_loaded_at": loaded_at, "_batch": f"b{sequence}"}
    connection.execute(
        "INSERT INTO raw.desk__ticket BY NAME SELECT 'd' || $sequence || '-' || n AS id, 'solved' AS status, "
        "1 + n % 5 AS satisfaction, '[]'::JSON AS tags, DATE '2025-01-01' AS due_on, "
        "$loaded - INTERVAL 1 HOUR * n AS created_at, 'Write to [EMAIL], thanks @all' AS _text, '{}'::JSON AS _extra, "
        "false AS _deleted, $file AS _file, n AS _line, $sequence AS _sequence, $loaded AS _loaded_at, $batch AS _batch "
        f"FROM range(1, {ROWS_PER_FILE} + 1) AS r(n)",
        {"sequence": sequence, "loaded": loaded_at, "file": place["_file"], "batch": place["_batch"]},
    )
    connection.execute(
        "INSERT INTO raw.usage__event BY NAME SELECT 'u' || n AS \"user\", DATE '2025-01-01' + $sequence::INTEGER AS day, "
        "n AS events, $file AS _file, n AS _line, $sequence AS _sequence, $loaded AS _loaded_at "
        f"FROM range({ROWS_PER_FILE}) AS r(n)",
        {"sequence": sequence, "loaded": loaded_at, "file": f"usage/{sequence}.csv"},
    )
    for source, stream, ending in (("desk", "ticket", "json"), ("usage", "event", "csv")):
        connection.execute(
            "INSERT INTO ops.file (source, stream, file, sequence, loaded_at, state, rows_read, rows_loaded, rows_duplicate, "
            "rows_superseded, rows_quarantined) VALUES (?, ?, ?, ?, ?, 'loaded', ?, ?, 0, 0, 0)",
            [source, stream, f"{source}/{sequence}.{ending}", sequence, loaded_at, ROWS_PER_FILE, ROWS_PER_FILE],
        )
