"""Usage counted again by day: one partition a day, so that a month can be backfilled and the other days stay as they are."""

import warnings
from collections.abc import Mapping
from datetime import date

import dagster as dg

from connectors.spec import ExportSpec
from orchestration.assets.keys import raw_key
from orchestration.assets.loaded import open_store
from orchestration.assets.transformed import build_again
from orchestration.inputs import forget_published
from orchestration.resources import Children, Progress
from orchestration.settings import Settings

USAGE_KEY = dg.AssetKey(["usage", "by_day"])
MODEL = "int_feature_use"
TABLE = f"intermediate.{MODEL}"
# Before the first export that any analytics system keeps; today counts as a day, too.
DAYS = dg.DailyPartitionsDefinition(start_date="2015-01-01", end_offset=1)


class NothingCounted(Exception):
    """There is no usage yet that could be counted again; the text says what to do."""


def count_again(settings: Settings, first: date, last: date, run: Children) -> int:
    """Counts the events of some days again, from the raw tables; no other day's rows are written.

    Args:
        settings: the workspace, whose lock is held.
        first: the first day.
        last: the last one.
        run: told of the process that builds.

    Returns:
        Rows of these days afterwards.

    Raises:
        NothingCounted: no run has counted usage yet.
    """
    store = open_store(settings)
    with store.connect() as connection:
        schema, _, name = TABLE.partition(".")
        there = "SELECT 1 FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?"
        if connection.execute(there, [schema, name]).fetchone() is None:
            raise NothingCounted("No usage was counted yet. Run `earshot run` first.")
    forget_published(settings)
    span = f"usage_date BETWEEN DATE '{first}' AND DATE '{last}'"
    # The model counts the days that it does not have.
    build_again(settings, MODEL, f"DELETE FROM {TABLE} WHERE {span}", run)
    with store.connect() as connection:
        row = connection.execute(f"SELECT count(*) FROM {TABLE} WHERE {span}").fetchone()
    return int(row[0]) if row else 0


def usage_asset(settings: Settings, specs: Mapping[str, ExportSpec]) -> dg.AssetsDefinition:
    """The asset that a person backfills; a usual run counts changed days by itself."""
    with warnings.catch_warnings():
        # A whole month in one run, instead of a start of dbt for each day, is a policy that Dagster calls beta.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return _usage_asset(settings, specs)


def _usage_asset(settings: Settings, specs: Mapping[str, ExportSpec]) -> dg.AssetsDefinition:
    @dg.asset(
        key=USAGE_KEY,
        deps=[raw_key(spec) for spec in specs.values() if spec.kind == "analytics"],
        group_name="usage",
        description="Product events counted by day. Materialize days to count them again; the next run publishes them.",
        owners=["team:product-ops"],
        kinds={"duckdb"},
        partitions_def=DAYS,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def by_day(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[Children], progress: dg.ResourceParam[Progress]
    ) -> dg.MaterializeResult[None]:
        days = context.partition_key_range
        progress.stage(f"Counting the usage of {days.start} to {days.end} again", 1)
        try:
            rows = count_again(settings, date.fromisoformat(days.start), date.fromisoformat(days.end), run)
        except NothingCounted as reason:
            raise dg.Failure(description=str(reason), allow_retries=False) from None
        progress.advance(f"{rows} rows")
        return dg.MaterializeResult(metadata={"rows_of_these_days": rows})

    return by_day
