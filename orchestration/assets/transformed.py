"""Raw and enriched tables → marts: dbt, one Dagster asset per model."""

import contextlib
import hashlib
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from filelock import FileLock

from orchestration.assets.loaded import open_store
from orchestration.building import Request, Told
from orchestration.rebuilds import (
    BUILT_OF,
    Built,
    Rebuilds,
    columns_of_sources,
    models_of,
    present_relations,
    source_hashes,
    source_tables,
)
from orchestration.resources import Children, Progress
from orchestration.run_history import get_state, later_publication, set_state
from orchestration.settings import DBT_PROJECT, Settings, quiet_environment
from orchestration.store import BuildStore

# The target of profiles.yml that is built.
BUILT = "duckdb"
# State of the marts file: only a file whose last build ran to its end may be published.
MARTS_STATE = "marts"
COMPLETE = "complete"
# Secret that dbt mixes into the keys of contacts without an address; in the build database, not on a command line.
CONTACT_SALT = "contact_salt"
# Stands among the models on record for the bytes of the marts file.
MARTS_FILE = "marts file"
NOT_BUILT = "dbt could not build the marts; the published database was not touched."
SEMANTIC_MANIFEST = "semantic_manifest.json"
# What dbt keeps for itself of what it has parsed, beside the manifest.
PARSED = "partial_parse.msgpack"


class NotParsed(Exception):
    """Dbt refused its project; the text says why."""


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


def prepare_manifest(settings: Settings) -> Path:
    """Dbt's manifest, parsed anew only where the project has changed, in a folder where no other dbt writes its own.

    Returns:
        Path of `manifest.json`.

    Raises:
        NotParsed: dbt refused the project.
    """
    target = DBT_PROJECT / "target" / "runs"
    manifest, mark = target / "manifest.json", target / "manifest.fingerprint"
    current = fingerprint(DBT_PROJECT)
    target.mkdir(parents=True, exist_ok=True)
    with FileLock(target / "manifest.lock"):
        if not (mark.is_file() and mark.read_text("utf-8") == _mark(current, manifest)):
            parse(settings, target)
            mark.write_text(_mark(current, manifest), "utf-8")
    return manifest


def parse(settings: Settings, target: Path) -> None:
    """Dbt's own parsing of the project, for the target that is built, whatever the environment names for those who only read.

    Raises:
        NotParsed: dbt refused the project.
    """
    places = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target-path", str(target)]
    variables = ["--vars", json.dumps(dbt_variables(settings))]
    parsed = subprocess.run(
        [
            sys.executable,
            "-m",
            "dbt.cli.main",
            "parse",
            "--quiet",
            *places,
            "--log-path",
            str(target),
            "--target",
            BUILT,
            *variables,
        ],
        env=quiet_environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    if parsed.returncode:
        raise NotParsed(f"dbt could not read its project: {(parsed.stdout + parsed.stderr).strip()[-600:]}")
    # Where `mf` looks for the metrics.
    shutil.copyfile(target / SEMANTIC_MANIFEST, DBT_PROJECT / "target" / SEMANTIC_MANIFEST)


def _mark(project: str, manifest: Path) -> str:
    parts = [path for path in (manifest, manifest.with_name(PARSED)) if path.is_file()]
    return " ".join([project, *(hashlib.sha256(path.read_bytes()).hexdigest() for path in parts)])


def transformed_assets(settings: Settings) -> dg.AssetsDefinition:
    """All dbt models, built by one process."""
    # dbt's tests say whether a model is right and run where models are changed; whether this run may be served is the gate's
    # to say, on the bytes to be served. As checks they would be planned at each run and never told.
    translator = _Translator(settings=DagsterDbtTranslatorSettings(enable_asset_checks=False))

    @dbt_assets(manifest=prepare_manifest(settings), dagster_dbt_translator=translator, name="transform")
    def transform(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[Children], progress: dg.ResourceParam[Progress]
    ) -> Iterator[Any]:
        store = open_store(settings)
        with store.held_open():
            whole = not context.is_subset or get_state(store, MARTS_STATE) == COMPLETE
            set_state(store, MARTS_STATE, "building")
            set_state(store, CONTACT_SALT, hashlib.sha256(f"contact:{settings.salt}".encode()).hexdigest())
            ledger = _Ledger(settings, store)
            asset_keys = {key: translator.get_asset_key(node) for key, node in ledger.nodes.items()}
            selected = {key for key, asset in asset_keys.items() if asset in context.selected_asset_keys}
            # Who names models wants them built.
            request = ledger.request(sorted(selected) if context.is_subset else None)
        progress.stage("Transforming", len(selected))
        told: list[Told] = []
        for one in _building(settings, request, run):
            told.append(one)
            if one.key in selected and not one.error:
                progress.advance("")
                yield dg.MaterializeResult(asset_key=asset_keys[one.key], metadata=_metadata(one))
        if failed := [one for one in told if one.error]:
            raise dg.Failure(description=_failed_models(failed), allow_retries=False)
        with store.held_open():
            if not context.is_subset:
                ledger.put_on_record(told)
            if whole:
                set_state(store, MARTS_STATE, COMPLETE)

    return transform


def build_again(settings: Settings, model: str, first: str, run: Children) -> None:
    """Builds one model of the build database after a statement; the next whole run does not take it for built.

    Args:
        settings: the workspace, whose lock is held.
        model: its name.
        first: SQL that is executed before; whatever ends the process in between, the next run builds the model.
        run: told of the process that builds.

    Raises:
        dg.Failure: the model could not be built.
    """
    store = open_store(settings)
    ledger = _Ledger(settings, store)
    request = ledger.request([key for key, node in ledger.nodes.items() if node["name"] == model])
    with store.connect() as connection:
        connection.execute(first)
    if failed := [one for one in _building(settings, request, run) if one.error]:
        raise dg.Failure(description=_failed_models(failed), allow_retries=False)


def _building(settings: Settings, request: Request, run: Children) -> Iterator[Told]:
    """Builds in a process of its own, which closes the databases when it ends.

    Raises:
        dg.Failure: it ended without saying which model is to blame.
    """
    folder = settings.dbt_target
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = folder / "build.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.building"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=DBT_PROJECT,
        )
    run.processes.append(process)
    failed = False
    # Stays with the workspace: which models the last run built, and how long each took.
    with process.stdout or io.BytesIO() as lines, (folder / "built.jsonl").open("wb") as record:
        # One that could not even start says why in its log.
        with contextlib.suppress(BrokenPipeError), process.stdin or io.BytesIO() as questions:
            questions.write(request.to_json().encode())
        for line in lines:
            record.write(line)
            if not line.endswith(b"\n"):
                # The process was killed while it told: its exit code says so.
                break
            one = Told(**json.loads(line))
            failed |= bool(one.error)
            yield one
    if process.wait() and not failed:
        last = (log.read_text("utf-8", errors="replace").strip().splitlines() or [f"exit code {process.returncode}"])[-1]
        raise dg.Failure(description=f"{NOT_BUILT}\n{last}\n{log} has more.", allow_retries=False)


