"""Raw and enriched tables → marts: dbt, one Dagster asset per model."""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets
from filelock import FileLock

from orchestration.assets.loaded import open_store
from orchestration.resources import Children, Progress
from orchestration.run_history import get_state, set_state
from orchestration.settings import DBT_PROJECT, Settings

# State of the marts file: only a file whose last build ran to its end may be published.
MARTS_STATE = "marts"
COMPLETE = "complete"
# Secret that dbt mixes into the keys of contacts without an address; in the build database, not on a command line.
CONTACT_SALT = "contact_salt"


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
    return DbtCliResource(project_dir=str(DBT_PROJECT), profiles_dir=str(DBT_PROJECT), dbt_executable=dbt)


def prepare_manifest(settings: Settings) -> Path:
    """Dbt's manifest, parsed anew only where the project has changed.

    Returns:
        Path of `manifest.json`.
    """
    target = DBT_PROJECT / "target"
    manifest, mark = target / "manifest.json", target / "manifest.fingerprint"
    current = fingerprint(DBT_PROJECT)
    target.mkdir(exist_ok=True)
    with FileLock(target / "manifest.lock"):
        if not (manifest.is_file() and mark.is_file() and mark.read_text("utf-8") == current):
            settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            invocation = dbt_resource(settings).cli(
                ["parse", "--quiet", "--vars", json.dumps(dbt_variables(settings))], target_path=target
            )
            invocation.wait()
            mark.write_text(current, "utf-8")
    return manifest


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
        progress.stage("Transforming", len(context.selected_asset_keys))
        without_tests = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
        arguments = ["build", *without_tests, "--vars", json.dumps(dbt_variables(settings))]
        # dbt parses anew for other databases, so what it parsed stays with the workspace.
        invocation = dbt.cli(arguments, context=context, raise_on_error=False, target_path=settings.state_dir / "dbt")
        run.processes.append(invocation.process)
        for event in invocation.stream():
            if isinstance(event, dg.Output | dg.AssetMaterialization | dg.MaterializeResult):
                progress.advance("")
            yield event
        if not invocation.is_successful():
            raise dg.Failure(description=_failed_nodes(invocation), allow_retries=False)
        if whole:
            set_state(store, MARTS_STATE, COMPLETE)

    return transform


def _failed_nodes(invocation: Any) -> str:
    results = invocation.get_artifact("run_results.json")["results"]
    failed = [r for r in results if r["status"] in ("error", "fail", "runtime error")]
    lines = [f"{r['unique_id']}: {str(r['message']).strip().splitlines()[0] if r['message'] else r['status']}" for r in failed]
    return "dbt could not build the marts; the published database was not touched.\n" + "\n".join(lines)
