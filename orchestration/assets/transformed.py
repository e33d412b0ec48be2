"""Raw and enriched tables → marts: dbt, one Dagster asset per model."""

import contextlib
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets
from filelock import FileLock

from orchestration.assets.loaded import open_store
from orchestration.rebuilds import (
    BUILT_OF,
    clock_answers,
    columns_of_sources,
    models_of,
    planned,
    present_relations,
    source_hashes,
    source_tables,
)
from orchestration.resources import Children, Progress
from orchestration.run_history import get_state, later_publication, set_state
from orchestration.settings import DBT_PROJECT, Settings
from orchestration.store import BuildStore

# The target of profiles.yml that is built, whatever the environment names for those who only read.
BUILT = "duckdb"
# State of the marts file: only a file whose last build ran to its end may be published.
MARTS_STATE = "marts"
COMPLETE = "complete"
# Secret that dbt mixes into the keys of contacts without an address; in the build database, not on a command line.
CONTACT_SALT = "contact_salt"
# Stands among the models on record for the bytes of the marts file.
MARTS_FILE = "marts file"


class _Translator(DagsterDbtTranslator):
    """Groups models by layer and, for marts, by public schema."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        layers = dbt_resource_props["fqn"][1:-1]
        return str(layers[-1] if layers and layers[0] == "marts" else layers[0] if layers else "seeds")

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return ["team:product-ops"]


def fingerprint(project_dir: Path) -> str:
    """Hash of everything in the dbt project that its manifest depends on."""
    digest = hashlib.sha256()
    for path in sorted(project_dir.rglob("*")):
        relative = path.relative_to(project_dir)
        if (
            path.is_file()
            and relative.parts[0] not in ("target", "logs")
            and path.suffix in (".sql", ".yml", ".py", ".csv", ".md")
        ):
            digest.update(str(relative).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def dbt_variables(settings: Settings) -> dict[str, object]:
    """Variables of the dbt project that a workspace sets."""
    config = settings.config
    variables: dict[str, object] = {
        "min_group_size": config.privacy.min_group_size,
        "reporting_currency": config.workspace.reporting_currency,
    }
    if isinstance(config.workspace.as_of, date):
        variables["as_of"] = config.workspace.as_of.isoformat()
    if config.workspace.exchange_rates:
        variables["exchange_rates"] = config.workspace.exchange_rates
    thresholds = config.hiring.thresholds.model_dump(exclude_none=True)
    if thresholds:
        variables["hiring_thresholds"] = thresholds
    return variables


def dbt_resource(settings: Settings) -> DbtCliResource:
    """Dbt's command line over this workspace's databases."""
    dbt = str(Path(sys.executable).with_name("dbt"))
    return DbtCliResource(project_dir=str(DBT_PROJECT), profiles_dir=str(DBT_PROJECT), dbt_executable=dbt, target=BUILT)


def prepare_manifest(settings: Settings) -> Path:
    """Dbt's manifest, parsed anew only where the project has changed, or another dbt has written its own, for another target.

    Returns:
        Path of `manifest.json`.
    """
    target = DBT_PROJECT / "target"
    manifest, mark = target / "manifest.json", target / "manifest.fingerprint"
    current = fingerprint(DBT_PROJECT)
    target.mkdir(exist_ok=True)
    with FileLock(target / "manifest.lock"):
        if not (mark.is_file() and mark.read_text("utf-8") == _mark(current, manifest)):
            settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            invocation = dbt_resource(settings).cli(
                ["parse", "--quiet", "--vars", json.dumps(dbt_variables(settings))], target_path=target
            )
            invocation.wait()
            mark.write_text(_mark(current, manifest), "utf-8")
    return manifest


def _mark(project: str, manifest: Path) -> str:
    written = hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else "none"
    return f"{project} {written}"


def transformed_assets(settings: Settings) -> dg.AssetsDefinition:
    """All dbt models, built by one invocation."""
    # dbt's tests say whether a model is right and run where models are changed; whether this run may be served is the gate's
    # to say, on the bytes to be served. As checks they would be planned at each run and never told.
    translator = _Translator(settings=DagsterDbtTranslatorSettings(enable_asset_checks=False))

    @dbt_assets(manifest=prepare_manifest(settings), dagster_dbt_translator=translator, name="transform")
    def transform(
        context: dg.AssetExecutionContext,
        dbt: DbtCliResource,
        run: dg.ResourceParam[Children],
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[Any]:
        store = open_store(settings)
        whole = not context.is_subset or get_state(store, MARTS_STATE) == COMPLETE
        set_state(store, MARTS_STATE, "building")
        set_state(store, CONTACT_SALT, hashlib.sha256(f"contact:{settings.salt}".encode()).hexdigest())
        ledger = _Ledger(settings, store)
        selected = [key for key in ledger.nodes if translator.get_asset_key(ledger.nodes[key]) in context.selected_asset_keys]
        # Who names models wants them built.
        stale = selected if context.is_subset else ledger.stale()
        ledger.take_back(stale)
        progress.stage("Transforming", len(context.selected_asset_keys))
        spared = _Spared({key: ledger.nodes[key] for key in selected if key not in set(stale)}, ledger.nodes, translator)
        without_tests = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
        arguments = ["build", *without_tests, "--vars", json.dumps(ledger.variables)]
        aside = [".".join(ledger.nodes[key]["fqn"]) for key in selected if key not in set(stale)]
        # Left out by name: dagster-dbt adds names to select to its own selection of everything.
        arguments += ["--exclude", " ".join(aside)] if aside else []
        # dbt parses anew for other databases, so what it parsed stays with the workspace.
        invocation = dbt.cli(arguments, context=context, raise_on_error=False, target_path=settings.state_dir / "dbt")
        run.processes.append(invocation.process)
        yield from spared.due(progress)
        for event in invocation.stream():
            yield event
            if isinstance(event, dg.Output):
                progress.advance("")
                yield from spared.due(progress, context.asset_key_for_output(event.output_name))
        if not invocation.is_successful():
            raise dg.Failure(description=_failed_nodes(invocation), allow_retries=False)
        if not context.is_subset:
            ledger.put_on_record()
        if whole:
            set_state(store, MARTS_STATE, COMPLETE)

    return transform


class _Spared:
    """Models that are as they should be: told like the others, each after what it reads, as Dagster wants it."""

    def __init__(self, spared: Mapping[str, Any], nodes: Mapping[str, Any], translator: DagsterDbtTranslator) -> None:
        self._waiting = {translator.get_asset_key(node): node for node in spared.values()}
        self._above = {
            key: {translator.get_asset_key(nodes[parent]) for parent in node["depends_on"].get("nodes", ()) if parent in nodes}
            for key, node in self._waiting.items()
        }
        self._untold = {translator.get_asset_key(node) for node in nodes.values()}

    def due(self, progress: Progress, built: dg.AssetKey | None = None) -> Iterator[dg.MaterializeResult[None]]:
        """Those whose parents have been told by now, `built` included."""
        self._untold -= {built} if built else set()
        while ready := [key for key in self._waiting if not self._above[key] & self._untold]:
            for key in ready:
                del self._waiting[key]
                self._untold.discard(key)
                progress.advance("")
                yield dg.MaterializeResult(
                    asset_key=key, metadata={"built": False, "because": "nothing that it reads has changed since it was built"}
                )


def _clock(store: BuildStore) -> dict[str, object]:
    """Where the clock stands before the last publication, the present is no earlier than that was."""
    later = later_publication(store, datetime.now(UTC))
    return {} if later is None else {"clock": later.isoformat()}


class _Ledger:
    """What each model was built of, kept in the build database, and what it would be built of now."""

    def __init__(self, settings: Settings, store: BuildStore) -> None:
        self._settings = settings
        self._store = store
        self._manifest = json.loads(prepare_manifest(settings).read_text("utf-8"))
        self._models = models_of(self._manifest)
        self._sources: dict[str, str] = {}
        self.variables = {**dbt_variables(settings), **_clock(store)}
        self._world = ""
        self.nodes = {model.key: self._manifest["nodes"][model.key] for model in self._models}

    def stale(self) -> list[str]:
        """Keys of the models to build; reads the tables that dbt will read."""
        project = [fingerprint(DBT_PROJECT), json.dumps(self.variables, sort_keys=True), duckdb.__version__]
        known = self._known()
        intact = known.get(MARTS_FILE) == self._marts_digest()
        with self._opened() as connection:
            self._sources = source_hashes(connection, source_tables(self._manifest))
            self._world = "\n".join([*project, columns_of_sources(connection)])
            present = present_relations(connection, self._models)
            clock = clock_answers(connection, self._models, self._compiled())
        # Marts that anything but the last whole build has written to are built anew, so that a run mends them.
        present -= set() if intact else {model.key for model in self._models if model.database == "marts"}
        return sorted(planned(self._models, self._sources, self._world, known, present, clock).stale)

    def take_back(self, stale: Sequence[str]) -> None:
        """Nothing is known of these models until dbt has ended well."""
        set_state(self._store, BUILT_OF, json.dumps({key: of for key, of in self._known().items() if key not in set(stale)}))

    def put_on_record(self) -> None:
        """All models are built of the tables that `stale` has read."""
        built = {key: f"SELECT * FROM {node['relation_name']}" for key, node in self.nodes.items()}
        with self._opened() as connection:
            clock = clock_answers(connection, self._models, built)
        plan = planned(self._models, self._sources, self._world, {}, (), clock)
        set_state(self._store, BUILT_OF, json.dumps({**plan.built_of, MARTS_FILE: self._marts_digest()}))

    def _marts_digest(self) -> str | None:
        if not self._settings.marts_db.is_file():
            return None
        with self._settings.marts_db.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _known(self) -> dict[str, str]:
        known: dict[str, str] = json.loads(get_state(self._store, BUILT_OF) or "{}")
        return known

    def _compiled(self) -> dict[str, str]:
        folder = self._settings.state_dir / "dbt" / "compiled" / self._manifest["metadata"]["project_name"]
        paths = {key: folder / node["original_file_path"] for key, node in self.nodes.items()}
        return {key: path.read_text("utf-8") for key, path in paths.items() if path.is_file()}

    @contextlib.contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._store.connect() as connection:
            attached = self._settings.marts_db.is_file()
            if attached:
                connection.execute(f"ATTACH '{self._settings.marts_db}' AS marts")
            try:
                yield connection
            finally:
                if attached:
                    connection.execute("DETACH marts")


def _failed_nodes(invocation: Any) -> str:
    results = invocation.get_artifact("run_results.json")["results"]
    failed = [r for r in results if r["status"] in ("error", "fail", "runtime error")]
    lines = [f"{r['unique_id']}: {str(r['message']).strip().splitlines()[0] if r['message'] else r['status']}" for r in failed]
    return "dbt could not build the marts; the published database was not touched.\n" + "\n".join(lines)
