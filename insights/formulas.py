"""Text that a spreadsheet would run: cells of CSV files that begin like a formula are marked as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

# A cell that starts like this is a formula to a spreadsheet; a quote in front makes it text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def spreadsheet_safe(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula, marked as text; everything else as it is."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value


def spreadsheet_safe_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """The same for every text cell of a frame, and for the names of its columns."""
    import polars as pl

    begins = "^[" + "".join(map(re.escape, FORMULA_STARTS)) + "]"
    marked = frame.with_columns(
        pl.when(pl.col(name).str.contains(begins)).then(pl.concat_str(pl.lit("'"), name)).otherwise(pl.col(name)).alias(name)
        for name, kind in frame.schema.items()
        if kind == pl.String
    )
    return marked.rename({name: spreadsheet_safe(name) for name in marked.columns})
