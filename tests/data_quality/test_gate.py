"""The gate on whole files: what blocks, what only warns, what errs, and what a waiver changes."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from build_fixture import AS_OF, SHAPES

from data_quality import gate
from data_quality.gate import EXAMPLES, GateError, GateResult, Waiver, judge
from data_quality.suite import Check, NoRows, NotNull, RowCount, Suite, Unique
from data_quality.suites.contract import EXPECTED
from data_quality.suites.landed import landed_suites
from data_quality.suites.marts import mart_suites

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2025, 2, 8, tzinfo=UTC)


def change(database, *statements):
    with duckdb.connect(database) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for statement in statements:
            connection.execute(statement)


def suites_of(*names):
    """The suites of some marts alone, so that a test pays only for what it is about."""
    return [suite for suite in mart_suites() if suite.object in names]


def ask(sql, severity="blocking"):
    """A suite of one query that must return no rows."""
    return [Suite("s", "file", (Check("c", severity, "Something to protect.", NoRows(sql, "no rows")),))]


def found(verdict, expectation):
    (result,) = [result for result in verdict.results if result.expectation == expectation]
    return result


def test_a_good_warehouse_passes_every_check(good_warehouse):
    suites = mart_suites()
    verdict = judge(good_warehouse, suites, run_id="r2")
    assert [(r.suite, r.expectation, r.observed) for r in verdict.broken] == []
    assert not verdict.blocked
    assert len(verdict.results) == sum(len(suite.checks) for suite in suites)


def test_a_good_build_database_passes_every_check(good_build):
    suites = landed_suites(SHAPES, as_of=AS_OF)
    verdict = judge(good_build, suites, run_id="r2")
    assert [(r.suite, r.expectation, r.observed) for r in verdict.broken] == []
    assert len(verdict.results) == sum(len(suite.checks) for suite in suites)


def test_an_altered_quote_blocks_and_names_the_row(warehouse):
    change(warehouse, "UPDATE core.feedback_theme SET quote = 'I love it' WHERE feedback_id = 'f2'")
    verdict = judge(warehouse, suites_of("core.feedback_theme"), run_id="r2")
    assert verdict.blocked
    assert not verdict.errored
    result = found(verdict, "quote_hash_matches")
    assert (result.object, result.severity, result.success) == ("core.feedback_theme", "blocking", False)
    assert result.examples[0]["feedback_id"] == "f2"
    assert "1 violation, such as feedback_id f2, theme_id data_export" in result.observed
    assert {r.expectation for r in verdict.blocking} == {"quote_hash_matches", "quote_is_in_the_text"}


def test_a_warning_does_not_block(warehouse):
    change(warehouse, "UPDATE core.opportunity SET amount = -5 WHERE opportunity_id = 'o2'")
    verdict = judge(warehouse, suites_of("core.opportunity"), run_id="r2")
    assert [(r.expectation, r.severity) for r in verdict.broken] == [("amount_in_range", "warning")]
    assert not verdict.blocked


def test_a_missing_column_errs_and_blocks(warehouse):
    change(warehouse, "ALTER TABLE core.nps_response DROP COLUMN score")
    verdict = judge(warehouse, suites_of("core.nps_response"), run_id="r2")
    result = found(verdict, "score_in_range")
    assert result.errored
    assert not result.success
    assert result.observed.startswith("errored: Binder Error")
    assert "score" in result.observed
    assert result in verdict.errored
    assert verdict.blocked
    # What does not need the column is judged all the same.
    assert found(verdict, "unique_key").success
    assert not found(verdict, "columns").errored
    assert found(verdict, "columns").examples == ({"column_name": "score", "expected_type": "number", "found_type": "missing"},)


def test_an_error_blocks_even_where_a_failure_would_only_warn(good_warehouse):
    verdict = judge(good_warehouse, ask("SELECT no_such_column FROM core.account", "warning"), run_id="r2")
    assert verdict.blocked
    assert verdict.results[0].severity == "blocking"
    assert verdict.results[0].errored


def test_a_type_that_a_rule_cannot_compare_errs_for_that_rule_alone(warehouse):
    change(warehouse, "ALTER TABLE core.account ALTER source_count TYPE VARCHAR USING 'many'")
    verdict = judge(warehouse, suites_of("core.account"), run_id="r2")
    assert [r.expectation for r in verdict.errored] == ["source_count_in_range"]
    assert {r.expectation for r in verdict.blocking} == {"columns", "source_count_in_range"}


def test_a_mart_that_readers_rely_on_must_be_there(warehouse):
    change(warehouse, "DROP TABLE core.team")
    verdict = judge(warehouse, [s for s in mart_suites() if s.object in ("warehouse", "core.team")], run_id="r2")
    assert found(verdict, "expected_marts").examples == ({"missing": "core.team"},)
    (errored,) = verdict.errored
    assert errored.object == "core.team"
    assert errored.observed == "errored: table core.team is not in the file; its 5 expectations were not judged"
    assert verdict.blocked


def test_a_mart_of_a_later_stage_may_be_missing(warehouse):
    assert "hiring.signal" not in EXPECTED
    change(warehouse, "DROP TABLE hiring.signal")
    verdict = judge(warehouse, [s for s in mart_suites() if s.object in ("warehouse", "hiring.signal")], run_id="r2")
    assert not verdict.broken
    assert "hiring.signal" not in {r.object for r in verdict.results}


def test_every_violation_is_counted_and_a_few_are_shown(warehouse):
    change(
        warehouse,
        "INSERT INTO core.team SELECT 'team-' || lpad(i::VARCHAR, 5, '0'), 'x', 'product', 1 FROM range(10000) AS r(i)",
    )
    result = found(judge(warehouse, suites_of("core.team"), run_id="r2"), "small_teams_are_suppressed")
    assert result.observed.startswith("10000 violations, such as team_id team-0")
    assert len(result.examples) == EXAMPLES


def test_a_wide_database_is_judged_to_its_last_table(tmp_path):
    database = tmp_path / "wide.duckdb"
    columns = ", ".join(f"c{i} INTEGER" for i in range(700))
    change(database, f"CREATE TABLE a_wide_one ({columns})", "CREATE SCHEMA z", "CREATE TABLE z.last AS SELECT NULL AS id")
    suite = Suite("s", "z.last", (Check("c", "blocking", "Something to protect.", NotNull(("id",))),), optional=True)
    assert judge(database, [suite], run_id="r").blocked


def test_an_address_is_found_and_not_repeated(warehouse):
    change(
        warehouse,
        "UPDATE core.feedback SET feedback_id = 'jane@example.com', text = 'I am jane@example.com' WHERE feedback_id = 'f4'",
    )
    result = found(judge(warehouse, suites_of("core.feedback"), run_id="r2"), "no_email_address")
    assert not result.success
    assert [example["found_in"] for example in result.examples] == ["feedback_id", "text"]
    assert "jane" not in str(result)


@pytest.mark.parametrize(
    "text",
    ["@team please", "npm i @scope/pkg", "see https://example.com/@user/post.html", "5 @ 3.50", "[EMAIL]", "a@b", "me@home"],
)
def test_what_is_no_address_is_let_pass(warehouse, text):
    with duckdb.connect(warehouse) as connection:
        connection.execute("UPDATE core.feedback SET source_url = ? WHERE feedback_id = 'f4'", [text])
    assert found(judge(warehouse, suites_of("core.feedback"), run_id="r2"), "no_email_address").success


def test_a_waiver_lets_a_block_pass_until_it_expires(warehouse):
    change(warehouse, "UPDATE core.account SET arr = -1 WHERE account_id = 'a1'")
    suites = suites_of("core.account")
    waiver = Waiver(
        "mart.core.account", "arr_in_range", "core.account", "credit notes, agreed with finance", NOW + timedelta(days=1)
    )
    assert judge(warehouse, suites, run_id="r", now=NOW).blocked

    waived = judge(warehouse, suites, run_id="r", waivers=[waiver], now=NOW)
    result = found(waived, "arr_in_range")
    assert not waived.blocked
    assert (result.success, result.severity, result.waived) == (False, "warning", True)
    assert "waived until 2025-02-09: credit notes, agreed with finance" in result.observed

    assert judge(warehouse, suites, run_id="r", waivers=[waiver], now=NOW + timedelta(days=1)).blocked
    other = Waiver("mart.core.account", "unique_key", "core.account", "not this one", NOW + timedelta(days=1))
    assert judge(warehouse, suites, run_id="r", waivers=[other], now=NOW).blocked


def test_a_waiver_of_a_failure_is_none_of_an_error(warehouse):
    change(warehouse, "ALTER TABLE core.account DROP COLUMN arr")
    suites = suites_of("core.account")
    for name in ("columns", "arr_in_range"):
        assert found(judge(warehouse, suites, run_id="r"), name).severity == "blocking"
    broken = {"suite": "mart.core.account", "object": "core.account", "reason": "seen", "expires_at": NOW + timedelta(days=1)}
    plain = [Waiver(expectation=name, **broken) for name in ("columns", "arr_in_range")]
    assert [r.expectation for r in judge(warehouse, suites, run_id="r", waivers=plain, now=NOW).blocking] == ["arr_in_range"]
    whole = [replace(waiver, covers_errors=True) for waiver in plain]
    assert not judge(warehouse, suites, run_id="r", waivers=whole, now=NOW).blocked


def test_the_first_fields_of_a_result_are_the_columns_of_the_gate_history():
    fields = list(GateResult.__dataclass_fields__)
    assert fields[:8] == ["run_id", "suite", "expectation", "object", "severity", "success", "observed", "expected"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'a:b' AS x, 'c::d' AS y, '{1,2}' AS z, '100%s' AS p, '\\d' AS b, 'é🎉' AS u",
        "SELECT regexp_matches('aaa', 'a{3}') AS x WHERE regexp_matches('aaa', 'a{3}')",
        "SELECT {'key': 1} AS x",
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT * FROM n WHERE i = 3 -- done",
    ],
)
def test_a_query_reaches_the_database_as_it_was_written(good_warehouse, sql):
    (result,) = judge(good_warehouse, ask(sql), run_id="r").results
    assert not result.errored, result.observed
    with duckdb.connect() as connection:
        row = connection.execute(sql).fetchone()
        names = [column[0] for column in connection.description]
    assert result.examples == (dict(zip(names, map(str, row), strict=True)),)


def test_moments_are_read_in_utc(good_warehouse):
    assert not judge(good_warehouse, ask("SELECT 1 WHERE current_setting('TimeZone') <> 'UTC'"), run_id="r").blocked


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM 'https://example.com/x.parquet'",
    ],
)
def test_nothing_but_the_file_can_be_read(good_warehouse, sql):
    (result,) = judge(good_warehouse, ask(sql), run_id="r").results
    assert result.errored
    assert "disabled by configuration" in result.observed


def test_the_file_is_left_as_it_was_and_free_for_a_writer(warehouse):
    before = warehouse.read_bytes()
    judge(warehouse, suites_of("core.team"), run_id="r")
    assert warehouse.read_bytes() == before
    assert [path.name for path in warehouse.parent.iterdir()] == [warehouse.name]
    change(warehouse, "DELETE FROM core.team")


def test_a_judgement_that_raises_leaves_the_file_free(warehouse):
    with pytest.raises(GateError):
        judge(
            warehouse, [Suite("s", "no.table", (Check("c", "warning", "Something.", RowCount(1)),), optional=True)], run_id="r"
        )
    change(warehouse, "DELETE FROM core.team")


@pytest.mark.parametrize("name", ["a b.duckdb", "a?x=1.duckdb", "${HOME}.duckdb", "it's.duckdb", "größe%20.duckdb"])
def test_any_file_name_will_do(warehouse, name):
    odd = warehouse.rename(warehouse.with_name(name))
    assert not judge(odd, suites_of("core.team"), run_id="r").blocked


def test_nothing_to_judge_is_no_pass(good_warehouse, tmp_path):
    with pytest.raises(GateError, match="no suites"):
        judge(good_warehouse, [], run_id="r")
    with pytest.raises(GateError, match="is not there"):
        judge(tmp_path / "missing.duckdb", mart_suites(), run_id="r")
    assert not (tmp_path / "missing.duckdb").exists()
    with pytest.raises(ValueError, match="no checks"):
        Suite("empty", "core.team", ())
    with pytest.raises(ValueError, match="twice"):
        Suite("double", "core.team", (Check("c", "warning", "x", RowCount(1)), Check("c", "warning", "x", Unique(("a",)))))


def test_a_broken_file_is_said_to_be_broken(tmp_path):
    broken = tmp_path / "broken.duckdb"
    broken.write_bytes(b"no database at all" * 1000)
    with pytest.raises(GateError, match="cannot be read"):
        judge(broken, mart_suites(), run_id="r")


def test_results_that_get_lost_on_the_way_are_noticed(good_warehouse, monkeypatch):
    """duckdb-engine has no rows left by the time Great Expectations asks, unless they are fetched at once."""
    monkeypatch.setattr(gate, "_keep_results", lambda *_: None)
    with pytest.raises(GateError, match="did not see a planted violation"):
        judge(good_warehouse, suites_of("core.team"), run_id="r")


def test_results_that_come_back_empty_are_noticed(good_warehouse, monkeypatch):
    from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

    def lose(connection, cursor, statement, parameters, context, many):
        if cursor.description:
            context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
                cursor, alternate_description=cursor.description, initial_buffer=[]
            )

    monkeypatch.setattr(gate, "_keep_results", lose)
    with pytest.raises(GateError, match="did not see a planted violation"):
        judge(good_warehouse, suites_of("core.team"), run_id="r")


def test_great_expectations_is_imported_late_and_calls_nobody(good_warehouse):
    program = """
