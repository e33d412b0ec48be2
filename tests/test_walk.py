"""The whole walk as a user takes it: two commands, a published database, and what happens on the second day."""

import random
import shutil

import pytest
from walk_support import PUBLIC_SCHEMAS, earshot, mart_hashes, query

from benchmarks.equivalence import built_models, deliver

# Groups of texts that no theme covers grow from those that there were, which a build from nothing cannot know.
BY_HISTORY = {"voc.emerging_theme"}


def test_the_first_run_tells_what_it_did(company):
    told = (company / "first_run.txt").read_text("utf-8")
    for expected in (
        "zendesk",
        "quarantined",
        "Gates passed",
        "NPS",
        "What customers talk about",
        "warehouse.duckdb",
        "Data Docs",
        "Try next",
    ):
        assert expected in told


def test_only_the_public_schemas_are_published(company):
    found = {row[0] for row in query(company / "warehouse.duckdb", "SELECT DISTINCT schema_name FROM duckdb_tables()")}
    assert {"core", "voc", "trust"} <= found <= set(PUBLIC_SCHEMAS)


def test_every_file_balances_and_nothing_is_lost(company, truth):
    rows = query(
        company / "warehouse.duckdb",
        "SELECT file, rows_read, rows_loaded + rows_duplicate + rows_superseded + rows_quarantined, balance "
        "FROM trust.source_reconciliation",
    )
    assert rows
    assert [row for row in rows if row[1] != row[2] or row[3] != 0] == []


def test_quotes_are_exact_substrings_of_the_stored_text(company):
    wrong = query(
        company / "warehouse.duckdb",
        """
        SELECT count(*) FILTER (
            WHERE substring(f.text, ft.quote_start::INT + 1, (ft.quote_end - ft.quote_start)::INT) <> ft.quote
                OR sha256(ft.quote) <> ft.quote_sha256
        ), count(*)
        FROM core.feedback_theme AS ft JOIN core.feedback AS f USING (feedback_id)
        """,
    )
    assert wrong[0][0] == 0
    assert wrong[0][1] > 100


def test_only_the_published_database_can_be_read_by_others(company):
    modes = {path.relative_to(company).as_posix(): path.stat().st_mode & 0o777 for path in (company / ".earshot").rglob("*")}
    assert (company / ".earshot").stat().st_mode & 0o777 == 0o700
    assert (company / "warehouse.duckdb").stat().st_mode & 0o777 == 0o644
    assert (company / "parquet").resolve().is_relative_to((company / ".earshot").resolve())
    for name in ("build.duckdb", "salt"):
        assert modes[f".earshot/{name}"] == 0o600, name
    landed = {name: mode for name, mode in modes.items() if name.startswith(".earshot/landing")}
    assert len(landed) > 50
    assert landed.pop(".earshot/landing/manifest.jsonl") == 0o600
    assert {mode for name, mode in landed.items() if (company / name).is_dir()} == {0o700}
    assert {mode for name, mode in landed.items() if (company / name).is_file() and not name.endswith(".lock")} == {0o400}


def test_a_restored_backup_loads_nothing_and_publishes_the_same_and_then_nothing_is_new(company_copy, tmp_path):
    before = mart_hashes(company_copy / "warehouse.duckdb")
    ledger = "SELECT source, file, sequence, loaded_at, rows_read, rows_loaded FROM ops.file ORDER BY ALL"
    loaded = query(company_copy / ".earshot" / "build.duckdb", ledger)
    backup = tmp_path / "voc.tar"
    made = earshot("backup", backup, "-w", company_copy)
    assert made.returncode == 0, made.stderr
    restored = tmp_path / "elsewhere"
    assert earshot("restore", backup, restored).returncode == 0
    assert mart_hashes(restored / "warehouse.duckdb") == before
    shutil.copytree(company_copy / "inbox", restored / "inbox", dirs_exist_ok=True)
    shutil.rmtree(company_copy)
    first = earshot("run", "-w", restored)
    assert first.returncode == 0, first.stdout + first.stderr
    assert query(restored / ".earshot" / "build.duckdb", ledger) == loaded
    assert mart_hashes(restored / "warehouse.duckdb") == before
    second = earshot("run", "-w", restored)
    assert second.returncode == 0
    assert "Nothing new" in second.stdout


def test_a_redelivery_under_another_name_changes_no_mart(company_copy):
    inbox = company_copy / "inbox"
    export = next(path for path in sorted((inbox / "delighted").rglob("*.csv")))
    (inbox / "delighted" / "again.csv").write_bytes(export.read_bytes())
    before = mart_hashes(company_copy / "warehouse.duckdb")
    assert earshot("run", "-w", company_copy).returncode == 0
    assert mart_hashes(company_copy / "warehouse.duckdb") == before


def test_runs_that_build_what_has_changed_and_a_full_refresh_give_the_same_marts(company_copy):
    at_first = mart_hashes(company_copy / "warehouse.duckdb")
    deliver(
        company_copy, ["new answer", "late answer", "corrected answer", "deleted ticket", "changed ticket"], random.Random(1), 1
    )
    assert earshot("run", "-w", company_copy).returncode == 0
    before = mart_hashes(company_copy / "warehouse.duckdb")
    changed = {table for table, value in before.items() if value != at_first[table]}
    assert {"core.feedback", "core.nps_response", "core.ticket"} <= changed
    built = built_models(company_copy)
    assert built["feedback"] and built["nps_monthly"]
    # Aside of the change; and below it, where it changes nothing any more.
    assert not built["stg_slack__message"] and not built["int_feature_use"]
    assert built["int_as_of"] and not built["account"]
    keys = "SELECT cluster_key FROM voc.emerging_theme ORDER BY ALL"
    groups = query(company_copy / "warehouse.duckdb", keys)
    again = earshot("run", "-w", company_copy, "--full-refresh")
    assert again.returncode == 0, again.stderr
    anew = mart_hashes(company_copy / "warehouse.duckdb")
    assert {table for table in before if anew[table] != before[table]} <= BY_HISTORY
    assert query(company_copy / "warehouse.duckdb", keys) == groups
    assert {table: rows for table, (rows, _) in anew.items()} == {table: rows for table, (rows, _) in before.items()}


def test_the_planted_nps_is_recovered(company, truth):
    planted = truth["nps"]["by_segment"]
    rows = query(
        company / "warehouse.duckdb",
        """
        SELECT coalesce(a.segment, 'unknown'),
            100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / count(*), count(*)
        FROM core.nps_response AS r LEFT JOIN core.account AS a USING (account_id) GROUP BY 1
        """,
    )
    found = {segment: (nps, n) for segment, nps, n in rows}
    for segment, expected in planted.items():
        assert found[segment][1] == expected["n"], segment
        assert found[segment][0] == pytest.approx(expected["nps"], abs=0.05), segment