def _metadata(told: Told) -> dict[str, Any]:
    if told.built:
        return {"built": True, "seconds": round(told.seconds, 3)}
    return {"built": False, "because": "nothing that it reads has changed since it was built"}


def _clock(store: BuildStore) -> dict[str, object]:
    """Where the clock stands before the last publication, the present is no earlier than that was."""
    later = later_publication(store, datetime.now(UTC))
    return {} if later is None else {"clock": later.isoformat()}


class _Ledger:
    """What each model was built of, kept in the build database, and what it would be built of now."""

    def __init__(self, settings: Settings, store: BuildStore) -> None:
        self._settings = settings
        self._store = store
        self._parsed = prepare_manifest(settings)
        self._manifest = json.loads(self._parsed.read_text("utf-8"))
        self._models = models_of(self._manifest)
        self.variables = {**dbt_variables(settings), **_clock(store)}
        self.nodes = {model.key: self._manifest["nodes"][model.key] for model in self._models}

    def request(self, chosen: Sequence[str] | None) -> Request:
        """What the builder has to know; reads the tables that dbt will read, and takes back what may not hold any more."""
        project = [fingerprint(DBT_PROJECT), json.dumps(self.variables, sort_keys=True), duckdb.__version__]
        known = self._known()
        intact = self._record().get(MARTS_FILE) == self._marts_digest()
        with self._opened() as connection:
            sources = source_hashes(connection, source_tables(self._manifest))
            world = hashlib.sha256("\n".join([*project, columns_of_sources(connection)]).encode()).hexdigest()
            present = present_relations(connection, self._models)
        # Marts that anything but the last whole build has written to are built anew, so that a run mends them.
        present -= set() if intact else {model.key for model in self._models if model.database == "marts"}
        if chosen is None:
            remain = Rebuilds(self._models, sources, world, known, present).certain()
        else:
            remain = {key: built for key, built in known.items() if key not in set(chosen)}
        self._write({key: asdict(built) for key, built in remain.items()})
        return Request(
            models=self._models,
            manifest=str(self._parsed.with_name(PARSED)),
            project=str(DBT_PROJECT),
            target_path=str(self._settings.dbt_target),
            target=BUILT,
            variables=self.variables,
            sources=sources,
            world=world,
            known=known,
            present=sorted(present),
            chosen=chosen,
        )

    def put_on_record(self, told: Sequence[Told]) -> None:
        """All models are as `told`."""
        self._write({one.key: {"of": one.of, "content": one.content} for one in told}, self._marts_digest())

    def _marts_digest(self) -> str | None:
        if not self._settings.marts_db.is_file():
            return None
        with self._settings.marts_db.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _record(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(get_state(self._store, BUILT_OF) or "{}")
        return record

    def _known(self) -> dict[str, Built]:
        return {key: Built(**built) for key, built in self._record().get("models", {}).items()}

    def _write(self, models: Mapping[str, Any], marts: str | None = None) -> None:
        set_state(self._store, BUILT_OF, json.dumps({"models": models, MARTS_FILE: marts}))

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


def _failed_models(failed: Sequence[Told]) -> str:
    return "\n".join([NOT_BUILT, *(f"{one.key}: {one.error}" for one in failed)])
