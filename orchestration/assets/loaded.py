"""Landing area → raw tables: every file once, in the order of delivery, each in a transaction of its own."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import dagster as dg

from connectors.errors import ExportRejected
from connectors.landing import Delivery, Landing
from connectors.members import OpenedMembers
from connectors.reader import inspect, open_part
from connectors.spec import ExportSpec
from insights.redact import Redactor
from orchestration.ahead import followed_up
from orchestration.assets.keys import RAW, landed_key, raw_key
from orchestration.declared import feedback_selects, reader_limits
from orchestration.protect import Protector
from orchestration.resources import Progress
from orchestration.settings import Settings
from orchestration.store import BuildStore, Sample, Staged, reading_of

# A run that was killed alone leaves its dbt behind, which ends by itself and has the database open until then.
ORPHAN_PATIENCE_SECONDS = 300.0
# The ledger of the load, told as assets so that the trust marts show where they come from.
LEDGER = {
    "file": "One stream of one delivered file, with the balance of its rows.",
    "quarantine": "Rows that could not be loaded, redacted, with file, line and reason.",
    "drift": "Columns that came unannounced or went missing, by file.",
    "stream": "Every declared stream and when it was last heard of.",
}


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What one load did.

    Attributes:
        files: files loaded now, rejected and unrecognised ones included.
        rows: rows read from them.
    """

    files: int
    rows: int


def column_maps(settings: Settings, specs: Sequence[ExportSpec]) -> dict[str, dict[str, str]]:
    """What this workspace's exports call the declared fields, by raw table name."""
    return {spec.table: settings.column_map(spec.vendor, spec.stream) for spec in specs}


def member_teams(settings: Settings) -> list[tuple[str, str, str]]:
    """Vendor, hashed address or id, and team of the colleagues that the configuration places."""
    teams = [
        (vendor, member.strip(), team)
        for vendor, source in settings.config.sources.items()
        for member, team in source.teams.items()
    ]
    # As `Protector` hashes: ids as they are, addresses in lower case.
    return [
        (vendor, hashlib.sha256((settings.salt + (member.lower() if "@" in member else member)).encode()).hexdigest(), team)
        for vendor, member, team in teams
    ]


def own_reading(settings: Settings) -> str:
    """The workspace's own part of how files are read, as text; how they are fetched is none of it."""
    sources = {name: source.model_dump_json(exclude={"api", "inbox"}) for name, source in settings.config.sources.items()}
    return json.dumps(sources, sort_keys=True)


def open_store(settings: Settings, *, patience_seconds: float = ORPHAN_PATIENCE_SECONDS) -> BuildStore:
    """The workspace's build database.

    Args:
        settings: the workspace.
        patience_seconds: how long to wait for a process that has it open.

    Returns:
        The database, not opened yet.
    """
    return BuildStore(
        settings.build_db,
        memory_limit=settings.config.run.memory_limit,
        threads=settings.config.run.threads,
        temp_directory=settings.temp_dir,
        patience_seconds=patience_seconds,
    )


def load_new_files(settings: Settings, specs: Mapping[str, ExportSpec], run_id: str, progress: Progress) -> LoadReport:
    """Loads every landed file that the ledger does not know yet.

    A file that cannot be read is put on record with its reason and stops nobody else.

    Args:
        settings: the workspace.
        specs: declared streams by raw table name.
        run_id: batch that the rows are marked with.
        progress: told of each file.

    Returns:
        What was loaded.
    """
    store = open_store(settings)
    with store.held_open():
        return _load_waiting(settings, specs, store, run_id, progress)


def _load_waiting(
    settings: Settings, specs: Mapping[str, ExportSpec], store: BuildStore, run_id: str, progress: Progress
) -> LoadReport:
    store.prepare(specs.values())
    own_names = own_reading(settings)
    waiting = store.pending(Landing(settings.landing_dir).deliveries(), specs.values(), own_names)
    protector = Protector(salt=settings.salt, redactor=Redactor())
    store.remember_teams(member_teams(settings))
    store.remember_account_rules(settings.account_rules)
    store.remember_theme_rules(settings.theme_rules)
    store.remember_declared(feedback_selects(settings))
    progress.stage("Loading", len(waiting))
    staged = (
        stage_file(settings, specs, store, protector, delivery, run_id, reading_of(delivery.vendor, specs.values(), own_names))
        for delivery in waiting
    )
    rows = 0
    # Writing one file and reading the next leave each other alone, and neither keeps two processors busy.
    with closing(followed_up(store.commit, staged, drop=Staged.close)) as committed:
        for delivery, read in zip(waiting, committed, strict=True):
            rows += read
            # Here, between two deliveries, none is being read.
            store.fold_log()
            progress.advance(delivery.name)
    return LoadReport(files=len(waiting), rows=rows)


