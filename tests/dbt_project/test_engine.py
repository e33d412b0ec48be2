"""Python models read and return the same on either engine: a relation of DuckDB, or a DataFrame that comes as Arrow."""

from types import SimpleNamespace

import duckdb
import pyarrow as pa
import pytest

from earshot_engine import read, read_if_there, written

ROWS = pa.table({"theme": ["b", "a", None], "n": pa.array([2, 1, 3], pa.int32())})
QUERY = "select theme, cast(n as bigint) as n from source where theme is not null order by theme"


@pytest.mark.parametrize("relation", [duckdb.from_arrow(ROWS), SimpleNamespace(toArrow=lambda: ROWS)], ids=["duckdb", "spark"])
def test_a_query_shapes_the_rows_of_either_engine(relation):
    assert read(relation, QUERY) == pa.table({"theme": ["a", "b"], "n": [1, 2]})
    assert read(relation).num_rows == 3


def test_duckdb_takes_the_table_as_it_is_and_finds_what_the_last_build_left():
    class This:
        database, schema, identifier = "memory", "main", "kept"

        def __str__(self):
            return "memory.main.kept"

    with duckdb.connect() as session:
        assert written(session, ROWS) is ROWS
        assert read_if_there(session, This()) is None
        session.execute("create table kept as select 1 as n")
        assert read_if_there(session, This()).to_pylist() == [{"n": 1}]
