"""The build database: short-lived connections, one transaction per delivery, and the ledger of what became of every row.

For every file of the ledger, rows read = loaded + exact duplicates + superseded versions + quarantined. A delivery is in
the ledger wholly or not at all, whatever kills the process.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import astuple, dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from connectors.errors import ExportRejected, TransientError
from connectors.landing import Delivery
from connectors.members import MemberBatch, OpenedMembers, together
from connectors.parts import Batch, Drift, Part, Unrecognised
from connectors.spec import ExportSpec
from orchestration import merge
from orchestration.account_rules import AccountRule
from orchestration.ahead import worked_ahead
from orchestration.build_layout import (
    FILE_FORMAT,
    LAYOUT_VERSION,
    StoreError,
    declared_items,
    ensure_layout,
    is_current,
    quoted,
)
from orchestration.merge import Stage
from orchestration.protect import REJECT_SCHEMA, Protector, stored_schema
from orchestration.theme_rules import ThemeRule

__all__ = ["LAYOUT_VERSION", "Balance", "BuildStore", "Opened", "StoreBusy", "StoreError"]

# An event later than this after its delivery says nothing about freshness: a clock was wrong.
PLAUSIBLE_LEAD = timedelta(days=2)
# Bytes of the log that a killed load may leave to be read again.
LOG_MOST = 64_000_000
_MOVE_PULL = """
INSERT INTO ops.pull (source, endpoint, state, sequence, pages, moved_at) VALUES (?, ?, ?, 0, 0, now())
ON CONFLICT DO UPDATE SET state = excluded.state, moved_at = excluded.moved_at
"""
# A page that is read again, because the declarations changed, moves nothing back.
_STAND_BEHIND = """
INSERT INTO ops.pull (source, endpoint, state, sequence, pages, moved_at) VALUES (?, ?, ?, ?, 1, ?)
ON CONFLICT DO UPDATE SET state = excluded.state, sequence = excluded.sequence, pages = pages + 1, moved_at = excluded.moved_at
WHERE excluded.sequence > ops.pull.sequence
"""
_END_PULL = """
INSERT INTO ops.pull (source, endpoint, sequence, pages, finished_at, failed_at, failure)
SELECT source, endpoint, 0, 0, CASE WHEN failure IS NULL THEN now() END, CASE WHEN failure IS NOT NULL THEN now() END, failure
FROM (SELECT ? AS source, ? AS endpoint, ?::VARCHAR AS failure)
ON CONFLICT DO UPDATE SET finished_at = coalesce(excluded.finished_at, ops.pull.finished_at),
    failed_at = excluded.failed_at, failure = excluded.failure
