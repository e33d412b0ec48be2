"""Every check of every suite holds on good data and breaks on a violation that is planted for it."""

import re
import shutil

import duckdb
import pytest
from build_fixture import AS_OF, SHAPES
from plants import is_structural, plants

from data_quality.gate import judge
from data_quality.suite import Table
from data_quality.suites.landed import landed_suites
from data_quality.suites.marts import mart_suites

LANDED = landed_suites(SHAPES, as_of=AS_OF)
MARTS = mart_suites()
ALL = [
    pytest.param(suite, check, where, id=f"{suite.name}-{check.name}")
    for suites, where in ((MARTS, "good_warehouse"), (LANDED, "good_build"))
    for suite in suites
    for check in suite.checks
]


@pytest.fixture(scope="module")
def opened(good_warehouse, good_build, tmp_path_factory):
    """Open copies of both databases; whoever plants something rolls it back."""
    folder = tmp_path_factory.mktemp("opened")
    connections = {}
    for name, path in (("good_warehouse", good_warehouse), ("good_build", good_build)):
        connections[name] = duckdb.connect(shutil.copyfile(path, folder / f"{name}.duckdb"))
        connections[name].execute("SET TimeZone = 'UTC'")
    yield connections
    for connection in connections.values():
        connection.close()


def violations(connection, suite, check):
    columns = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name || '.' || table_name = ? ORDER BY column_index",
        [suite.object],
    ).fetchall()
    return connection.execute(check.rule.violations(Table(suite.object, suite.key, dict(columns)))).fetchall()


@pytest.mark.parametrize(("suite", "check", "where"), ALL)
def test_every_check_holds_on_good_data_and_breaks_on_each_violation(opened, suite, check, where):
    connection = opened[where]
    assert violations(connection, suite, check) == []
    planted = plants(suite, check)
    assert planted, f"no violation is planted for {suite.name}/{check.name}: nothing shows that it can fail"
    for plant in planted:
        connection.execute("BEGIN")
        try:
            connection.execute(plant)
            assert violations(connection, suite, check), f"{suite.name}/{check.name} does not see: {plant}"
        finally:
            connection.execute("ROLLBACK")


def test_every_check_says_what_it_protects():
    mute = [
        (suite.name, check.name)
        for suite in (*MARTS, *LANDED)
        for check in suite.checks
        if not (check.protects.endswith(".") and len(check.protects) > 20 and check.rule.expected())
    ]
    assert mute == []


def test_names_are_fit_for_a_waiver_on_the_command_line():
    names = [name for suite in (*MARTS, *LANDED) for name in (suite.name, *(check.name for check in suite.checks))]
    assert [name for name in names if not re.fullmatch(r"[a-z0-9_.]+", name)] == []


def spoiled(path, suites, target, *, structural):
    """A copy of a database with the violations of all checks at once, and the checks that must see one."""
    shutil.copyfile(path, target)
    broken = set()
    with duckdb.connect(target) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for suite in suites:
            for check in suite.checks:
                chosen = [plant for plant in plants(suite, check) if is_structural(plant) == structural]
                for plant in chosen[:1]:
                    connection.execute(plant)
                    broken.add((suite.name, check.name))
    return broken


def test_great_expectations_sees_all_violations_of_the_marts_at_once(good_warehouse, tmp_path):
    planted = spoiled(good_warehouse, MARTS, tmp_path / "spoiled.duckdb", structural=False)
    verdict = judge(tmp_path / "spoiled.duckdb", MARTS, run_id="r")
    failed = {(result.suite, result.expectation) for result in verdict.broken if not result.errored}
    assert planted - failed == set()
    assert len(planted) > 300
    assert [(result.suite, result.expectation, result.observed) for result in verdict.errored] == []


def test_great_expectations_sees_all_violations_of_landed_streams_at_once(good_build, tmp_path):
    planted = spoiled(good_build, LANDED, tmp_path / "rows.duckdb", structural=False)
    verdict = judge(tmp_path / "rows.duckdb", LANDED, run_id="r")
    assert planted - {(result.suite, result.expectation) for result in verdict.broken} == set()
    assert planted
    assert not verdict.errored


def test_planting_what_is_planted_proves_something():
    # Were a check's name misspelt in the list of violations, the entry would be dead.
    from plants import WRITTEN

    known = {(suite.name, check.name) for suite in (*MARTS, *LANDED) for check in suite.checks}
    assert set(WRITTEN) - known == set()
