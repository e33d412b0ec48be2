"""The whole enrichment of redacted texts: language, sentiment, and themes with the quotes that show them.

Pure functions over Arrow tables. Results depend on a text and on `model_version` alone, so a text is scored once.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from insights import sentiment as moods
from insights.assign import THRESHOLD, Example, ThemeModel, theme_model_version
from insights.embed import Encoder
from insights.evidence import Clauses, quote, split_clauses
from insights.language import default_detector
from insights.sentiment import default_sentiment
from insights.taxonomy import Taxonomy
from insights.threads import one_thread

Values = npt.NDArray[np.float64]

ENGINE = "enrich-2"
# As many as the orchestration hands over: what is done once for each distinct word and clause is done less often.
BATCH = 20_000

TEXT_SCHEMA = pa.schema(
    [
        ("text_sha256", pa.string()),
        ("model_version", pa.string()),
        ("language", pa.string()),
        ("language_confidence", pa.float64()),
        ("sentiment", pa.float64()),
        ("sentiment_label", pa.string()),
    ]
)
TEXT_THEME_SCHEMA = pa.schema(
    [
        ("text_sha256", pa.string()),
        ("model_version", pa.string()),
        ("theme_id", pa.string()),
        ("theme_id_today", pa.string()),
        ("confidence", pa.float64()),
        ("sentiment", pa.float64()),
        ("quote", pa.string()),
        ("quote_start", pa.int64()),
        ("quote_end", pa.int64()),
        ("quote_sha256", pa.string()),
        ("method", pa.string()),
        ("taxonomy_version", pa.string()),
    ]
)


@dataclass(frozen=True)
class Enriched:
    """Judgements on texts: one row a text, and one row for each theme that a text is about."""

    text: pa.Table
    text_theme: pa.Table


@functools.lru_cache(maxsize=4)
def _model(taxonomy: Taxonomy, labels: tuple[Example, ...], encoder: Encoder | None) -> ThemeModel:
    return ThemeModel(taxonomy, labels, encoder)


def model_version(taxonomy: Taxonomy, labels: Sequence[Example] = (), encoder: Encoder | None = None) -> str:
    """Identifies everything that the judgements depend on, besides the text."""
    parts = (ENGINE, theme_model_version(taxonomy, labels, encoder), default_sentiment().name)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


@one_thread
def enrich(texts: pa.Table, taxonomy: Taxonomy, labels: Sequence[Example] = (), encoder: Encoder | None = None) -> Enriched:
    """Judge redacted texts.

    Args:
        texts: columns `text_sha256` and `text`, one row a distinct text.
        taxonomy: the themes to look for.
        labels: clauses that people have labelled, to learn from.
        encoder: turns clauses into vectors; the static one by default.

    Returns:
        Tables in the schemas of `enriched.text` and `enriched.text_theme`.
    """
    model = _model(taxonomy, tuple(labels), encoder)
    version, taxonomy_version = model_version(taxonomy, labels, encoder), taxonomy.version
    parts: list[Enriched] = []
    for first in range(0, max(texts.num_rows, 1), BATCH):
        batch = texts.slice(first, BATCH)
        keys, words = batch["text_sha256"].to_pylist(), [text or "" for text in batch["text"].to_pylist()]
        parts.append(_enrich_batch(keys, words, model, version, taxonomy_version))
    return Enriched(pa.concat_tables([p.text for p in parts]), pa.concat_tables([p.text_theme for p in parts]))


def _enrich_batch(keys: list[str], texts: list[str], model: ThemeModel, version: str, taxonomy_version: str) -> Enriched:
    languages, confidences = default_detector().detect(texts)
    clauses = split_clauses(texts)
    # Customers thank, greet and ask in the same words again and again: each clause is judged once a batch.
    places = {words: place for place, words in enumerate(dict.fromkeys(clauses.words))}
    which = np.fromiter((places[words] for words in clauses.words), dtype=np.int64, count=len(clauses.words))
    valences = np.fromiter(map(default_sentiment().valence, places), dtype=np.float64, count=len(places))[which]
    totals = np.bincount(clauses.text, weights=valences, minlength=len(texts)).astype(np.float64)
    scores: Values = np.round(moods.squash(totals), 4)
    text = pa.table(
        {
            "text_sha256": keys,
            "model_version": [version] * len(keys),
            "language": languages,
            "language_confidence": np.round(confidences, 4),
            "sentiment": scores,
            "sentiment_label": moods.label(scores),
        },
        schema=TEXT_SCHEMA,
    )
    rows = _theme_rows(keys, texts, clauses, valences, model.score(list(places))[which], model)
    constant = {"model_version": version, "method": model.method, "taxonomy_version": taxonomy_version}
    return Enriched(text, pa.Table.from_pylist([row | constant for row in rows], schema=TEXT_THEME_SCHEMA))


def _theme_rows(
    keys: list[str], texts: list[str], clauses: Clauses, valences: Values, scores: Values, model: ThemeModel
) -> list[dict[str, object]]:
    """One row for each theme of each text, quoting the clause that shows it best."""
    best: dict[tuple[int, int], int] = {}
    for clause, theme in zip(*np.nonzero(scores >= THRESHOLD), strict=True):
        key = (int(clauses.text[clause]), int(theme))
        if key not in best or scores[clause, theme] > scores[best[key], theme]:
            best[key] = int(clause)
    rows: list[dict[str, object]] = []
    for (place, theme), clause in sorted(best.items()):
        start, end = quote(texts[place], int(clauses.start[clause]), int(clauses.end[clause]))
        words = texts[place][start:end]
        rows.append(
            {
                "text_sha256": keys[place],
                "theme_id": model.classes[theme].id,
                "theme_id_today": model.today(model.classes[theme].id, words),
                "confidence": float(scores[clause, theme]),
                "sentiment": round(float(moods.squash(valences[clause : clause + 1])[0]), 4),
                "quote": words,
                "quote_start": start,
                "quote_end": end,
                "quote_sha256": hashlib.sha256(words.encode()).hexdigest(),
            }
        )
    return rows
