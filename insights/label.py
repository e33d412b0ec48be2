"""Label a file of texts outside the pipeline: `id,text` in, judgements out, as CSV, NDJSON or Parquet.

Text is redacted before anything else looks at it, so quotes show placeholders; their offsets are those in the text that
was given (of a JSON document, in the redacted one).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from insights.assign import Example
from insights.enrich import enrich
from insights.frames import write_frame
from insights.questions import judge_questions
from insights.redact import KINDS, Redactor
from insights.taxonomy import Taxonomy

_READERS: dict[str, Callable[[Path], pl.DataFrame]] = {
    ".csv": lambda path: pl.read_csv(path, infer_schema=False),
    ".ndjson": lambda path: pl.read_ndjson(path, infer_schema_length=None),
    ".jsonl": lambda path: pl.read_ndjson(path, infer_schema_length=None),
    ".parquet": pl.read_parquet,
}


class LabelError(ValueError):
    """A file cannot be labelled; the message says which, why, and what to do."""


def read_texts(source: str | Path) -> pl.DataFrame:
    """The columns `id` and `text` of a file, as strings; a missing text is an empty one.

    Raises:
        LabelError: the file cannot be read, or lacks a column.
    """
    path = Path(source)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise LabelError(f"{path}: unknown file type {path.suffix!r}; use one of {', '.join(_READERS)}")
    try:
        frame = reader(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise LabelError(f"{path}: cannot be read ({error}); check the path, and that the file is UTF-8") from error
    missing = [column for column in ("id", "text") if column not in frame.columns]
    if missing:
        found = ", ".join(frame.columns)
        raise LabelError(
            f"{path}: no column {' or '.join(map(repr, missing))} (found: {found}); rename the columns to id and text"
        )
    return frame.select(pl.col("id").cast(pl.String), pl.col("text").cast(pl.String).fill_null(""))


def check_target(target: str | Path) -> None:
    """Refuse a target that could not be written, before any work is done for it.

    Raises:
        LabelError: the format is unknown or the folder is missing.
    """
    path = Path(target)
    if path.suffix.lower() not in _READERS:
        raise LabelError(f"{path}: unknown file type {path.suffix!r}; use one of {', '.join(_READERS)}")
    if not path.parent.is_dir():
        raise LabelError(f"{path}: the folder {path.parent} does not exist; make it first")


def write_rows(frame: pl.DataFrame, target: str | Path) -> int:
    """Write a frame in the format that the file's name asks for; gives the number of rows.

    Raises:
        LabelError: the format is unknown or the file cannot be written.
    """
    path = Path(target)
    check_target(path)
    try:
        write_frame(frame, path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise LabelError(f"{path}: cannot be written ({error}); check folder and permissions") from error
    return frame.height


def label_themes(source: str | Path, target: str | Path, taxonomy: Taxonomy, labels: Sequence[Example] = ()) -> int:
    """Write one row a theme of a text: id, theme_id, confidence, quote, start, end.

    A text that is about no theme has one row, with only its id.
    """
    check_target(target)
    given = read_texts(source)
    texts = _redacted(given)
    found = pl.DataFrame(enrich(_keyed(texts), taxonomy, labels).text_theme)
    found = (
        found.with_columns(theme_id="theme_id_today")
        .filter(pl.col("theme_id").is_in([theme.id for theme in taxonomy.active]))
        .sort("confidence", descending=True, maintain_order=True)
        .unique(["text_sha256", "theme_id"], keep="first", maintain_order=True)
        .sort("text_sha256", "quote_start", "theme_id")
    )
    found = found.select(
        "text_sha256", "theme_id", "confidence", "quote", pl.col("quote_start").alias("start"), pl.col("quote_end").alias("end")
    )
    rows = texts.with_columns(given=given["text"]).join(found, on="text_sha256", how="left", maintain_order="left_right")
    return write_rows(_placed_in_given(rows).select("id", "theme_id", "confidence", "quote", "start", "end"), target)


def _placed_in_given(rows: pl.DataFrame) -> pl.DataFrame:
    """Offsets of quotes as they are in the text that was given, where redaction moved them."""
    redactor = Redactor()
    places: list[tuple[int | None, int | None]] = []
    for given, text, start, end in rows.select("given", "text", "start", "end").iter_rows():
        moved = start is not None and given != text and (redaction := redactor.redact(given)).text == text
        places.append(redaction.in_original(start, end) if moved else (start, end))
    starts, ends = zip(*places, strict=True) if places else ((), ())
    return rows.with_columns(pl.Series("start", starts, dtype=pl.Int64), pl.Series("end", ends, dtype=pl.Int64))


def label_sentiment(source: str | Path, target: str | Path, taxonomy: Taxonomy, labels: Sequence[Example] = ()) -> int:
    """Write one row a text: id, sentiment (−1…1), sentiment_label, language, language_confidence."""
    check_target(target)
    texts = _redacted(read_texts(source))
    found = pl.DataFrame(enrich(_keyed(texts), taxonomy, labels).text).drop("model_version")
    columns = ("id", "sentiment", "sentiment_label", "language", "language_confidence")
    return write_rows(texts.join(found, on="text_sha256", how="left", maintain_order="left").select(columns), target)


def label_redact(source: str | Path, target: str | Path, known_names: Sequence[str] = ()) -> int:
    """Write one row a text: id, the redacted text, and how many placeholders of each kind it holds."""
    check_target(target)
    texts = _redacted(read_texts(source), known_names)
    counts = [pl.col("text").str.count_matches(f"[{kind}]", literal=True).alias(kind.lower()) for kind in KINDS]
    return write_rows(texts.select("id", "text", *counts), target)


def label_questions(source: str | Path, target: str | Path) -> int:
    """Write one row a message from a colleague: id, quality, quality_confidence, owner, owner_confidence."""
    check_target(target)
    texts = _redacted(read_texts(source))
    found = pl.DataFrame(judge_questions(_keyed(texts)))
    columns = ("id", "quality", "quality_confidence", "owner", "owner_confidence")
    return write_rows(texts.join(found, on="text_sha256", how="left", maintain_order="left").select(columns), target)


def _redacted(texts: pl.DataFrame, known_names: Sequence[str] = ()) -> pl.DataFrame:
    """The texts redacted, with the key that the enrichment knows them by."""
    words = Redactor(known_names).redact_array(texts["text"].to_arrow().cast(pa.string()))
    keys = [hashlib.sha256(text.encode()).hexdigest() for text in words.to_pylist()]
    return texts.with_columns(pl.Series("text", words), pl.Series("text_sha256", keys, dtype=pl.String))


def _keyed(texts: pl.DataFrame) -> pa.Table:
    return texts.select("text_sha256", "text").unique("text_sha256", maintain_order=True).to_arrow()
