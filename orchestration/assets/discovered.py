"""What no theme covers → groups of like texts whose keys outlive the run; the groups of the run before are taken along."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg
import pyarrow as pa

from connectors.spec import ExportSpec
from insights.discover import discover
from insights.taxonomy import Taxonomy, load_taxonomy
from orchestration.assets.enriched import chosen_encoder, row_counts
from orchestration.assets.keys import ENRICHED, enriched_key
from orchestration.assets.loaded import open_store
from orchestration.resources import Progress
from orchestration.settings import Settings
from orchestration.store import BuildStore

TABLES = {
    "cluster": "Groups of like texts that no theme covers, under keys that last.",
    "text_cluster": "The group of each text that no theme covers.",
}


def discover_uncovered(settings: Settings, specs: Mapping[str, ExportSpec], progress: Progress) -> int:
    """Groups the texts that no theme was found in, carrying the keys of the last run over.

    Returns:
        Number of texts looked at.
    """
    store = open_store(settings)
    taxonomy = load_taxonomy(settings.themes_file)
    texts = _uncovered(store, [spec for spec in specs.values() if spec.text and not (spec.internal or spec.answered)])
    progress.stage("Looking for what no theme covers", 1)
    found = discover(texts, _earlier(store), chosen_encoder(settings), adopted=adopted_clusters(taxonomy))
    keys = pa.table({"text_sha256": texts["text_sha256"], **{name: found.members[name] for name in _SAID}})
    _replace(store, found.clusters, keys)
    progress.advance(f"{texts.num_rows} texts")
    return int(texts.num_rows)


_SAID = ("cluster_key", "is_central", "similarity")


def adopted_clusters(taxonomy: Taxonomy) -> set[str]:
    """Keys of the groups that were made themes."""
    return {theme.discovered_as for theme in taxonomy.themes if theme.discovered_as}


def _uncovered(store: BuildStore, worded: Sequence[ExportSpec]) -> pa.Table:
    """One row a record whose text has no theme: id, text_sha256, text, occurred_at."""
    records = " UNION ALL ".join(_records(spec) for spec in worded)
    with store.connect() as connection:
        return connection.execute(
            f"""
            SELECT id, text_sha256, text, occurred_at FROM ({records})
            WHERE text_sha256 NOT IN (SELECT text_sha256 FROM enriched.text_theme)
            ORDER BY id
            """
        ).to_arrow_table()


def _records(spec: ExportSpec) -> str:
    key = " || '|' || ".join(f"coalesce(\"{name}\"::VARCHAR, '')" for name in spec.stored_key())
    moment = f'"{spec.event_time}"::TIMESTAMPTZ' if spec.event_time else "NULL::TIMESTAMPTZ"
    return (
        f"SELECT '{spec.table}|' || {key} AS id, _text_sha256 AS text_sha256, _text AS text, {moment} AS occurred_at "
        f"FROM raw.{spec.table} WHERE _text_sha256 IS NOT NULL AND NOT coalesce(_deleted, false)"
    )


def _earlier(store: BuildStore) -> pa.Table | None:
    with store.connect() as connection:
        found = connection.execute("SELECT * FROM enriched.cluster ORDER BY cluster_key").to_arrow_table()
    return found if found.num_rows else None


def _replace(store: BuildStore, clusters: pa.Table, keys: pa.Table) -> None:
    """Both tables change together: a killed run leaves the groups of the run before whole."""
    with store.connect() as connection:
        connection.register("clusters", clusters)
        connection.register("keys", keys)
        connection.execute("BEGIN")
        connection.execute("DELETE FROM enriched.cluster")
        connection.execute("DELETE FROM enriched.text_cluster")
        connection.execute("INSERT INTO enriched.cluster BY NAME SELECT * FROM clusters")
        connection.execute(
            "INSERT INTO enriched.text_cluster BY NAME SELECT DISTINCT ON (text_sha256) * FROM keys "
            "WHERE cluster_key IS NOT NULL ORDER BY text_sha256"
        )
        connection.execute("COMMIT")


def discovered_assets(settings: Settings, specs: Mapping[str, ExportSpec]) -> dg.AssetsDefinition:
    """The discovery step."""

    @dg.multi_asset(
        name="discover_uncovered",
        specs=[
            dg.AssetSpec(
                enriched_key(table),
                deps=[enriched_key("text_theme")],
                group_name=ENRICHED,
                description=description,
                owners=["team:product-ops"],
                kinds={"duckdb"},
            )
            for table, description in TABLES.items()
        ],
    )
    def discover_texts(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[object], progress: dg.ResourceParam[Progress]
    ) -> Iterator[dg.MaterializeResult[None]]:
        store = open_store(settings)
        with store.held_open():
            looked_at = discover_uncovered(settings, specs, progress)
            counts = row_counts(store, TABLES)
        for table in TABLES:
            yield dg.MaterializeResult(
                asset_key=enriched_key(table), metadata={"dagster/row_count": counts[table], "texts_looked_at": looked_at}
            )

    return discover_texts