"""
# Good and bad rows of a batch, as they may be stored.
Protected = tuple[pa.RecordBatch | None, pa.RecordBatch | None]
EMPTY_REASON = "the archive holds no file"


class StoreBusy(TransientError):
    """Another process has the build database open; the text says which."""


class Opened(Protocol):
    """A part that is being read; `connectors.reader.OpenedPart` is one."""

    @property
    def encoding(self) -> str:
        """Encoding of the file."""

    @property
    def drift(self) -> tuple[Drift, ...]:
        """Differences from the spec; complete after iteration."""

    def __iter__(self) -> Iterator[Batch]:
        """Batches in file order."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What the ledger says of one file, and what a recount finds.

    Attributes:
        source: vendor.
        stream: stream, empty for a file that holds none.
        file: delivered file, with the archive member behind `!`.
        sequence: order of delivery.
        rows_read: records of the file.
        rows_loaded: of these, current versions.
        rows_duplicate: exact repetitions.
        rows_superseded: older versions, kept in history.
        rows_quarantined: refused records.
        counted_loaded: rows of the file that `raw` holds.
        counted_superseded: rows of the file that `history` holds.
        counted_quarantined: records of the file that `ops.quarantine` holds.
    """

    source: str
    stream: str
    file: str
    sequence: int
    rows_read: int
    rows_loaded: int
    rows_duplicate: int
    rows_superseded: int
    rows_quarantined: int
    counted_loaded: int
    counted_superseded: int
    counted_quarantined: int

    @property
    def balance(self) -> int:
        """Records unaccounted for; anything but zero is a fault."""
        return self.rows_read - self.rows_loaded - self.rows_duplicate - self.rows_superseded - self.rows_quarantined

    @property
    def agrees(self) -> bool:
        """Whether the ledger balances and the recount finds what it says."""
        booked = (self.rows_loaded, self.rows_superseded, self.rows_quarantined)
        return self.balance == 0 and booked == (self.counted_loaded, self.counted_superseded, self.counted_quarantined)


@dataclass(frozen=True, slots=True)
class Sample:
    """A look into a raw table: its size and some rows."""

    spec: ExportSpec
    count: int
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(slots=True)
class _Outcome:
    """What reading one part came to."""

    name: str
    spec: ExportSpec | None
    number: int = 0
    state: str = "loaded"
    reason: str | None = None
    encoding: str | None = None
    drift: tuple[Drift, ...] = ()
    rows: int = 0

    @property
    def stream(self) -> str:
        return self.spec.stream if self.spec else ""


@dataclass(frozen=True, slots=True)
class Staged:
    """A delivery that has been read, beside the tables that it is meant for: nothing of it counts yet.

    Attributes:
        delivery: what was read.
        batch: the run that loads it.
        reading: fingerprint of the declarations.
        connection: whose temporary tables hold the records.
        held: what is to be let go of in the end.
        stages: the records by stream.
        outcomes: what reading each part came to.
    """

    delivery: Delivery
    batch: str
    reading: str
    connection: duckdb.DuckDBPyConnection
    held: ExitStack
    stages: list[Stage] = field(default_factory=list)
    outcomes: list[_Outcome] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Number of records read."""
        return sum(outcome.rows for outcome in self.outcomes)

    def close(self) -> None:
        """Let go of what was read."""
        self.held.close()


