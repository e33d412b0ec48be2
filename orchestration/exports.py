"""A query's answer outside the terminal's table: a CSV, XLSX or Parquet file, or a chart drawn with characters."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from insights.formulas import spreadsheet_safe
from orchestration.sql_prompt import QueryProblem, executed, fetched, write_csv

FILE_KINDS = (".csv", ".xlsx", ".parquet")
# What one sheet of a workbook holds below its header, and what one of its cells does.
SHEET_ROWS = 1_048_575
CELL_CHARACTERS = 32_767
CHART_BARS = 60
CHART_POINTS = 400
CHART_HEIGHT = 20
CHART_TICKS = 5
NAME_CHARACTERS = 40
# One per line of a chart, so that they are told apart without colour.
MARKS = "•x+o*#"
BATCH_ROWS = 10_000


def export(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Writes the whole answer into a file, whose ending says its kind; a file that was there stays until all is written.

    Args:
        connection: the published database.
        query: what to ask.
        path: one of FILE_KINDS.

    Returns:
        How many rows were written.

    Raises:
        QueryProblem: the query is wrong, or the file cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in FILE_KINDS:
        raise QueryProblem(f"--out {path}: take a name that ends in {', '.join(FILE_KINDS)}.")
    columns = executed(connection, query)
    write = {".csv": _csv, ".xlsx": _xlsx, ".parquet": _parquet}[kind]
    try:
        with _replacing(path) as fresh:
            return write(connection, columns, fresh)
    except duckdb.Error as error:
        raise QueryProblem(str(error).strip()) from None
    except OSError as error:
        raise QueryProblem(f"--out {path} cannot be written: {error.strerror or error}. Name another place.") from None


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield fresh
        fresh.replace(path)
    finally:
        with suppress(FileNotFoundError):
            fresh.unlink()


def _csv(connection: duckdb.DuckDBPyConnection, columns: Sequence[str], path: Path) -> int:
    with path.open("w", encoding="utf-8", newline="") as stream:
        return write_csv(connection, columns, stream)


def _parquet(connection: duckdb.DuckDBPyConnection, columns: Sequence[str], path: Path) -> int:
    import pyarrow.parquet as pq

    reader = connection.to_arrow_reader(BATCH_ROWS)
    rows = 0
    with pq.ParquetWriter(path, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def _xlsx(connection: duckdb.DuckDBPyConnection, columns: Sequence[str], path: Path) -> int:
    import xlsxwriter

    rows = 0
    with xlsxwriter.Workbook(
        path,
        {
            "constant_memory": True,
            # A customer's words are text, whatever they look like.
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "nan_inf_to_errors": True,
            "default_date_format": "yyyy-mm-dd hh:mm:ss",
        },
    ) as book:
        sheet = book.add_worksheet("answer")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, columns, book.add_format({"bold": True}))
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        for row in fetched(connection):
            rows += 1
            if rows > SHEET_ROWS:
                raise QueryProblem(f"A sheet holds {SHEET_ROWS:,} rows and the answer has more: take .csv or .parquet.")
            for at, value in enumerate(row):
                if value is not None:
                    sheet.write(rows, at, _cell(value), *([days] if type(value) is date else []))
    return rows


def _cell(value: Any) -> Any:
    """A value as a sheet knows it: moments in UTC without a zone, lists and structures as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, bool | int | float | Decimal | date):
        # Beyond 15 digits a sheet would round.
        return str(value) if isinstance(value, int) and abs(value) >= 10**15 else value
    return spreadsheet_safe(str(value))[:CELL_CHARACTERS]