import socket, sys
from pathlib import Path

def refuse(*arguments):
    raise SystemExit(f"a connection was tried: {arguments}")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from data_quality.gate import judge
from data_quality.suites.marts import mart_suites
assert "great_expectations" not in sys.modules and "sqlalchemy" not in sys.modules
suites = [suite for suite in mart_suites() if suite.object == "core.team"]
assert not judge(Path(sys.argv[1]), suites, run_id="r").blocked
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(good_warehouse)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


class TestLanded:
    """What the suites of landed streams make of a stream's history."""

    def judged(self, build):
        return judge(build, landed_suites(SHAPES, as_of=AS_OF), run_id="r")

    def test_a_corrected_file_lifts_the_block_of_the_broken_one(self, build):
        change(build, "UPDATE ops.file SET rows_loaded = 0, rows_quarantined = 200 WHERE file = 'desk/6.json'")
        readable = [r for r in self.judged(build).blocking if r.expectation == "most_rows_readable"]
        assert [r.examples[0]["file"] for r in readable] == ["desk/6.json"]
        change(
            build,
            "INSERT INTO ops.file SELECT * REPLACE (7 AS sequence, 200 AS rows_loaded, 0 AS rows_quarantined) FROM ops.file "
            "WHERE file = 'desk/6.json'",
        )
        assert [r for r in self.judged(build).blocking if r.expectation == "most_rows_readable"] == []

    @pytest.mark.parametrize(
        ("read", "bad", "blocks"), [(1, 1, False), (3, 3, False), (4, 4, True), (200, 113, False), (200, 115, True)]
    )
    def test_a_file_blocks_where_its_unreadable_share_is_surely_over_half(self, build, read, bad, blocks):
        """Wilson 1927 by hand: 3 of 3 has the lower bound 1 / (1 + 3.8416 / 3) = 0.44, 4 of 4 has 0.51."""
        change(
            build,
            f"UPDATE ops.file SET rows_read = {read}, rows_loaded = {read - bad}, rows_quarantined = {bad} "
            "WHERE file = 'desk/6.json'",
        )
        assert any(r.expectation == "most_rows_readable" for r in self.judged(build).blocking) is blocks

    def test_volume_is_not_judged_before_there_is_a_history(self, build):
        change(build, "DELETE FROM ops.file WHERE sequence < 3", "UPDATE ops.file SET rows_read = 5 WHERE sequence = 6")
        assert all(r.success for r in self.judged(build).results if r.expectation == "usual_volume")

    def test_volume_that_always_varied_is_usual(self, build):
        change(build, "UPDATE ops.file SET rows_read = 2 ** sequence")
        assert all(r.success for r in self.judged(build).results if r.expectation == "usual_volume")

    def test_a_stream_that_was_never_delivered_is_in_order(self, build):
        change(build, "DELETE FROM raw.usage__event", "DELETE FROM ops.file WHERE source = 'usage'")
        assert [r for r in self.judged(build).broken if r.suite == "landed.usage__event"] == []

    def test_a_missing_table_blocks(self, build):
        change(build, "DROP TABLE raw.usage__event")
        assert {r.object for r in self.judged(build).errored} == {"raw.usage__event"}