class BuildStore:
    """The build database of a workspace."""

    def __init__(
        self,
        path: Path,
        *,
        memory_limit: str | None = None,
        threads: int | None = None,
        temp_directory: Path | None = None,
        patience_seconds: float = 0,
    ) -> None:
        """Name the database; nothing is opened yet.

        Args:
            path: its file.
            memory_limit: how much DuckDB may hold in memory before it spills, such as `2GB`.
            threads: how many threads it may use.
            temp_directory: where it spills to; nothing else may lie there.
            patience_seconds: how long to wait for another process that has the database open.
        """
        self.path = Path(path)
        self.temp_directory = Path(temp_directory or f"{self.path}.tmp")
        self._held: duckdb.DuckDBPyConnection | None = None
        self._threads = threads or 1
        self._patience = Retrying(
            retry=retry_if_exception_type(StoreBusy),
            stop=stop_after_delay(patience_seconds),
            wait=wait_fixed(0.2),
            reraise=True,
        )
        self._config: dict[str, Any] = {
            "temp_directory": str(self.temp_directory),
            # Sorted inserts cost twice the time, and nothing relies on the order of rows in a table.
            "preserve_insertion_order": False,
            "storage_compatibility_version": FILE_FORMAT,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        if memory_limit:
            self._config["memory_limit"] = memory_limit
        if threads:
            self._config["threads"] = threads

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for a short while; other processes can open the file again afterwards.

        Raises:
            StoreBusy: another process has the database open, and kept it.
            StoreError: the file is no sound DuckDB database.
        """
        connection = self._held.cursor() if self._held else self._open()
        try:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()

    @contextmanager
    def held_open(self) -> Iterator[None]:
        """Keeps the database open for a series of connections of this process, by whichever object they are made.

        Opening it reads its whole catalog, and closing it folds its log into the file: together some tenths of a second.

        Raises:
            StoreBusy: another process has the database open, and kept it.
            StoreError: the file is no sound DuckDB database.
        """
        with self._open() as connection:
            self._held = connection
            try:
                yield
            finally:
                self._held = None

    def _open(self) -> duckdb.DuckDBPyConnection:
        self._make_folder()
        return self._patience(self._open_now)

    def _open_now(self) -> duckdb.DuckDBPyConnection:
        try:
            return duckdb.connect(str(self.path), config=self._config)
        except duckdb.Error as trouble:
            raise self._explained(trouble) from trouble

    def prepare(self, specs: Iterable[ExportSpec]) -> None:
        """Make or widen every table that the specs call for, and sweep what a killed run left behind.

        Raises:
            StoreError: a newer Earshot wrote the database, or a column changed its type.
        """
        with self.connect() as connection:
            ensure_layout(connection, specs)
        self.path.chmod(0o600)
        shutil.rmtree(self.temp_directory, ignore_errors=True)

    def widen(self) -> None:
        """Bring a database that an older Earshot wrote to today's layout; one that is there already is only read.

        Raises:
            StoreBusy: another process has the database open, and kept it.
            StoreError: a newer Earshot wrote it, or it is damaged.
        """
        try:
            with duckdb.connect(str(self.path), read_only=True) as connection:
                current = is_current(connection)
        except duckdb.Error as trouble:
            raise self._explained(trouble) from trouble
        if not current:
            with self.connect() as connection:
                ensure_layout(connection, ())

    def remember_declared(self, selects: Sequence[str]) -> None:
        """Show the items of the sources that a workspace declares in one shape, as `declared.item`."""
        with self.connect() as connection:
            connection.execute(f"CREATE OR REPLACE VIEW declared.item AS {declared_items(selects)}")

    def remember_teams(self, teams: Sequence[tuple[str, str, str]]) -> None:
        """Put vendor, member and team in place of what an earlier configuration said."""
        with self.connect() as connection:
            connection.execute("BEGIN")
            connection.execute("DELETE FROM ops.member_team")
            if teams:
                connection.executemany("INSERT INTO ops.member_team VALUES (?, ?, ?)", teams)
            connection.execute("COMMIT")

    def remember_account_rules(self, rules: Sequence[AccountRule]) -> None:
        """Put what people know of single records in place of what an earlier file said."""
        names = "line, decision, source_system, source_id, target_account, target_system, target_id"
        self._remember_rules("ops.account_rule", names, [list(astuple(rule)) for rule in rules])

    def remember_theme_rules(self, rules: Sequence[ThemeRule]) -> None:
        """Put what people know of single planned items in place of what an earlier file said."""
        self._remember_rules("ops.theme_rule", "line, decision, roadmap_item, theme", [list(astuple(rule)) for rule in rules])

    def _remember_rules(self, table: str, names: str, rows: Sequence[list[Any]]) -> None:
        with self.connect() as connection:
            connection.execute("BEGIN")
            connection.execute(f"DELETE FROM {table}")
            if rows:
                marks = ", ".join("?" for _ in rows[0])
                connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
            connection.execute("COMMIT")

    def pending(self, deliveries: Iterable[Delivery], specs: Iterable[ExportSpec], settings: str = "") -> list[Delivery]:
        """Deliveries that have yet to be loaded, in order.

        A delivery that could not be loaded, or not in all its parts, is tried again once the declarations or the
        settings that it was read by have changed.

        Args:
            deliveries: everything that has landed.
            specs: declared streams.
            settings: the workspace's own part of the reading, such as its column maps, as text.
        """
        specs = tuple(specs)
        with self.connect() as connection:
            ledger = connection.execute("SELECT source, file_sha256, state, reading FROM ops.file").fetchall()
        readings = {spec.vendor: reading_of(spec.vendor, specs, settings) for spec in specs}
        settled: dict[tuple[str, str], bool] = {}
        for source, sha256, state, reading in ledger:
            done = state == "loaded" or reading == readings.get(source)
            settled[source, sha256] = settled.get((source, sha256), True) and done
        waiting = [delivery for delivery in deliveries if not settled.get((delivery.vendor, delivery.sha256), False)]
        return sorted(waiting, key=lambda delivery: delivery.sequence)

    def load_delivery(
        self,
        delivery: Delivery,
        parts: Sequence[Part | Unrecognised],
        *,
        open_part: Callable[[Part], Opened],
        protector: Protector,
        batch: str,
        open_members: Callable[[Sequence[Part]], OpenedMembers] | None = None,
        reading: str = "",
        progress: Callable[[int], None] | None = None,
    ) -> int:
        """Load one delivery with its ledger, in one transaction.

        Parts that the ledger has as loaded are left alone; parts that could not be loaded before are tried again.

        Args:
            delivery: the landed file.
            parts: what was found in it.
            open_part: starts the reading of a part.
            protector: takes personal data out.
            batch: the run that loads it.
            open_members: starts the reading of many small members of an archive as one; without it each is read by itself.
            reading: fingerprint of the declarations, from `reading_of`.
            progress: told the number of records after each batch.

        Returns:
            Number of records read.

        Raises:
            TransientError: the database is in use.
            OSError, duckdb.Error: disk full, memory exhausted; nothing of the delivery is kept.
        """
        return self.commit(
            self.stage_delivery(
                delivery,
                parts,
                open_part=open_part,
                protector=protector,
                batch=batch,
                open_members=open_members,
                reading=reading,
                progress=progress,
            )
        )

    def stage_delivery(
        self,
        delivery: Delivery,
        parts: Sequence[Part | Unrecognised],
        *,
        open_part: Callable[[Part], Opened],
        protector: Protector,
        batch: str,
        open_members: Callable[[Sequence[Part]], OpenedMembers] | None = None,
        reading: str = "",
        progress: Callable[[int], None] | None = None,
    ) -> Staged:
        """The first half of `load_delivery`: all of the reading, on a connection of its own.

        Of what other deliveries change it sees nothing, so that they may be committed meanwhile.

        Returns:
            What is to be committed, or closed.
        """
        with self._staging(delivery, batch, reading) as staged:
            connection, stages, outcomes = staged.connection, staged.stages, staged.outcomes
            loaded = self._loaded_parts(connection, delivery)
            for spec, its_parts in _by_spec(parts):
                names = tuple(_display_name(delivery, part.name) for part in its_parts)
                fresh = [(n, part) for n, part in enumerate(its_parts) if (names[n], spec.stream) not in loaded]
                if not fresh:
                    continue
                stage = Stage(spec, names, delivery.sequence, batch)
                stage.create(connection)
                stages.append(stage)
                found = [_Outcome(names[number], spec, number) for number, _ in fresh]
                outcomes += found
                fresh_parts = [part for _, part in fresh]
                if open_members and together(fresh_parts):
                    members = open_members(fresh_parts)
                    _read_members(connection, stage, found, members, protector, self._threads, progress)
                else:
                    for outcome, (_, part) in zip(found, fresh, strict=True):
                        _read(connection, stage, outcome, open_part(part), protector, self._threads, progress)
                merge.refuse_without_key(connection, stage)
            outcomes += _unreadable(delivery, parts)
        return staged

    def commit(self, staged: Staged) -> int:
        """The second half of `load_delivery`: what was read becomes part of the tables, in one transaction.

        Returns:
            Number of records read.
        """
        with closing(staged):
            self._commit(staged.connection, staged.delivery, staged.stages, staged.outcomes, staged.batch, staged.reading)
        return staged.rows

    @contextmanager
    def _staging(self, delivery: Delivery, batch: str, reading: str) -> Iterator[Staged]:
        """A delivery without any records yet; it stays open unless what is done with it fails."""
        with ExitStack() as stack:
            connection = stack.enter_context(self.connect())
            held = ExitStack()
            yield Staged(delivery, batch, reading, connection, held)
            held.push(stack.pop_all())

    def fold_log(self) -> None:
        """Fold the log into the file once it is long, where no delivery is being read.

        DuckDB does so by itself at the end of a transaction, but not while another connection reads, as during a load one
        nearly always does.
        """
        log = self.path.with_name(f"{self.path.name}.wal")
        if log.exists() and log.stat().st_size > LOG_MOST:
            with self.connect() as connection:
                connection.execute("CHECKPOINT")

    def record_unreadable(self, delivery: Delivery, reason: str, batch: str, *, reading: str = "") -> None:
        """Put a delivery on record that could not even be looked into."""
        self.commit(self.stage_unreadable(delivery, reason, batch, reading=reading))

    def stage_unreadable(self, delivery: Delivery, reason: str, batch: str, *, reading: str = "") -> Staged:
        """The first half of `record_unreadable`."""
        with self._staging(delivery, batch, reading) as staged:
            staged.outcomes.append(_Outcome(delivery.name, None, state="rejected", reason=reason))
        return staged

    def pull_state(self, source: str, endpoint: str) -> dict[str, Any]:
        """Where a stream of an export API stands; empty where it was never pulled."""
        with self.connect() as connection:
            row = connection.execute(
                "SELECT state FROM ops.pull WHERE source = ? AND endpoint = ? AND state IS NOT NULL", [source, endpoint]
            ).fetchone()
        return dict(json.loads(row[0])) if row else {}

    def move_pull(self, source: str, endpoint: str, state: str) -> None:
        """Put a stream where it stands after a page that held nothing new."""
        with self.connect() as connection:
            connection.execute(_MOVE_PULL, [source, endpoint, state])

    def end_pull(self, source: str, endpoint: str, failure: str | None) -> None:
        """Put on record how a pull ended.

        Args:
            source: vendor.
            endpoint: what was pulled.
            failure: why it failed; None for success.
        """
        with self.connect() as connection:
            connection.execute(_END_PULL, [source, endpoint, failure])

    def forget_pull(self, source: str, endpoint: str) -> None:
        """Let the next pull of a stream begin anew; what landed stays."""
        with self.connect() as connection:
            connection.execute("UPDATE ops.pull SET state = NULL WHERE source = ? AND endpoint = ?", [source, endpoint])

    def samples(self, specs: Iterable[ExportSpec], rows: int = 5) -> Iterator[Sample]:
        """Number of rows, columns and some rows of each raw table."""
        with self.connect() as connection:
            for spec in specs:
                count = connection.execute(f"SELECT count(*) FROM raw.{spec.table}").fetchone()
                cursor = connection.execute(f"SELECT * FROM raw.{spec.table} LIMIT ?", [rows])
                columns = tuple(description[0] for description in cursor.description or ())
                yield Sample(spec, count[0] if count else 0, columns, tuple(cursor.fetchall()))

    def delivered(self) -> set[tuple[str, str]]:
        """Source and stream of everything that was ever delivered."""
        with self.connect() as connection:
            return set(connection.execute("SELECT DISTINCT source, stream FROM ops.file WHERE stream IS NOT NULL").fetchall())

    def reconcile(self) -> list[Balance]:
        """Every file of the ledger beside a recount of the rows that came from it."""
        with self.connect() as connection:
            tables = connection.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE schema_name IN ('raw', 'history')"
            ).fetchall()
            counts = [
                f"SELECT '{schema}' AS place, '{table}' AS stream_table, _file AS file, _sequence AS sequence, count(*) AS n "
                f"FROM {schema}.{quoted(table)} GROUP BY ALL"
                for schema, table in tables
            ]
            counts.append(
                "SELECT 'quarantine', source || '__' || stream, file, sequence, count(*) FROM ops.quarantine "
                "WHERE line IS NOT NULL GROUP BY ALL"
            )
            found = connection.execute(
                f"""
                WITH counted AS ({" UNION ALL ".join(counts)})
                SELECT source, stream, f.file, f.sequence,
                    rows_read, rows_loaded, rows_duplicate, rows_superseded, rows_quarantined,
                    coalesce(sum(n) FILTER (place = 'raw'), 0)::BIGINT,
                    coalesce(sum(n) FILTER (place = 'history'), 0)::BIGINT,
                    coalesce(sum(n) FILTER (place = 'quarantine'), 0)::BIGINT
                FROM ops.file f
                LEFT JOIN counted c ON c.stream_table = source || '__' || stream AND c.file = f.file AND c.sequence = f.sequence
                GROUP BY ALL ORDER BY f.sequence, f.file, stream
                """
            ).fetchall()
        return [Balance(*row) for row in found]

    def _commit(
        self,
        connection: duckdb.DuckDBPyConnection,
        delivery: Delivery,
        stages: Sequence[Stage],
        outcomes: Sequence[_Outcome],
        batch: str,
        reading: str,
    ) -> None:
        try:
            self._book(connection, delivery, stages, outcomes, batch, reading)
        except (duckdb.ConversionException, UnicodeDecodeError):
            # A reader let broken JSON through, told in a message that may be cut within a character:
            # find the rows, which outlived the rollback in the stage.
            for stage in stages:
                merge.refuse_broken_json(connection, stage)
            self._book(connection, delivery, stages, outcomes, batch, reading)

    def _book(
        self,
        connection: duckdb.DuckDBPyConnection,
        delivery: Delivery,
        stages: Sequence[Stage],
        outcomes: Sequence[_Outcome],
        batch: str,
        reading: str,
    ) -> None:
        """Everything that a delivery changes, in one transaction."""
        connection.execute("BEGIN")
        try:
            _forget_failures(connection, delivery)
            _enter(connection, delivery, outcomes, batch, reading)
            for stage in stages:
                merge.merge(connection, stage)
                _refresh_stream(connection, delivery, stage)
            if delivery.pulled:
                connection.execute(
                    _STAND_BEHIND,
                    [delivery.vendor, delivery.pulled.endpoint, delivery.pulled.state, delivery.sequence, delivery.landed_at],
                )
            connection.execute("COMMIT")
        except BaseException:
            # After a fatal error (disk full at commit) there is no transaction left to roll back.
            with suppress(duckdb.Error):
                connection.execute("ROLLBACK")
            raise

    def _loaded_parts(self, connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> set[tuple[str, str]]:
        query = "SELECT file, stream FROM ops.file WHERE file_sha256 = ? AND source = ? AND state = 'loaded'"
        return set(connection.execute(query, [delivery.sha256, delivery.vendor]).fetchall())

    def _make_folder(self) -> None:
        if not self.path.parent.is_dir():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _explained(self, trouble: duckdb.Error) -> Exception:
        text = str(trouble).split("\n", maxsplit=1)[0]
        if "lock" in text.lower():
            return StoreBusy(f"the build database {self.path} is in use by another process: {text}")
        if isinstance(trouble, duckdb.OutOfMemoryException):
            return MemoryError(text)
        return StoreError(
            f"the build database {self.path} cannot be opened ({text}); move it away, with its .wal beside it, and run again: "
            "it is made anew from the landing area"
        )


def reading_of(vendor: str, specs: Iterable[ExportSpec], settings: str = "") -> str:
    """Fingerprint of all that decides how a vendor's files are read."""
    declared = sorted(repr(spec) for spec in specs if spec.vendor == vendor)
    return hashlib.sha256("\n".join([*declared, settings]).encode()).hexdigest()[:16]


def _by_spec(parts: Sequence[Part | Unrecognised]) -> list[tuple[ExportSpec, list[Part]]]:
    """Parts of each stream together, so that one merge serves them all."""
    grouped: dict[str, tuple[ExportSpec, list[Part]]] = {}
    for part in parts:
        if isinstance(part, Part):
            grouped.setdefault(part.spec.table, (part.spec, []))[1].append(part)
    return list(grouped.values())


def _display_name(delivery: Delivery, member: str) -> str:
    return f"{delivery.name}!{member}" if member else delivery.name


def _unreadable(delivery: Delivery, parts: Sequence[Part | Unrecognised]) -> list[_Outcome]:
    if not parts:
        return [_Outcome(delivery.name, None, state="unrecognised", reason=EMPTY_REASON)]
    return [
        _Outcome(_display_name(delivery, part.name), None, state="unrecognised", reason=part.reason)
        for part in parts
        if isinstance(part, Unrecognised)
    ]


def _read(
    connection: duckdb.DuckDBPyConnection,
    stage: Stage,
    outcome: _Outcome,
    opened: Opened,
    protector: Protector,
    threads: int,
    progress: Callable[[int], None] | None,
) -> None:
    """Stream a part into the stage, one batch at a time in memory."""
    schema = _stage_schema(stage.spec)
    failure: list[BaseException] = []

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for batch, protected in worked_ahead(partial(_protected, stage.spec, protector), opened, threads):
                rows, rejects = (_all_of(outcome.number, part.num_rows) for part in (batch.rows, batch.rejects))
                yield from _stage_batches(protected, rows, rejects, schema)
                outcome.rows += batch.rows.num_rows + batch.rejects.num_rows
                if progress:
                    progress(batch.rows.num_rows + batch.rejects.num_rows)
        except ExportRejected as rejected:
            outcome.state, outcome.reason = "rejected", rejected.reason
        except BaseException as trouble:
            failure.append(trouble)
            raise

    _stream_in(connection, stage, schema, batches(), failure)
    outcome.encoding, outcome.drift = opened.encoding, opened.drift
    if outcome.state == "rejected":
        merge.refuse_part(connection, stage, outcome.number, outcome.reason or "")


def _read_members(
    connection: duckdb.DuckDBPyConnection,
    stage: Stage,
    outcomes: Sequence[_Outcome],
    members: OpenedMembers,
    protector: Protector,
    threads: int,
    progress: Callable[[int], None] | None,
) -> None:
    """Stream many small members into the stage together; each keeps its own line in the ledger."""
    schema = _stage_schema(stage.spec)
    numbers = pa.array([outcome.number for outcome in outcomes], pa.int32())
    failure: list[BaseException] = []

    def protect(found: MemberBatch) -> Protected:
        return _protected(stage.spec, protector, found.batch)

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for found, protected in worked_ahead(protect, members, threads):
                rows, rejects = numbers.take(found.row_members), numbers.take(found.reject_members)
                yield from _stage_batches(protected, rows, rejects, schema)
                for counted in (found.row_members, found.reject_members):
                    for entry in counted.value_counts().to_pylist():
                        outcomes[entry["values"]].rows += entry["counts"]
                if progress:
                    progress(found.batch.rows.num_rows + found.batch.rejects.num_rows)
        except BaseException as trouble:
            failure.append(trouble)
            raise

    _stream_in(connection, stage, schema, batches(), failure)
    for position, outcome in enumerate(outcomes):
        outcome.encoding, outcome.drift = members.encodings[position], tuple(members.drifts[position])
        if position in members.failures:
            outcome.state, outcome.reason = "rejected", members.failures[position]
            merge.refuse_part(connection, stage, outcome.number, outcome.reason)


def _stream_in(
    connection: duckdb.DuckDBPyConnection,
    stage: Stage,
    schema: pa.Schema,
    batches: Iterator[pa.RecordBatch],
    failure: Sequence[BaseException],
) -> None:
    connection.register("incoming", pa.RecordBatchReader.from_batches(schema, batches))
    try:
        connection.execute(f"INSERT INTO {stage.table} BY NAME SELECT * FROM incoming")
    except duckdb.Error as trouble:
        # DuckDB wraps whatever the reader raised; callers want the thing itself.
        raise (failure[0] if failure else trouble) from trouble
    finally:
        connection.unregister("incoming")


def _stage_schema(spec: ExportSpec) -> pa.Schema:
    marks = [REJECT_SCHEMA.field("_reason"), REJECT_SCHEMA.field("_raw"), pa.field("_part", pa.int32())]
    return pa.schema([*stored_schema(spec), *marks])


def _protected(spec: ExportSpec, protector: Protector, batch: Batch) -> Protected:
    """Good and bad rows of a batch, as they may be stored; nothing where there are none."""
    rows = protector.rows(spec, batch.rows) if batch.rows.num_rows else None
    return rows, protector.rejects(spec, batch.rejects) if batch.rejects.num_rows else None


def _stage_batches(
    protected: Protected, of_rows: pa.Array, of_rejects: pa.Array, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Good and bad rows of a batch, with the number of the part of each, in the one schema of the stage."""
    for batch, parts in zip(protected, (of_rows, of_rejects), strict=True):
        if batch is not None:
            yield _widened(batch, schema, parts)


def _widened(batch: pa.RecordBatch, schema: pa.Schema, parts: pa.Array) -> pa.RecordBatch:
    given = dict(zip(batch.schema.names, batch.columns, strict=True))
    given["_part"] = parts
    columns = [given[f.name] if f.name in given else pa.nulls(batch.num_rows, f.type) for f in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _all_of(number: int, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(number, pa.int32()), count)


def _forget_failures(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    """Take back what an earlier, unsuccessful reading of this delivery put on record."""
    failed = "SELECT file FROM ops.file WHERE source = $1 AND sequence = $2 AND state <> 'loaded'"
    for table in ("quarantine", "drift"):
        connection.execute(
            f"DELETE FROM ops.{table} WHERE source = $1 AND sequence = $2 AND file IN ({failed})",
            [delivery.vendor, delivery.sequence],
        )
    connection.execute(
        "DELETE FROM ops.file WHERE source = ? AND sequence = ? AND state <> 'loaded'", [delivery.vendor, delivery.sequence]
    )


def _enter(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, outcomes: Sequence[_Outcome], batch: str, reading: str
) -> None:
    """The ledger rows of all parts, with all but their balance, and what was noticed about them."""
    # One statement for all: an archive may have thousands of members, and each statement costs a millisecond.
    _insert(
        connection,
        "ops.file (stream, file, encoding, state, reason, rows_read, file_sha256, source, sequence, landed_at, loaded_at, "
        "batch, bytes, reading, rows_loaded, rows_duplicate, rows_superseded, rows_quarantined)",
        "*, $1, $2, $3, $4, now(), $5, $6, $7, 0, 0, 0, 0",
        _LEDGER_SCHEMA,
        [(o.stream, o.name, o.encoding, o.state, o.reason, o.rows) for o in outcomes],
        [delivery.sha256, delivery.vendor, delivery.sequence, delivery.landed_at, batch, delivery.bytes, reading],
    )
    _insert(
        connection,
        "ops.drift (stream, file, kind, column_name, detail, source, sequence)",
        "*, $1, $2",
        _texts("stream", "file", "kind", "column_name", "detail"),
        [(o.stream, o.name, drift.kind, drift.column, drift.detail) for o in outcomes for drift in o.drift],
        [delivery.vendor, delivery.sequence],
    )
    _insert(
        connection,
        "ops.quarantine (stream, file, reason, source, batch, sequence)",
        "*, $1, $2, $3",
        _texts("stream", "file", "reason"),
        [(o.stream, o.name, o.reason) for o in outcomes if o.state != "loaded" and not o.rows],
        [delivery.vendor, batch, delivery.sequence],
    )


def _texts(*names: str) -> pa.Schema:
    return pa.schema([(name, pa.string()) for name in names])


_LEDGER_SCHEMA = pa.schema([*_texts("stream", "file", "encoding", "state", "reason"), pa.field("rows_read", pa.int64())])


def _insert(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    selected: str,
    schema: pa.Schema,
    rows: Sequence[tuple[Any, ...]],
    parameters: Sequence[Any],
) -> None:
    if not rows:
        return
    columns = [pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), schema.types, strict=True)]
    connection.register("entered", pa.table(columns, schema=schema))
    try:
        connection.execute(f"INSERT INTO {target} SELECT {selected} FROM entered", list(parameters))
    finally:
        connection.unregister("entered")


def _refresh_stream(connection: duckdb.DuckDBPyConnection, delivery: Delivery, stage: Stage) -> None:
    spec = stage.spec
    event = f"{quoted(spec.event_time)}::TIMESTAMPTZ" if spec.event_time else "NULL::TIMESTAMPTZ"
    connection.execute(
        f"""
        UPDATE ops.stream SET last_loaded_at = now(), last_event_at = greatest(last_event_at, (
            SELECT max({event}) FROM {stage.table} WHERE _reason IS NULL AND {event} <= ?
        )) WHERE source = ? AND stream = ?
        """,
        [delivery.landed_at + PLAUSIBLE_LEAD, spec.vendor, spec.stream],
    )
    if spec.tombstone:
        connection.execute(
            f"UPDATE ops.stream SET rows_withdrawn = (SELECT count(*) FROM raw.{quoted(spec.table)} WHERE _deleted) "
            "WHERE source = ? AND stream = ?",
            [spec.vendor, spec.stream],
        )
