"""Judges messages from colleagues: what kind of question it is, who should answer, whether it was answered before.

Quality and owner are both about the main ask (`labels/RUBRIC.md`). The same text gets the same judgement alone or in any batch.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from insights.embed import default_encoder
from insights.question_labels import OWNERS, QUALITIES
from insights.question_model import default_model, file_version, tidy
from insights.threads import one_thread

# A near-duplicate from here on: finds rewritten questions, and matches 2 of 2,366 unrelated ones (benchmarks/questions.py).
SIMILAR = 0.80
_BLOCK = 1024
_SCHEMA = pa.schema(
    [
        ("text_sha256", pa.string()),
        ("model_version", pa.string()),
        ("quality", pa.string()),
        ("quality_confidence", pa.float64()),
        ("owner", pa.string()),
        ("owner_confidence", pa.float64()),
    ]
)
_SIMILAR_SCHEMA = pa.schema([("question_id", pa.string()), ("similar_question_id", pa.string()), ("similarity", pa.float64())])


def question_model_version() -> str:
    """Names everything that a judgement depends on besides the text."""
    return f"questions-1-{default_encoder().name}-{file_version()}"


def similarity_version() -> str:
    """Names everything that `similar_answered` depends on besides the questions."""
    return f"similar-1-{default_encoder().name}-{SIMILAR}"


@one_thread
def judge_questions(texts: pa.Table) -> pa.Table:
    """Quality and owner of each text.

    Args:
        texts: `text_sha256` and `text`.

    Returns:
        One row a text, in order: text_sha256, model_version, quality (awareness, mechanics, readiness, not_question),
        quality_confidence, owner (`none` for not_question), owner_confidence. A confidence is the probability that the
        label is right. A text without a letter or digit asks nothing.
    """
    words = [text or "" for text in texts["text"].to_pylist()]
    quality, asked = default_model().probabilities(words)
    wordless = np.array([not any(character.isalnum() for character in text) for text in words], dtype=bool)
    nothing = QUALITIES.index("not_question")
    quality[wordless] = np.eye(len(QUALITIES))[nothing]
    chosen = quality.argmax(axis=1) if words else np.zeros(0, dtype=np.int64)
    silent = chosen == nothing
    # An owner is right only if something is asked at all; nobody owns what is no question.
    best = asked.argmax(axis=1) if words else np.zeros(0, dtype=np.int64)
    confidence = np.where(silent, quality[:, nothing], (1 - quality[:, nothing]) * asked.max(axis=1, initial=0))
    columns = {
        "text_sha256": texts["text_sha256"].cast(pa.string()),
        "model_version": [question_model_version()] * len(words),
        "quality": [QUALITIES[n] for n in chosen],
        "quality_confidence": quality.max(axis=1, initial=0),
        "owner": ["none" if quiet else OWNERS[n] for quiet, n in zip(silent, best, strict=True)],
        "owner_confidence": confidence,
    }
    return pa.table(columns, schema=_SCHEMA)


@one_thread
def similar_answered(questions: pa.Table) -> pa.Table:
    """For each question the nearest earlier one that had its answer by then, where the two say nearly the same.

    Args:
        questions: question_id, text, asked_at, answered_at (null while unanswered).

    Returns:
        question_id, similar_question_id, similarity (0…1); only questions that have one. Memory grows with the number of
        questions, not with its square.
    """
    frame = (
        pl.DataFrame(questions)
        .select("question_id", "text", "asked_at", "answered_at")
        .with_columns(pl.col("text").fill_null(""))
    )
    asked = (
        frame.with_columns(pl.col("asked_at", "answered_at").dt.epoch("us"))
        .filter(pl.col("asked_at").is_not_null())
        .sort("asked_at", "question_id")
    )
    known = asked.filter(pl.col("answered_at").is_not_null()).sort("answered_at", "question_id")
    if known.is_empty():
        return _SIMILAR_SCHEMA.empty_table()
    vectors, known_vectors = _likeness(asked["text"]), _likeness(known["text"])
    found = []
    for first in range(0, len(asked), _BLOCK):
        rows = asked.slice(first, _BLOCK)
        score, place = _nearest(vectors[first : first + _BLOCK], known_vectors, rows["asked_at"], known)
        found.append(
            rows.select("question_id")
            .with_columns(known["question_id"].gather(place).alias("similar_question_id"), pl.Series("similarity", score))
            .filter(pl.col("similarity") >= SIMILAR)
        )
    return pl.concat(found).to_arrow().cast(_SIMILAR_SCHEMA)


def _likeness(texts: pl.Series) -> npt.NDArray[np.float32]:
    return default_encoder().encode([tidy(text).lower() for text in texts])


def _nearest(
    rows: npt.NDArray[np.float32], vectors: npt.NDArray[np.float32], asked_at: pl.Series, known: pl.DataFrame
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Best similarity and its place among the known for each row, a block of the known at a time."""
    asked = asked_at.to_numpy()[:, None]
    before, answered = known["asked_at"].to_numpy(), known["answered_at"].to_numpy()
    # The known are sorted by the time of their answer: what was answered by then is a prefix.
    end = int(np.searchsorted(answered, asked.max(initial=0), side="right"))
    best = np.zeros(len(rows), dtype=np.float64)
    place = np.zeros(len(rows), dtype=np.int64)
    for first in range(0, end, _BLOCK):
        block = slice(first, first + _BLOCK)
        similar = np.clip(rows @ vectors[block].T, 0, 1)
        similar[(answered[block] > asked) | (before[block] >= asked)] = 0
        nearest = similar.argmax(axis=1)
        value = similar[np.arange(len(rows)), nearest]
        better = value > best
        best[better], place[better] = value[better], first + nearest[better]
    return best, place
