"""Marts → published database: copy, judge the very bytes, then replace atomically; a block leaves the last good file."""

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb

from data_quality.gate import Verdict, judge
from data_quality.report import write_report
from data_quality.suites.marts import mart_suites
from orchestration.assets.loaded import open_store
from orchestration.assets.transformed import COMPLETE, MARTS_STATE
from orchestration.checks import describe, refusal
from orchestration.resources import Progress
from orchestration.run_history import finish_run, get_state, record_gate, record_steps, sum_up
from orchestration.settings import Settings
from orchestration.waivers import waivers_in_force

PUBLISHED_KEY = dg.AssetKey(["published", "warehouse"])
MARTS_CHECK = "marts_suite"
PUBLIC_SCHEMAS = ("core", "voc", "alignment", "hiring", "product_ops", "trust")
# What the publisher adds to the judged file, by table of `trust`: this run's own lines, and every waiver.
OWN_RECORDS = {"run": "run_id = $1", "run_step": "run_id = $1", "gate_result": "run_id = $1", "waiver": "true"}


class NotPublishable(Exception):
    """There is nothing whole to publish; the text says what to do."""


Step = tuple[str, float | None, float | None, int]


def run_steps(instance: dg.DagsterInstance, run_id: str) -> list[Step]:
    """What Dagster knows of the steps of a run so far: name, start and end in epoch seconds, attempts."""
    stats = instance.get_run_step_stats(run_id)
    return [(one.step_key, one.start_time, one.end_time, one.attempts or 1) for one in stats]


def publish(settings: Settings, run_id: str, steps: Sequence[Step] = ()) -> Verdict:
    """Audits a copy of the marts and, where it passes, makes it the published database.

    Args:
        settings: the workspace.
        run_id: the run that asks; it is put on record as published inside the file.
        steps: its steps so far.

    Returns:
        The verdict; `blocked` or `errored` means that the published database was not touched.

    Raises:
        NotPublishable: the last transformation did not run to its end.
    """
    store = open_store(settings)
    with store.held_open():
        if get_state(store, MARTS_STATE) != COMPLETE:
            raise NotPublishable(
                "The marts are not whole: the last transformation was interrupted. Run `earshot run` to build them."
            )
        waivers = waivers_in_force(settings, store)
    _copy_closed_database(settings.marts_db, settings.candidate_db)
    verdict = judge(
        settings.candidate_db,
        mart_suites(min_group_size=settings.config.privacy.min_group_size),
        run_id=run_id,
        waivers=waivers,
    )
    finished_at = datetime.now(UTC)
    with store.held_open():
        record_gate(store, verdict.results)
        if not verdict.blocked:
            sum_up(store, run_id, finished_at)
            record_steps(store, run_id, steps)
    write_report(settings.docs_dir, run_id, verdict.results)
    if verdict.blocked:
        settings.candidate_db.unlink()
        return verdict
    _append_run_record(settings, run_id)
    serve_candidate(settings, run_id)
    # Last: whatever ends the process before the switch must not leave a history that speaks of a publication.
    finish_run(store, run_id, "published", finished_at)
    return verdict


def is_served(settings: Settings, run_id: str) -> bool:
    """Whether a run came to its end: what everyone reads is what it published."""
    return settings.parquet_dir.resolve().name == run_id


def served_run(settings: Settings) -> str | None:
    """The run that published the database that everyone reads, by its own record; None where it cannot be read."""
    with contextlib.suppress(duckdb.Error), duckdb.connect(str(settings.warehouse_db), read_only=True) as connection:
        # Its own line was written last; times do not tell, since a clock may have been set back.
        row = connection.execute(
            "SELECT run_id FROM trust.run WHERE state = 'published' ORDER BY rowid DESC LIMIT 1"
        ).fetchone()
        return None if row is None else str(row[0])
    return None


def serve_candidate(settings: Settings, run_id: str) -> None:
    """Makes the candidate what everyone reads, as a database and as Parquet; all that can fail comes before the first switch.

    Args:
        settings: the workspace; its candidate is judged and closed.
        run_id: names the version of the Parquet files.

    Raises:
        NotPublishable: the candidate was not closed cleanly.
    """
    version = _write_parquet(settings, run_id)
    _replace(settings.candidate_db, settings.warehouse_db)
    _switch_parquet(settings, version)


def _copy_closed_database(source: Path, target: Path) -> None:
    """Copies a database that nobody writes to.

    Raises:
        NotPublishable: the source was not closed cleanly, or is not there.
    """
    if not source.is_file():
        raise NotPublishable("There are no marts yet. Run `earshot run` first.")
    if source.with_name(source.name + ".wal").exists():
        # Opening and checkpointing folds a log that a killed writer left behind into the file.
        with duckdb.connect(str(source)) as connection:
            connection.execute("CHECKPOINT")
    target.with_name(target.name + ".wal").unlink(missing_ok=True)
    shutil.copyfile(source, target)


