"""Judgements on texts within Spark: distinct texts go to Python workers as Arrow batches, and come back judged.

The judge is the one that a run on DuckDB calls (`insights.enrich`), so both write the same `enriched.text` and
`enriched.text_theme`.
"""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from insights.assign import Example
from insights.embed import Encoder
from insights.enrich import TEXT_SCHEMA, TEXT_THEME_SCHEMA, Enriched, enrich, model_version
from insights.taxonomy import Taxonomy, load_taxonomy
from orchestration.assets.enriched import encoder_of, theme_labels, worded_tables
from orchestration.declared import workspace_specs
from orchestration.settings import InsightsSection, Settings

# A worker that is lost costs a part of the texts, and no core waits long for the last one.
PARTS_A_CORE = 4
# One row a text, so that Spark reads the texts once for both tables.
JUDGED_SCHEMA = TEXT_SCHEMA.append(pa.field("themes", pa.list_(pa.struct(list(TEXT_THEME_SCHEMA)))))

_encoder = functools.cache(encoder_of)


@dataclass(frozen=True)
class Judge:
    """What judges texts, small enough to be sent to every worker; models are loaded there, once a process."""

    taxonomy: Taxonomy
    labels: tuple[Example, ...]
    insights: InsightsSection

    @property
    def encoder(self) -> Encoder:
        """What turns words into vectors, the same object at each call in a process."""
        return _encoder(self.insights)

    @property
    def version(self) -> str:
        """The version that the judgements carry."""
        return model_version(self.taxonomy, self.labels, self.encoder)

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Judge batches of `text_sha256` and `text`; what `DataFrame.mapInArrow` takes."""
        for batch in batches:
            texts = pa.Table.from_batches([batch])
            yield from nested(enrich(texts, self.taxonomy, self.labels, self.encoder)).to_batches()


def workspace_judge(settings: Settings) -> Judge:
    """The judge of a workspace: its taxonomy, its labels, its encoder.

    Raises:
        TaxonomyError: the workspace's taxonomy is not valid.
    """
    return Judge(load_taxonomy(settings.themes_file), tuple(theme_labels(settings)), settings.config.insights)


def nested(judged: Enriched) -> pa.Table:
    """One row a text, with its themes as a list."""
    text, themes = judged.text.combine_chunks(), judged.text_theme
    places = pc.index_in(themes["text_sha256"], value_set=text["text_sha256"]).to_numpy()
    ends = np.cumsum(np.bincount(places, minlength=text.num_rows))
    lists = pa.ListArray.from_arrays(np.concatenate([[0], ends]).astype(np.int32), themes.to_struct_array().combine_chunks())
    return text.append_column("themes", lists).cast(JUDGED_SCHEMA)


def judge_texts(session: Any, folder: Path, settings: Settings) -> int:
    """Judge the texts that the workspace's model has not seen, and write both tables in the place of those that are there.

    Args:
        session: a `pyspark.sql.SparkSession`.
        folder: tables that `earshot tables` wrote.
        settings: the workspace that they are of.

    Returns:
        Number of texts judged now.
    """
    from pyspark.sql.pandas.types import from_arrow_schema

    judge = workspace_judge(settings)
    kept, kept_themes = _kept(session, folder / "enriched", judge.version)
    waiting = _distinct_texts(session, folder / "raw", worded_tables(workspace_specs(settings)))
    waiting = waiting.join(kept, "text_sha256", "left_anti")
    parts = PARTS_A_CORE * session.sparkContext.defaultParallelism
    judged = waiting.repartition(parts, "text_sha256").mapInArrow(judge, from_arrow_schema(JUDGED_SCHEMA)).persist()
    try:
        count = int(judged.count())
        # Themes first: a text without a row in `text` is judged again, whatever a killed call has left of its themes.
        _replace(kept_themes.unionByName(judged.selectExpr("inline(themes)")), folder / "enriched" / "text_theme.parquet")
        _replace(kept.unionByName(judged.drop("themes")), folder / "enriched" / "text.parquet")
    finally:
        judged.unpersist()
    return count


def _kept(session: Any, folder: Path, version: str) -> tuple[Any, Any]:
    """Earlier judgements of this version, and the themes of their texts."""
    text, themes = (
        _table(session, folder / f"{name}.parquet", schema).where(f"model_version = '{version}'")
        for name, schema in (("text", TEXT_SCHEMA), ("text_theme", TEXT_THEME_SCHEMA))
    )
    return text, themes.join(text, "text_sha256", "left_semi")


def _table(session: Any, path: Path, schema: pa.Schema) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema

    return (
        session.read.parquet(str(path.resolve())) if path.exists() else session.createDataFrame([], from_arrow_schema(schema))
    )


def _distinct_texts(session: Any, folder: Path, tables: Sequence[str]) -> Any:
    """Each text once, as `text_sha256` and `text`.

    Raises:
        FileNotFoundError: a table with texts is not in the folder.
    """
    missing = [table for table in tables if not (folder / f"{table}.parquet").exists()]
    if missing:
        raise FileNotFoundError(f"{folder} has no {', '.join(missing)}: write the tables again with `earshot tables`")
    texts = [
        session.read.parquet(str((folder / f"{table}.parquet").resolve()))
        .where("_text_sha256 is not null")
        .selectExpr("_text_sha256 as text_sha256", "_text as text")
        for table in tables
    ]
    return functools.reduce(lambda left, right: left.unionByName(right), texts).dropDuplicates(["text_sha256"])


def _replace(rows: Any, path: Path) -> None:
    """Write rows beside a table, file or folder, and put them in its place once they are whole."""
    aside = path.resolve().with_name(f"{path.name}.new")
    rows.write.mode("overwrite").parquet(str(aside))
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    aside.replace(path.resolve())
