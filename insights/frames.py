"""Writes a frame as CSV, NDJSON or Parquet, wholly or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import polars as pl

from insights.formulas import spreadsheet_safe_frame

SUFFIXES = (".csv", ".ndjson", ".jsonl", ".parquet")


def write_frame(frame: pl.DataFrame, path: Path) -> None:
    """Writes a frame in the format that the suffix asks for; what was there is replaced once the new file is whole.

    Args:
        frame: rows.
        path: ends in one of `SUFFIXES`.

    Raises:
        OSError, pl.exceptions.PolarsError: it was not written; what was there is untouched.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        match path.suffix.lower():
            case ".csv":
                spreadsheet_safe_frame(frame).write_csv(fresh)
            case ".parquet":
                frame.write_parquet(fresh)
            case _:
                frame.write_ndjson(fresh)
        fresh.replace(path)
    finally:
        with suppress(FileNotFoundError):
            fresh.unlink()
