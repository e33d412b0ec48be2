"""Whoever may write a query reads the published database and nothing else: no file, network, extension, setting or change."""

import io

import duckdb
import pytest

from dashboards.published import NotPublished, Published
from orchestration.sql_prompt import QueryProblem, open_published, print_query

ATTACKS = (
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_blob('{secret}')",
    "SELECT * FROM read_json('{secret}')",
    "SELECT * FROM sniff_csv('{secret}')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM '{secret}'",
    "SELECT * FROM read_parquet('http://127.0.0.1:9/x.parquet')",
    "COPY (SELECT 1) TO '{folder}/stolen.csv'",
    "EXPORT DATABASE '{folder}/stolen'",
    "IMPORT DATABASE '{folder}/stolen'",
    "ATTACH '{folder}/stolen.duckdb'",
    "ATTACH ':memory:' AS elsewhere",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "RESET enable_external_access",
    "SET lock_configuration = false",
    "SET temp_directory = '{folder}/stolen'",
    "PRAGMA temp_directory = '{folder}/stolen'",
    "PRAGMA profiling_output = '{folder}/stolen.json'",
    "SET allowed_directories = ['/']",
    "SET memory_limit = '100GB'",
    "SELECT getenv('HOME')",
    "CREATE PERSISTENT SECRET s (TYPE S3, KEY_ID 'a', SECRET 'b')",
    "DROP TABLE kept",
    "UPDATE kept SET a = 2",
    "CREATE TABLE added AS SELECT 1 AS a",
    "SELECT 1; COPY (SELECT 1) TO '{folder}/stolen.csv'",
    "SELECT 1; DROP TABLE kept",
)


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS a")
    (tmp_path / "secret.csv").write_text("word\nsesame\n", "utf-8")
    return path


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_query_at_the_prompt_reaches_nothing_else(database, attack):
    before = {path.name: path.read_bytes() for path in database.parent.iterdir()}
    said = io.StringIO()
    query = attack.format(folder=database.parent, secret=database.parent / "secret.csv")
    with open_published(database) as connection, pytest.raises(QueryProblem):
        print_query(connection, query, "csv", said)
    assert "sesame" not in said.getvalue()
    assert {path.name: path.read_bytes() for path in database.parent.iterdir()} == before


@pytest.mark.parametrize("call", ["CALL {}", "FROM {}", "SELECT 1; SELECT * FROM {}"])
def test_the_prompt_keeps_no_log_which_would_end_the_process(database, call):
    log = database.parent / "log"
    query = call.format(f"Enable_Logging(storage='file', storage_path='{log}')")
    with open_published(database) as connection:
        with pytest.raises(QueryProblem, match="not available"):
            print_query(connection, query, "csv", io.StringIO())
        assert connection.execute("FROM kept").fetchall() == [(1,)]
    assert not log.exists()


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_query_of_a_dashboard_reaches_nothing_else(database, attack):
    before = {path.name: path.read_bytes() for path in database.parent.iterdir()}
    query = attack.format(folder=database.parent, secret=database.parent / "secret.csv")
    with Published(database, lambda name, values, connection: "").open() as reader, pytest.raises(duckdb.Error):
        reader.evidence(query)
    assert {path.name: path.read_bytes() for path in database.parent.iterdir()} == before


def test_the_attacks_would_work_without_the_sandbox(database):
    """Of the reading attacks; else the tests above would pass for a wrong reason."""
    with duckdb.connect(str(database), read_only=True) as connection:
        for attack in ATTACKS[:3]:
            assert "sesame" in str(connection.execute(attack.format(secret=database.parent / "secret.csv")).fetchall())


@pytest.mark.parametrize("query", ["SELECT newer FROM published", "FROM voc.newer_mart"])
def test_a_page_says_that_an_older_version_published(database, query):
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE published AS SELECT 1 AS older")
    reader = Published(database, lambda name, values, connection: "").open()
    with reader as open_one, pytest.raises(NotPublished, match="published by an older version of Earshot"):
        open_one.evidence(query)
