"""The gate of landed streams as blocking Dagster checks, and how a verdict becomes check results and a message."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from connectors.spec import SQL_TYPES, ExportSpec
from data_quality.gate import GateResult, Verdict, judge
from data_quality.report import write_report
from data_quality.suites.landed import StreamShape, landed_suites
from orchestration.assets.keys import raw_key
from orchestration.assets.loaded import open_store
from orchestration.resources import Progress
from orchestration.run_history import record_gate
from orchestration.settings import Settings
from orchestration.waivers import waivers_in_force

LANDED_CHECK = "landed_suite"


def shape(spec: ExportSpec) -> StreamShape:
    """What the landed suites need to know of a stream."""
    columns = {name: SQL_TYPES[kind] for name, kind, _ in spec.stored_columns()}
    stored = [field for field in spec.fields if field.name in columns]
    return StreamShape(
        source=spec.vendor,
        stream=spec.stream,
        columns=columns,
        required=tuple(field.name for field in stored if field.required),
        key=spec.stored_key(),
        ranges={f.name: (f.minimum, f.maximum) for f in stored if f.minimum is not None or f.maximum is not None},
        timestamps=tuple(field.name for field in stored if field.type == "timestamp"),
        event_time=spec.event_time if spec.event_time in columns else None,
        expected_every_days=spec.expected_every_days,
    )


def judge_landed(settings: Settings, specs: Sequence[ExportSpec], run_id: str) -> Verdict:
    """Judges the raw tables of every stream that was ever delivered, and puts the verdict on record."""
    store = open_store(settings)
    with store.held_open():
        delivered = store.delivered()
        waivers = waivers_in_force(settings, store)
    shapes = [shape(spec) for spec in specs if (spec.vendor, spec.stream) in delivered]
    verdict = judge(settings.build_db, landed_suites(shapes), run_id=run_id, waivers=waivers)
    record_gate(store, verdict.results)
    write_report(settings.docs_dir, run_id, verdict.results)
    return verdict


def check_results(verdict: Verdict, keys: Mapping[str, dg.AssetKey], name: str) -> Iterator[dg.AssetCheckResult]:
    """One Dagster check result per judged object.

    Args:
        verdict: what the gate said.
        keys: asset key by the name of the judged object.
        name: name of the check.
    """
    for judged, key in keys.items():
        broken = [result for result in verdict.results if result.object == judged and not result.success]
        blocking = any(result.severity == "blocking" for result in broken)
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=name,
            passed=not broken,
            severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
            metadata={"findings": dg.MetadataValue.md("\n".join(f"- {describe(result)}" for result in broken) or "none")},
        )


def describe(result: GateResult) -> str:
    """One finding in one line: what was expected, where, and what was seen."""
    shown = "; ".join(", ".join(f"{name} {value}" for name, value in example.items()) for example in result.examples)
    examples = f" Rows: {shown}" if shown else ""
    seen = f"expected {result.expected}, saw {result.observed}"
    kind = "waived" if result.waived else result.severity
    return f"{kind}: {result.expectation} on {result.object}: {seen}.{examples}"


def refusal(verdict: Verdict) -> str:
    """Why nothing was published, finding by finding."""
    head = "The gate errored" if verdict.errored else "The gate blocked this run"
    found = (f"  {describe(result)}" for result in verdict.blocking)
    remedy = (
        "Mend the export, deliver it again and call `earshot run`; or serve it on record: `earshot gate list` names what "
        "blocks, `earshot gate waive` lets it pass until a day."
    )
    return "\n".join([f"{head}; the published database was not touched.", *found, remedy])


def landed_checks(settings: Settings, specs: Mapping[str, ExportSpec]) -> dg.AssetChecksDefinition:
    """One blocking check per raw table; all are judged in one step."""
    keys = {f"raw.{spec.table}": raw_key(spec) for spec in specs.values()}

    @dg.multi_asset_check(
        name="judge_landed",
        specs=[dg.AssetCheckSpec(LANDED_CHECK, asset=key, blocking=True) for key in keys.values()],
    )
    def judge_raw(
        context: dg.AssetCheckExecutionContext, run: dg.ResourceParam[object], progress: dg.ResourceParam[Progress]
    ) -> Iterator[dg.AssetCheckResult]:
        progress.stage("Gate: landed streams", 1)
        verdict = judge_landed(settings, list(specs.values()), context.run.run_id)
        progress.advance("")
        yield from check_results(verdict, keys, LANDED_CHECK)
        if verdict.blocked:
            raise dg.Failure(description=refusal(verdict), allow_retries=False)

    return judge_raw
