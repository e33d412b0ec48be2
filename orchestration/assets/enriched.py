"""Raw words → judgements: every distinct text is scored once per model version, in batches that survive a kill."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import dagster as dg
import pyarrow as pa

from connectors.spec import ExportSpec
from insights.assign import Example, read_examples
from insights.embed import Encoder, default_encoder
from insights.enrich import enrich, model_version
from insights.roadmap import match_items, roadmap_version
from insights.taxonomy import load_taxonomy
from orchestration.assets.keys import ENRICHED, enriched_key, raw_key
from orchestration.assets.loaded import open_store
from orchestration.build_layout import quoted
from orchestration.resources import Progress
from orchestration.settings import InsightsSection, Settings, secret
from orchestration.store import BuildStore

TABLES = {
    "text": "Language and sentiment of each distinct text.",
    "text_theme": "Themes of each distinct text, each with the words that show it.",
    "theme": "The workspace's taxonomy, one row per theme version.",
    "roadmap_theme": "The theme that each planned item's own words are about.",
}
BATCH_TEXTS = 20_000


def enrich_new_texts(settings: Settings, specs: Mapping[str, ExportSpec], progress: Progress) -> int:
    """Scores the texts that the current models have not seen, and forgets older models' scores.

    Returns:
        Number of texts scored.

    Raises:
        TaxonomyError: the workspace's taxonomy is not valid.
    """
    taxonomy = load_taxonomy(settings.themes_file)
    labels = theme_labels(settings)
    encoder = chosen_encoder(settings)
    version = model_version(taxonomy, labels, encoder)
    store = open_store(settings)
    with store.held_open():
        replace_rows(store, "theme", taxonomy.to_arrow())
        worded = worded_tables(specs)
        waiting = unscored(store, worded, version, "text")
        progress.stage("Reading what customers say", waiting.num_rows)
        for first in range(0, waiting.num_rows, BATCH_TEXTS):
            batch = waiting.slice(first, BATCH_TEXTS)
            scores = enrich(words_of(store, worded, batch), taxonomy, labels, encoder)
            append(store, text=scores.text, text_theme=scores.text_theme)
            progress.advance(f"{batch.num_rows} texts", batch.num_rows)
        keep_only(store, version, "text", "text_theme")
    return int(waiting.num_rows)


def worded_tables(specs: Mapping[str, ExportSpec]) -> list[str]:
    """Raw tables of what customers say; colleagues' words are no feedback: `questions` judges them."""
    return [spec.table for spec in specs.values() if spec.text and not spec.internal]


def match_roadmap(settings: Settings, specs: Mapping[str, ExportSpec]) -> int:
    """Matches planned items with themes where their words, the taxonomy or the labels have changed.

    Returns:
        Number of items matched now.
    """
    planned = [spec for spec in specs.values() if spec.planned]
    taxonomy, labels, encoder = load_taxonomy(settings.themes_file), theme_labels(settings), chosen_encoder(settings)
    store = open_store(settings)
    waiting = _unmatched(store, planned, roadmap_version(taxonomy, labels, encoder))
    if not waiting.num_rows:
        return 0
    with store.connect() as connection:
        connection.register("matches", match_items(waiting, taxonomy, labels, encoder))
        connection.execute("BEGIN")
        connection.execute(
            "DELETE FROM enriched.roadmap_theme USING matches WHERE roadmap_theme.source_system = matches.source_system "
            "AND roadmap_theme.item_key = matches.item_key"
        )
        connection.execute("INSERT INTO enriched.roadmap_theme BY NAME SELECT * FROM matches")
        connection.execute("COMMIT")
    return int(waiting.num_rows)


def _unmatched(store: BuildStore, planned: Sequence[ExportSpec], version: str) -> pa.Table:
    """Items whose words were not matched by this version, in order."""
    items = " UNION ALL ".join(
        f"SELECT '{spec.vendor}' AS source_system, {quoted(spec.key[0])} AS item_key, "
        f"concat_ws(chr(10), {', '.join(map(quoted, spec.planned))}) AS words "
        f"FROM raw.{spec.table} WHERE NOT coalesce(_deleted, false)"
        for spec in planned
    )
    with store.connect() as connection:
        return connection.execute(
            f"""
            SELECT source_system, item_key, sha256(words) AS words_sha256, words FROM ({items})
            WHERE (source_system, item_key, sha256(words)) NOT IN
                (SELECT (source_system, item_key, words_sha256) FROM enriched.roadmap_theme WHERE model_version = ?)
            ORDER BY source_system, item_key
            """,
            [version],
        ).to_arrow_table()


def chosen_encoder(settings: Settings) -> Encoder:
    """What turns words into vectors in this workspace.

    Raises:
        SettingsError: the key of the hosted model is not set.
        EncoderUnavailableError: what the encoder needs is not installed.
    """
    return encoder_of(settings.config.insights)


