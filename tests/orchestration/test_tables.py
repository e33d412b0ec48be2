"""The tables that dbt reads, as Parquet for another engine."""

import json

import duckdb
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.settings import load_settings

COMPARED = ("raw.zendesk__ticket", "raw.amplitude__event", "enriched.text", "ops.file")


def tables(folder, company):
    return CliRunner().invoke(app, ["tables", str(folder), "-w", str(company)])


def test_every_row_of_what_dbt_reads_is_written_and_a_folder_is_replaced_as_a_whole(company, tmp_path):
    folder = tmp_path / "lake"
    folder.mkdir()
    said = tables(folder, company)
    assert said.exit_code == 0, said.output
    counts = json.loads((folder / "tables.json").read_text("utf-8"))
    with duckdb.connect(str(load_settings(company).build_db), read_only=True) as connection:
        for name in COMPARED:
            path = folder / f"{name.replace('.', '/')}.parquet"
            built = connection.execute(f"SELECT count(*), sum(hash(t::VARCHAR)) FROM {name} AS t").fetchall()
            written = connection.execute(f"SELECT count(*), sum(hash(t::VARCHAR)) FROM '{path}' AS t").fetchall()
            assert built == written, name
            assert counts[name] == built[0][0] > 0
    (folder / "raw" / "left_behind.parquet").write_bytes(b"")
    assert tables(folder, company).exit_code == 0
    assert not (folder / "raw" / "left_behind.parquet").exists()


def test_a_folder_with_files_of_somebody_else_stays_as_it_is(company, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    said = tables(tmp_path, company)
    assert said.exit_code == 1
    assert "holds other files" in " ".join(said.output.split())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
