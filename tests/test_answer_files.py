"""Answers as files and charts hold what the warehouse says, all of it, and nothing that a spreadsheet would run."""

import csv
import zipfile

import duckdb
import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.exports import CHART_BARS, chart, export
from orchestration.sql_prompt import QueryProblem, open_published

QUERY = "SELECT month_start, segment, n, nps, nps_low FROM voc.nps_monthly ORDER BY ALL"
HOSTILE = "SELECT '=1+1' AS said, 'https://example.com' AS link, 1e400 AS big, 12345678901234567 AS key, NULL AS nothing"


@pytest.fixture
def published(company):
    with open_published(company / "warehouse.duckdb") as connection:
        yield connection


def sheet(path):
    header, *rows = CalamineWorkbook.from_path(path).get_sheet_by_name("answer").to_python()
    return header, rows


def test_each_kind_of_file_holds_the_whole_answer(published, tmp_path):
    wanted = published.execute(QUERY).fetchall()
    assert len(wanted) > 20
    for kind in ("csv", "xlsx", "parquet"):
        assert export(published, QUERY, tmp_path / "new" / f"nps.{kind}") == len(wanted)
    assert duckdb.sql(f"FROM '{tmp_path}/new/nps.parquet'").fetchall() == wanted
    header, rows = sheet(tmp_path / "new" / "nps.xlsx")
    assert header == ["month_start", "segment", "n", "nps", "nps_low"]
    # A sheet keeps 16 digits.
    for row, wanted_row in zip(rows, wanted, strict=True):
        assert row == [pytest.approx(v) if isinstance(v, float) else "" if v is None else v for v in wanted_row]
    with (tmp_path / "new" / "nps.csv").open(newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == len(wanted) + 1
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["nps.csv", "nps.parquet", "nps.xlsx"]


def test_a_sheet_runs_nothing_and_rounds_no_key(published, tmp_path):
    export(published, HOSTILE, tmp_path / "x.xlsx")
    _, [row] = sheet(tmp_path / "x.xlsx")
    assert row[0] == "'=1+1"
    assert row[3] == "12345678901234567"
    with zipfile.ZipFile(tmp_path / "x.xlsx") as book:
        assert b"hyperlink" not in book.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("query", ["SELECT nothing_such", "SELECT CAST(error('no') AS INT) FROM core.theme"])
def test_a_query_that_fails_leaves_the_file_that_was_there(published, tmp_path, query):
    path = tmp_path / "kept.csv"
    path.write_text("kept")
    with pytest.raises(QueryProblem):
        export(published, query, path)
    assert path.read_text() == "kept"
    assert [file.name for file in tmp_path.iterdir()] == ["kept.csv"]


def test_a_chart_is_drawn_to_scale(published):
    values = "SELECT * FROM (VALUES ('a', 4), ('b', 8), ('c', -4), ('d', NULL)) AS t(name, value)"
    lines = chart(published, values, 60).splitlines()
    sizes = [line.count("█") for line in lines[1:]]
    assert sizes[1] > 20
    assert sizes[0] == sizes[2] == pytest.approx(sizes[1] / 2, abs=1)
    assert sizes[3] == 0
    over_time = chart(published, "SELECT month_start, nps FROM voc.nps_monthly WHERE segment = 'all'", 80)
    first, last = published.execute(
        "SELECT min(month_start), max(month_start) FROM voc.nps_monthly WHERE segment = 'all'"
    ).fetchone()
    assert f"{first:%Y-%m-%d}" in over_time
    assert f"{last:%Y-%m-%d}" in over_time


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT theme_name FROM core.theme", "nothing to draw"),
        ("SELECT month_start, n FROM voc.nps_monthly", "one row per month_start"),
        (f"SELECT 'x' || i, i FROM range({CHART_BARS + 1}) t(i)", "LIMIT"),
    ],
)
def test_what_cannot_be_drawn_is_told(published, query, told):
    with pytest.raises(QueryProblem, match=told):
        chart(published, query, 80)


def test_the_shell_writes_files_and_refuses_other_kinds(company, tmp_path):
    def shell(*words):
        return CliRunner().invoke(app, [*words, "-w", str(company)], env={"COLUMNS": "100"})

    assert shell("ask", "nps_by_segment", "--out", str(tmp_path / "a.xlsx")).exit_code == 0
    assert len(sheet(tmp_path / "a.xlsx")[1]) > 1
    refused = shell("sql", "SELECT 1", "--out", str(tmp_path / "a.pdf"))
    assert refused.exit_code == 1
    assert ".parquet" in refused.stderr
    assert shell("sql", "--chart").exit_code == 2
