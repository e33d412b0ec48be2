"""Cells that a spreadsheet would run are marked as text in every CSV file that is written, and only there."""

import polars as pl
import pytest

from insights.formulas import FORMULA_STARTS, spreadsheet_safe
from insights.frames import write_frame
from insights.label import write_rows

WRITERS = {"label": write_rows, "discover": write_frame}


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
def test_text_is_marked_in_csv_and_kept_elsewhere(tmp_path, writer):
    said = [f"{start}cmd|' /C calc'!A0" for start in FORMULA_STARTS]
    frame = pl.DataFrame({"text": [*said, "plain", None], "score": [-1.5] * (len(said) + 2)})
    writer(frame, tmp_path / "x.csv")
    back = pl.read_csv(tmp_path / "x.csv")
    assert back["text"].to_list() == [f"'{text}" for text in said] + ["plain", None]
    assert back["score"].to_list() == [-1.5] * (len(said) + 2)
    writer(frame, tmp_path / "x.parquet")
    assert pl.read_parquet(tmp_path / "x.parquet")["text"].to_list() == [*said, "plain", None]


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
def test_names_of_columns_are_marked_too(tmp_path, writer):
    writer(pl.DataFrame({"=1+1": ["a"]}), tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text("utf-8") == "'=1+1\na\n"


def test_numbers_stay_numbers():
    assert spreadsheet_safe(-1) == -1
    assert spreadsheet_safe("-1") == "'-1"
