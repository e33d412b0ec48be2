"""Export APIs and inbox → landing area: one asset per vendor, all collected in one step."""

from collections.abc import Iterator, Sequence

import dagster as dg

from connectors.landing import Collected, Landing
from connectors.spec import ExportSpec
from orchestration.assets.keys import LANDED, landed_key
from orchestration.erasure import sieve
from orchestration.resources import Progress, Pulls
from orchestration.retention import apply_retention
from orchestration.settings import Settings


def collect(settings: Settings, vendors: Sequence[str]) -> Collected:
    """Copies what is new in the inbox into the landing area.

    Raises:
        ConnectorError: the inbox cannot be reached.
    """
    return Landing(settings.landing_dir, sieve=sieve(settings)).collect(settings.inbox, vendors, settings.inboxes)


def landed_assets(settings: Settings, specs: Sequence[ExportSpec], retry: dg.RetryPolicy) -> dg.AssetsDefinition:
    """The landing step with one output per declared vendor."""
    vendors = sorted({spec.vendor for spec in specs})
    by_table = {spec.table: spec for spec in specs}

    @dg.multi_asset(
        name="land_inbox",
        specs=[
            dg.AssetSpec(
                landed_key(vendor),
                group_name=LANDED,
                description=f"Files that were delivered to inbox/{vendor}/, copied once and never changed.",
                owners=["team:product-ops"],
                kinds={"file"},
            )
            for vendor in vendors
        ],
        retry_policy=retry,
    )
    def land_inbox(
        context: dg.AssetExecutionContext,
        run: dg.ResourceParam[object],
        progress: dg.ResourceParam[Progress],
        pulls: dg.ResourceParam[Pulls],
    ) -> Iterator[dg.MaterializeResult[None]]:
        pulled = pulls.pull(by_table, context.run_id, progress)
        for pulling in pulled:
            if pulling.failure:
                context.log.warning("%s %s was not pulled whole: %s", pulling.vendor, pulling.endpoint, pulling.failure)
        progress.stage("Landing", 1)
        collected = collect(settings, vendors)
        gone = apply_retention(settings, {spec.table: spec for spec in specs}, context.run_id, progress)
        for one in gone:
            context.log.info("%s: %s records were older than retention_days", one.source, one.records)
        for name, reason in collected.refused:
            context.log.warning("%s was left in the inbox: %s", name, reason)
        for vendor in vendors:
            new = [delivery for delivery in collected.new if delivery.vendor == vendor]
            yield dg.MaterializeResult(
                asset_key=landed_key(vendor),
                metadata={
                    "new_files": len(new),
                    "bytes": sum(delivery.bytes for delivery in new),
                    "pulled_files": sum(pulling.files for pulling in pulled if pulling.vendor == vendor),
                    "files": dg.MetadataValue.md("\n".join(f"- `{d.name}` ({d.bytes:,} bytes)" for d in new[:50]) or "none"),
                },
            )
        progress.advance(f"{len(collected.new)} new files, {collected.repeated} seen before")

    return land_inbox