def chart(connection: duckdb.DuckDBPyConnection, query: str, width: int, *, colour: bool = False) -> str:
    """Draws the answer: lines over a first column of dates, bars for one of names.

    Args:
        connection: the published database.
        query: its first column is what to draw along, its columns of numbers are what to draw.
        width: characters across.
        colour: whether lines are told apart by colour too.

    Returns:
        The chart as text.

    Raises:
        QueryProblem: the query is wrong, or its answer cannot be drawn.
    """
    columns = executed(connection, query)
    try:
        rows = [row for row in connection.fetchmany(CHART_POINTS + 1) if row[0] is not None]
    except duckdb.Error as error:
        raise QueryProblem(str(error).strip()) from None
    numbers = [at for at in range(1, len(columns)) if _is_number([row[at] for row in rows])]
    if not rows or not numbers:
        raise QueryProblem("There is nothing to draw: --chart takes a first column of dates or names and columns of numbers.")
    if all(isinstance(row[0], date) for row in rows):
        return _lines(columns, rows, numbers, width, colour)
    return _bars(columns, rows, numbers[0], width)


def _is_number(values: Sequence[Any]) -> bool:
    kinds = {type(value) for value in values} - {type(None)}
    return bool(kinds) and kinds <= {int, float, Decimal}


def _lines(columns: Sequence[str], rows: list[tuple[Any, ...]], numbers: Sequence[int], width: int, colour: bool) -> str:
    import plotext

    if len(numbers) > len(MARKS):
        raise QueryProblem(f"{len(numbers)} columns of numbers are too many for a chart; select up to {len(MARKS)}.")
    if len({row[0] for row in rows}) < len(rows):
        raise QueryProblem(f"A chart over time takes one row per {columns[0]}: filter the others away, or sum them.")
    if len(rows) > CHART_POINTS:
        raise QueryProblem(f"More than {CHART_POINTS} moments cannot be read: take fewer, or sum them by month.")
    rows.sort(key=lambda row: row[0])
    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, CHART_HEIGHT)
    figure.title(columns[numbers[0]] if len(numbers) == 1 else "")
    for at, mark in zip(numbers, MARKS, strict=False):
        # A month without a value is a gap to the reader, so its neighbours are not joined through it.
        for first, stretch in enumerate(_stretches([row[at] for row in rows])):
            line = figure.signal(stretch, [float(rows[x][at]) for x in stretch], marker="hd" if len(numbers) == 1 else mark)
            line.lines()
            if len(numbers) > 1 and first == 0:
                line.label(columns[at])
            figure.draw(line)
    shown = sorted({round(step * (len(rows) - 1) / (CHART_TICKS - 1)) for step in range(CHART_TICKS)})
    figure.ruler("x").ticks(shown, [f"{rows[x][0]:%Y-%m-%d}" for x in shown])
    drawn = figure.build().string()
    figure.clear()
    return str(drawn if colour else plotext.uncolorize(drawn)).rstrip("\n") + "\n"


def _stretches(values: Sequence[Any]) -> list[list[int]]:
    """Places of values in runs that no null interrupts."""
    runs: list[list[int]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(at)
    return [run for run in runs if run]


def _bars(columns: Sequence[str], rows: list[tuple[Any, ...]], number: int, width: int) -> str:
    if len(rows) > CHART_BARS:
        raise QueryProblem(f"More than {CHART_BARS} bars cannot be read: add ORDER BY and LIMIT.")
    names = [" ".join(str(row[0]).split())[:NAME_CHARACTERS] for row in rows]
    told = ["-" if row[number] is None else f"{row[number]:,.6g}" for row in rows]
    values = [float(row[number] or 0) for row in rows]
    low, high = min(0.0, *values), max(0.0, *values)
    name_width, told_width = max(map(len, names)), max(map(len, told))
    room = max(10, width - name_width - told_width - 4)
    unit = room / ((high - low) or 1.0)
    zero = round(-low * unit)
    lines = [columns[number]]
    for name, text, value in zip(names, told, values, strict=True):
        size = round(abs(value) * unit)
        bar = " " * (zero - size if value < 0 else zero) + "█" * size
        lines.append(f"{name:<{name_width}}  {text:>{told_width}}  {bar}".rstrip())
    return "\n".join(lines) + "\n"