def load_file(
    settings: Settings,
    specs: Mapping[str, ExportSpec],
    store: BuildStore,
    protector: Protector,
    delivery: Delivery,
    run_id: str,
    reading: str,
) -> int:
    """Loads one landed file, or puts on record why it cannot be read.

    Args:
        settings: the workspace.
        specs: declared streams by raw table name.
        store: the build database.
        protector: takes personal data out.
        delivery: the file.
        run_id: batch that the rows are marked with.
        reading: fingerprint of the declarations.

    Returns:
        Number of records read.
    """
    return store.commit(stage_file(settings, specs, store, protector, delivery, run_id, reading))


def stage_file(
    settings: Settings,
    specs: Mapping[str, ExportSpec],
    store: BuildStore,
    protector: Protector,
    delivery: Delivery,
    run_id: str,
    reading: str,
) -> Staged:
    """Reads one landed file, as the first half of `load_file`."""
    limits = reader_limits(settings)
    candidates = [spec for spec in specs.values() if spec.vendor == delivery.vendor]
    if delivery.pulled and delivery.path.suffix != ".zip":
        # What was asked for is known; columns need not tell. An archive may hold its indexes beside it.
        candidates = [spec for spec in candidates if spec.stream == delivery.pulled.stream]
    try:
        maps = {spec.table: settings.column_map(spec.vendor, spec.stream) for spec in candidates}
        listed = settings.listed_channels(delivery.vendor)
        parts = inspect(delivery.path, delivery.name, candidates, limits, maps, listed)
    except ExportRejected as rejected:
        return store.stage_unreadable(delivery, rejected.reason, run_id, reading=reading)

    return store.stage_delivery(
        delivery,
        parts,
        open_part=lambda part: open_part(delivery.path, part, limits),
        open_members=lambda members: OpenedMembers(delivery.path, members, limits),
        protector=protector,
        batch=run_id,
        reading=reading,
    )


def loaded_assets(settings: Settings, specs: Mapping[str, ExportSpec], retry: dg.RetryPolicy) -> dg.AssetsDefinition:
    """The loading step with one output per declared stream."""

    @dg.multi_asset(
        name="load_raw",
        specs=[
            dg.AssetSpec(
                raw_key(spec),
                deps=[landed_key(spec.vendor)],
                group_name=RAW,
                description=f"{spec.description} {spec.reference}.",
                owners=["team:product-ops"],
                kinds={"duckdb"},
                tags={"vendor": spec.vendor, "kind": spec.kind},
            )
            for spec in specs.values()
        ]
        + [
            dg.AssetSpec(
                dg.AssetKey(["ops", table]),
                group_name="ops",
                description=description,
                owners=["team:product-ops"],
                kinds={"duckdb"},
            )
            for table, description in LEDGER.items()
        ],
        retry_policy=retry,
    )
    def load_raw(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[object], progress: dg.ResourceParam[Progress]
    ) -> Iterator[dg.MaterializeResult[None]]:
        report = load_new_files(settings, specs, context.run_id, progress)
        context.log.info("%s files, %s rows read", report.files, report.rows)
        for sample in list(open_store(settings).samples(specs.values())):
            yield dg.MaterializeResult(asset_key=raw_key(sample.spec), metadata=_stream_metadata(sample))
        for table in LEDGER:
            yield dg.MaterializeResult(asset_key=dg.AssetKey(["ops", table]))

    return load_raw


def _stream_metadata(sample: Sample) -> dict[str, dg.MetadataValue | int]:
    metadata: dict[str, dg.MetadataValue | int] = {"dagster/row_count": sample.count}
    if sample.rows:
        columns = sample.columns
        records = [dg.TableRecord({c: str(v)[:80] for c, v in zip(columns, row, strict=True)}) for row in sample.rows]
        schema = dg.TableSchema(columns=[dg.TableColumn(c, "string") for c in columns])
        metadata["sample"] = dg.MetadataValue.table(records=records, schema=schema)
    return metadata
