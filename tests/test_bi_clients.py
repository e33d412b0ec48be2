"""BI tools on a publication: many clients at once, each with its own driver, while the file is replaced under them."""

import shutil
import subprocess
import sys

import duckdb
import polars
import pytest
import sqlalchemy

CLIENTS, LOOKS = 5, 12
CLIENT = """
import sys, time, duckdb
for _ in range(int(sys.argv[2])):
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        print(connection.execute("SELECT count(*), sum(mentions) FROM voc.theme_weekly").fetchone())
    time.sleep(0.05)
"""


@pytest.fixture
def warehouse(company, tmp_path):
    return shutil.copy2(company / "warehouse.duckdb", tmp_path / "warehouse.duckdb")


def test_many_clients_read_while_the_file_is_replaced(warehouse):
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        wanted = connection.execute("SELECT count(*), sum(mentions) FROM voc.theme_weekly").fetchone()
    command = [sys.executable, "-c", CLIENT, warehouse, str(LOOKS)]
    clients = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
        for _ in range(CLIENTS)
    ]
    replaced = 0
    while any(client.poll() is None for client in clients):
        shutil.copy2(warehouse, warehouse.with_suffix(".next")).replace(warehouse)
        replaced += 1
    for client in clients:
        seen, complaint = client.communicate()
        assert client.returncode == 0, complaint
        assert seen.splitlines() == [str(wanted)] * LOOKS
    assert replaced > 1


def test_parquet_holds_what_the_file_holds(company):
    with duckdb.connect(str(company / "warehouse.duckdb"), read_only=True) as connection:
        for schema, table in connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall():
            rows = connection.execute(f'SELECT count(*) FROM "{schema}"."{table}"').fetchone()[0]
            assert (
                polars.scan_parquet(company / "parquet" / schema / f"{table}.parquet").select(polars.len()).collect().item()
                == rows
            )


def test_the_engine_of_bi_tools_reads_but_reaches_no_other_file(warehouse, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n", encoding="utf-8")
    settings = {"read_only": True, "config": {"enable_external_access": False, "lock_configuration": True}}
    engine = sqlalchemy.create_engine(f"duckdb:///{warehouse}", connect_args=settings)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM voc.theme_summary").fetchone()[0] > 0
        with pytest.raises(sqlalchemy.exc.SQLAlchemyError):
            connection.exec_driver_sql(f"SELECT * FROM read_csv('{secret}')").fetchall()
    with engine.connect() as connection, pytest.raises(sqlalchemy.exc.SQLAlchemyError):
        connection.exec_driver_sql("DELETE FROM voc.theme_summary")
    engine.dispose()


def test_the_files_have_the_format_that_the_guide_names_a_driver_for(request, company):
    """DuckDB's default format would be read by older drivers too, and take twice as long to open."""
    assert "driver of version 1.4 or newer" in " ".join((request.config.rootpath / "docs" / "bi.md").read_text("utf-8").split())
    for path in (company / "warehouse.duckdb", company / ".earshot" / "build.duckdb"):
        with duckdb.connect(str(path), read_only=True) as connection:
            (tags,) = connection.execute("SELECT tags FROM duckdb_databases() WHERE NOT internal").fetchone()
        assert tags["storage_version"] == "v1.4.0+", path.name
