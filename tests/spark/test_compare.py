"""The comparison that `make parity` rests on tells every kind of difference."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from spark.compare import Parity, compare_judgements, compare_marts, compare_rows, same

MART = "core.thing"
ROWS = (
    "SELECT * FROM (VALUES (1, 'a', 0.1::DOUBLE, ['x', NULL], TIMESTAMPTZ '2026-01-01 00:00:00+00'), "
    "(2, NULL, NULL, NULL, NULL)) AS t(id, name, share, words, seen)"
)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (None, 0),
        (None, ""),
        (1, True),
        (1, 1.0),
        (0.1, 0.1 + 1e-8),
        (["a", "b"], ["b", "a"]),
        (["a"], ["a", None]),
        ({"a": 1}, {"a": 2}),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 1, tzinfo=UTC)),
    ],
)
def test_values_that_differ_are_told_apart(left, right):
    assert not same(left, right)
    assert not same(right, left)


@pytest.mark.parametrize("value", [None, float("nan"), 0.1, ["a", None], {"a": [0.1]}, "é", False])
def test_a_value_is_the_same_as_itself(value):
    assert same(value, value)


def test_sums_in_another_order_are_the_same():
    assert same(0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1)


def test_rows_are_paired_by_key_whatever_their_order_and_the_column_is_named():
    parity = Parity(MART)
    compare_rows(parity, ["id", "name"], [(1, "a"), (2, "b"), (3, "c")], [(3, "c"), (1, "a"), (2, "x")])
    assert (parity.equal, dict(parity.columns), parity.holds) == (2, {"name": 1}, False)
    assert "(2)" in parity.examples["name"]


@pytest.mark.parametrize(("ours", "theirs"), [([(1, "a")], []), ([], [(1, "a")]), ([(1, "a")], [(1, "a"), (1, "a")])])
def test_rows_of_one_side_only_are_a_difference(ours, theirs):
    parity = Parity(MART)
    compare_rows(parity, ["id", "name"], ours, theirs)
    assert not parity.holds
    assert sum(parity.columns.values()) == 1


def _both(folder: Path, spark_rows: str) -> list[Parity]:
    published, mart = folder / "warehouse.duckdb", folder / "spark" / "core.db" / "thing"
    mart.mkdir(parents=True)
    with duckdb.connect(str(published)) as connection:
        connection.execute(f"SET TimeZone = 'UTC'; CREATE SCHEMA core; CREATE TABLE core.thing AS {ROWS}")
        connection.execute(f"COPY ({spark_rows}) TO '{mart}/part-0.parquet' (FORMAT parquet)")
    return compare_marts(published, folder / "spark")


def test_a_mart_of_the_same_rows_is_the_same(tmp_path):
    (parity,) = _both(tmp_path, f"{ROWS} ORDER BY id DESC")
    assert (parity.holds, parity.duckdb_rows, parity.spark_rows, parity.equal) == (True, 2, 2, 2)


@pytest.mark.parametrize(
    ("spark_rows", "told"),
    [
        (f"SELECT * REPLACE (seen + INTERVAL 1 HOUR AS seen) FROM ({ROWS})", "seen (1)"),
        (f"SELECT * REPLACE (list_reverse(words) AS words) FROM ({ROWS})", "words (1)"),
        (f"SELECT * REPLACE (coalesce(name, '') AS name) FROM ({ROWS})", "name (1)"),
        (f"SELECT * REPLACE (share::DECIMAL(5, 1) AS share) FROM ({ROWS})", "share DECIMAL(5,1)"),
        (f"SELECT * EXCLUDE (share) FROM ({ROWS})", "share DOUBLE"),
        (f"SELECT * FROM ({ROWS}) WHERE id = 1", "only in DuckDB (1)"),
    ],
)
def test_a_mart_that_differs_says_in_what(tmp_path, spark_rows, told):
    (parity,) = _both(tmp_path, spark_rows)
    assert not parity.holds
    assert told in parity.line()


def test_a_mart_that_only_one_side_has_is_a_difference(tmp_path):
    other = tmp_path / "spark" / "core.db" / "other"
    other.mkdir(parents=True)
    parities = _both(tmp_path, ROWS)
    assert [(parity.mart, parity.holds) for parity in parities] == [("core.thing", True), ("core.other", False)]
    (tmp_path / "spark" / "core.db" / "thing" / "part-0.parquet").unlink()
    assert not compare_marts(tmp_path / "warehouse.duckdb", tmp_path / "spark")[0].holds


def test_judgements_are_compared_with_the_folder_that_spark_wrote(tmp_path):
    ours, theirs = tmp_path / "judged", tmp_path / "enriched"
    (theirs / "text.parquet").mkdir(parents=True)
    ours.mkdir()
    for table in ("text", "text_theme"):
        duckdb.sql(ROWS).write_parquet(str(ours / f"{table}.parquet"))
    duckdb.sql(f"{ROWS} WHERE id = 2").write_parquet(str(theirs / "text.parquet" / "part-0.parquet"))
    duckdb.sql(f"{ROWS} WHERE id = 1").write_parquet(str(theirs / "text.parquet" / "part-1.parquet"))
    text, theme = compare_judgements(ours, theirs)
    assert (text.mart, text.equal, text.holds) == ("enriched.text", 2, True)
    assert (theme.mart, theme.fault, theme.holds) == ("enriched.text_theme", "not built on Spark", False)
    duckdb.sql(ROWS.replace("0.1::", "0.2::")).write_parquet(str(theirs / "text.parquet" / "part-0.parquet"))
    (theirs / "text.parquet" / "part-1.parquet").unlink()
    assert dict(compare_judgements(ours, theirs)[0].columns) == {"share": 1}


def test_no_judgements_at_all_are_no_success(tmp_path):
    with pytest.raises(LookupError, match="has no judgements"):
        compare_judgements(tmp_path, tmp_path)
