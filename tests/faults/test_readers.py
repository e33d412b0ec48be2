"""Readers that look without a pause while the published files are replaced: nothing fails, nothing is mixed."""

from functools import partial

import duckdb
import pytest

from benchmarks.readers import PROBES, mark, read_throughout
from orchestration.assets.published import NotPublishable, serve_candidate
from orchestration.settings import load_settings
from orchestration.sql_prompt import QueryProblem, executed, open_published
from orchestration.workspace import create_workspace

READERS, PUBLICATIONS = 3, 12


def _serve(settings, version):
    with duckdb.connect(str(settings.candidate_db)) as connection:
        for probe in PROBES:
            connection.execute(f"CREATE SCHEMA {probe.split('.')[0]}")
        mark(connection, version)
    serve_candidate(settings, f"run-{version}")


@pytest.fixture
def settings(tmp_path):
    create_workspace(tmp_path / "voc", "Example Ltd", ["zendesk"])
    made = load_settings(tmp_path / "voc")
    _serve(made, 1)
    return made


def test_readers_see_whole_versions_in_order_while_they_are_replaced(settings):
    others = [partial(_serve, settings, version) for version in range(2, PUBLICATIONS + 2)]
    seen = read_throughout(settings.root, READERS, others)
    assert [wrong for one in seen for wrong in one.wrong] == []
    for one in seen:
        # Whoever looks once all is done sees the last one.
        assert one.versions[-1] == PUBLICATIONS + 1
        assert min(len(looks) for looks in one.seconds.values()) >= 1


def test_whoever_follows_the_link_once_reads_on_through_the_next_publication(settings):
    folder = settings.parquet_dir.resolve()
    _serve(settings, 2)
    for probe in PROBES:
        assert duckdb.sql(f"SELECT DISTINCT version FROM '{folder / probe.replace('.', '/')}.parquet'").fetchall() == [(1,)]
    assert settings.parquet_dir.resolve() != folder
    _serve(settings, 3)
    assert not folder.exists()


def test_neither_is_switched_where_one_cannot_be_written(settings):
    folder = settings.parquet_dir.resolve()
    before = settings.warehouse_db.read_bytes()
    (settings.state_dir / "parquet" / "run-2").write_text("no folder", "utf-8")
    with pytest.raises(NotADirectoryError):
        _serve(settings, 2)
    assert (settings.warehouse_db.read_bytes(), settings.parquet_dir.resolve()) == (before, folder)
    settings.candidate_db.unlink()
    log = settings.candidate_db.with_name("candidate.duckdb.wal")
    with duckdb.connect(str(settings.candidate_db)):
        pass
    log.write_bytes(b"")
    with pytest.raises(NotPublishable, match="not closed cleanly"):
        serve_candidate(settings, "run-3")
    assert (settings.warehouse_db.read_bytes(), settings.parquet_dir.resolve()) == (before, folder)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99])
def test_a_published_file_that_is_cut_off_is_told_with_the_remedy(settings, share):
    whole = settings.warehouse_db.read_bytes()
    settings.warehouse_db.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(QueryProblem, match="earshot run"), open_published(settings.warehouse_db) as connection:
        executed(connection, f"SELECT sum(version) FROM {PROBES[0]}")