def encoder_of(chosen: InsightsSection) -> Encoder:
    """The same from the section alone, which may be sent to other machines: it holds no secret."""
    if chosen.hosted is not None:
        from insights.hosted import HostedEncoder

        return HostedEncoder(
            chosen.hosted.url, chosen.hosted.model, chosen.hosted.dimensions, secret(chosen.hosted.key_variable)
        )
    if chosen.encoder == "quality":
        from insights.quality import quality_encoder

        return quality_encoder()
    return default_encoder()


def theme_labels(settings: Settings) -> list[Example]:
    """What people of this workspace have labelled so far."""
    path = settings.theme_labels_file
    return read_examples(path) if path.is_file() else []


def replace_rows(store: BuildStore, table: str, rows: pa.Table) -> None:
    """Puts rows in place of all that a table of `enriched` holds."""
    with store.connect() as connection:
        connection.register("rows", rows)
        connection.execute("BEGIN")
        connection.execute(f"DELETE FROM enriched.{table}")
        connection.execute(f"INSERT INTO enriched.{table} BY NAME SELECT * FROM rows")
        connection.execute("COMMIT")


def _every_text(tables: Sequence[str], columns: str) -> str:
    return " UNION ALL ".join(f"SELECT {columns} FROM raw.{table} WHERE _text_sha256 IS NOT NULL" for table in tables)


def unscored(store: BuildStore, tables: Sequence[str], version: str, scores: str) -> pa.Table:
    """Keys of the texts without scores of this version; keys only, so that a million texts fit in memory.

    Args:
        store: the build database.
        tables: raw tables that hold the texts, at least one.
        version: version of the model.
        scores: table of `enriched` that holds the scores.
    """
    with store.connect() as connection:
        return connection.execute(
            f"""
            SELECT DISTINCT _text_sha256 AS text_sha256 FROM ({_every_text(tables, "_text_sha256")})
            WHERE _text_sha256 NOT IN (SELECT text_sha256 FROM enriched.{scores} WHERE model_version = ?)
            ORDER BY text_sha256
            """,
            [version],
        ).to_arrow_table()


def words_of(store: BuildStore, tables: Sequence[str], keys: pa.Table) -> pa.Table:
    """The texts with these keys, as `text_sha256` and `text`."""
    with store.connect() as connection:
        connection.register("keys", keys)
        return connection.execute(
            f"""
            SELECT text_sha256, any_value(_text) AS text
            FROM ({_every_text(tables, "_text_sha256, _text")}) JOIN keys ON text_sha256 = _text_sha256
            GROUP BY text_sha256 ORDER BY text_sha256
            """
        ).to_arrow_table()


def append(store: BuildStore, **scores: pa.Table) -> None:
    """Adds one batch of scores, by table of `enriched`, as a whole: a killed run goes on after the last batch."""
    with store.connect() as connection:
        connection.execute("BEGIN")
        for table, rows in scores.items():
            connection.register("rows", rows)
            connection.execute(f"INSERT INTO enriched.{table} BY NAME SELECT * FROM rows")
        connection.execute("COMMIT")


def keep_only(store: BuildStore, version: str, *tables: str) -> None:
    """Forgets the scores of other versions."""
    with store.connect() as connection:
        for table in tables:
            connection.execute(f"DELETE FROM enriched.{table} WHERE model_version <> ?", [version])


def row_counts(store: BuildStore, tables: Iterable[str]) -> dict[str, int]:
    """Number of rows of tables of `enriched`."""
    with store.connect() as connection:
        return {table: connection.table(f"enriched.{table}").shape[0] for table in tables}


def enriched_assets(settings: Settings, specs: Mapping[str, ExportSpec]) -> dg.AssetsDefinition:
    """The enrichment step."""
    words = [raw_key(spec) for spec in specs.values() if spec.planned or (spec.text and not spec.internal)]

    @dg.multi_asset(
        name="enrich_text",
        specs=[
            dg.AssetSpec(
                enriched_key(table),
                deps=words,
                group_name=ENRICHED,
                description=description,
                owners=["team:product-ops"],
                kinds={"duckdb"},
            )
            for table, description in TABLES.items()
        ],
    )
    def enrich_text(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[object], progress: dg.ResourceParam[Progress]
    ) -> Iterator[dg.MaterializeResult[None]]:
        store = open_store(settings)
        with store.held_open():
            scored = enrich_new_texts(settings, specs, progress)
            match_roadmap(settings, specs)
            counts = row_counts(store, TABLES)
        context.log.info("%s texts scored", scored)
        for table in TABLES:
            yield dg.MaterializeResult(
                asset_key=enriched_key(table), metadata={"dagster/row_count": counts[table], "texts_scored_now": scored}
            )

    return enrich_text
