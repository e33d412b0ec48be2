"""What the conformance kit knows of fixtures that are no text: how many records they hold, counted without the reader."""

from __future__ import annotations

import io
from pathlib import Path

import fastavro
import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from connectors.parts import Part

LAYOUTS = ("sheet", "parquet", "avro", "markdown")


def record_count(path: Path, part: Part) -> int:
    """Records of a part, as the format's own library counts them."""
    match part.layout:
        case "parquet":
            return int(pq.read_metadata(path).num_rows)
        case "avro":
            with path.open("rb") as file:
                return sum(1 for _ in fastavro.reader(file))
        case "sheet":
            sheet = CalamineWorkbook.from_path(path).get_sheet_by_name(part.selector)
            filled = [row for row in sheet.to_python(skip_empty_area=False) if any(cell != "" for cell in row)]
            return len(filled) - part.header_rows
        case _:
            return 1


def cut(path: Path) -> bytes:
    """The first three quarters of a file."""
    content = path.read_bytes()
    return io.BytesIO(content).read(len(content) * 3 // 4)