def _append_run_record(settings: Settings, run_id: str) -> None:
    """Writes the audit of this very file into it: the only rows that are added after the audit, with the waivers it went by."""
    with duckdb.connect(str(settings.candidate_db)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH '{settings.build_db}' AS build (READ_ONLY)")
        for table, mine in OWN_RECORDS.items():
            columns = ", ".join(
                row[0]
                for row in connection.execute(
                    "SELECT column_name FROM duckdb_columns() WHERE database_name = 'candidate' AND schema_name = 'trust' "
                    "AND table_name = ? ORDER BY column_index",
                    [table],
                ).fetchall()
            )
            given = [run_id] if "$1" in mine else []
            connection.execute(f"DELETE FROM trust.{table} WHERE {mine}", given)
            connection.execute(
                f"INSERT INTO trust.{table} ({columns}) SELECT {columns} FROM build.ops.{table} WHERE {mine}", given
            )
        # Whoever reads this file reads it because the run published it; the build database says so once it has.
        connection.execute("UPDATE trust.run SET state = 'published' WHERE run_id = ?", [run_id])
        connection.execute("DETACH build")
        connection.execute("CHECKPOINT")


def _replace(candidate: Path, published: Path) -> None:
    """Makes the candidate the published file in one step; readers that hold the old one keep their snapshot."""
    log = candidate.with_name(candidate.name + ".wal")
    if log.exists():
        raise NotPublishable(f"{candidate} was not closed cleanly; the published database was not touched.")
    candidate.chmod(0o644)
    _sync(candidate)
    # A log that some other writer left beside the old file would make the new one unreadable.
    published.with_name(published.name + ".wal").unlink(missing_ok=True)
    candidate.replace(published)
    _sync(published.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_parquet(settings: Settings, run_id: str) -> Path:
    """Writes every public mart of the candidate as Parquet, into a folder of its own that nobody is pointed to yet."""
    target = settings.state_dir / "parquet" / run_id
    shutil.rmtree(target, ignore_errors=True)
    try:
        with duckdb.connect(str(settings.candidate_db), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            tables = connection.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'candidate' ORDER BY ALL"
            ).fetchall()
            for schema, table in tables:
                folder = target / schema
                folder.mkdir(parents=True, exist_ok=True)
                connection.execute(f"COPY {schema}.{table} TO '{folder / table}.parquet' (FORMAT parquet, COMPRESSION zstd)")
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return target


def _switch_parquet(settings: Settings, version: Path) -> None:
    """Points `parquet` to another version in one step; the one before stays until the next publication, for who reads it."""
    before = settings.parquet_dir.resolve()
    link = settings.parquet_dir.with_name(".parquet.new")
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(version, settings.root), target_is_directory=True)
    link.replace(settings.parquet_dir)
    for old in version.parent.iterdir():
        if old.resolve() not in (version.resolve(), before):
            shutil.rmtree(old, ignore_errors=True)


def published_asset(settings: Settings, marts: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The publishing step; it audits whatever it publishes, also when it is selected alone."""

    @dg.asset(
        key=PUBLISHED_KEY,
        deps=list(marts),
        group_name="published",
        description="The database that everyone reads: the marts, audited byte for byte, replaced atomically.",
        owners=["team:product-ops"],
        kinds={"duckdb", "parquet"},
        check_specs=[dg.AssetCheckSpec(MARTS_CHECK, asset=PUBLISHED_KEY)],
    )
    def warehouse(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[object], progress: dg.ResourceParam[Progress]
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
        progress.stage("Gate and publish", 1)
        try:
            verdict = publish(settings, context.run_id, run_steps(context.instance, context.run_id))
        except NotPublishable as reason:
            raise dg.Failure(description=str(reason), allow_retries=False) from None
        broken = verdict.broken
        yield dg.AssetCheckResult(
            check_name=MARTS_CHECK,
            passed=not broken,
            severity=dg.AssetCheckSeverity.ERROR if verdict.blocked else dg.AssetCheckSeverity.WARN,
            metadata={"findings": dg.MetadataValue.md("\n".join(f"- {describe(result)}" for result in broken) or "none")},
        )
        if verdict.blocked:
            raise dg.Failure(description=refusal(verdict), allow_retries=False)
        progress.advance("published")
        yield dg.MaterializeResult(
            metadata={
                "expectations": len(verdict.results),
                "bytes": settings.warehouse_db.stat().st_size,
                "path": dg.MetadataValue.path(str(settings.warehouse_db)),
                "data_docs": dg.MetadataValue.path(str(settings.docs_dir / "index.html")),
            }
        )

    return warehouse
