"""Organisations whose answer is known, from exports to recommendation; benchmarks/organisations.py runs all of them whole."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from simulated import Answered, answer, publish

from demo.organisations import ORGANISATIONS
from earshot_statistics.interrupted import interrupted_rows

# One that really needs people goes the whole way, gate and publication included; one in which everything fires against a
# small team goes as far as the marts.
WHOLE = "enterprise_with_failing_launches"
CHOSEN = ("tiny_and_drowning", WHOLE)
MINIMUM = 3


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory, make_warehouse: Any) -> Iterator[dict[str, Answered]]:
    found = {}
    for organisation in ORGANISATIONS:
        if organisation.name in CHOSEN:
            folder = tmp_path_factory.mktemp(organisation.name)
            way = publish if organisation.name == WHOLE else answer
            found[organisation.name] = way(organisation, make_warehouse(folder), folder)
    return found


def test_what_passed_the_gate_is_what_was_published(answered: Any) -> None:
    with duckdb.connect(str(answered[WHOLE].warehouse.marts), read_only=True) as con:
        ((judged, failed, suites),) = con.execute(
            "select count(*), count(*) filter (not success and severity = 'block'), count(distinct suite) "
            "from trust.gate_result"
        ).fetchall()
        assert (failed, suites > 5, judged > 200) == (0, True, True)
        assert con.execute("select state from trust.run").fetchall() == [("published",)]
        assert con.execute("select max(abs(balance)) from trust.source_reconciliation").fetchall() == [(0,)]


@pytest.mark.parametrize("name", CHOSEN)
def test_each_gets_the_answer_that_it_should(answered: Any, name: str) -> None:
    given = answered[name]
    assert (given.recommendation, given.organisation.reason) == (given.organisation.answer, given.organisation.reason)
    assert {signal: given.states[signal] for signal in given.organisation.states} == given.organisation.states
    assert given.form == ("thing" if given.recommendation == "system_only" else "people")


@pytest.mark.parametrize("name", CHOSEN)
def test_every_evidence_query_runs_on_the_published_file_and_says_the_same(answered: Any, name: str) -> None:
    given = answered[name]
    with duckdb.connect(str(given.warehouse.marts), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        for signal in given.signals.values():
            rows = con.execute(signal["evidence_query"])
            column = [name for name, *_ in rows.description].index("value")
            found = rows.fetchall()
            if signal["value"] is not None:
                assert found[0][column] == pytest.approx(signal["value"]), signal["signal"]
                assert len(found) == signal["n"] or signal["signal"] == "transparency_not_scaling"


def test_the_rationale_tells_the_numbers(answered: Any) -> None:
    given = answered["enterprise_with_failing_launches"]
    assert "6 of the last 7 launches failed on readiness" in given.rationale
    assert "Pragmatic Institute 2019" in given.rationale
    load = given.signals["stakeholder_load"]
    assert f"{round(100 * load['value'])} % goes to stakeholders" in given.rationale
    assert load["value_low"] < load["value"] < load["value_high"]


def test_calendars_come_out_as_the_hours_that_were_put_in(answered: Any) -> None:
    given = answered["enterprise_with_failing_launches"]
    shape = given.organisation.shape
    ((customers, unclassified),) = given.warehouse.query(
        "select avg(customer_hours_per_pm), max(unclassified_hours_share) from marts.hiring.pm_load_weekly "
        "where team = 'all' and customer_hours_per_pm is not null"
    )
    assert customers == pytest.approx(shape.customer_hours, rel=0.05)
    assert unclassified == 0
    ((weeks,),) = given.warehouse.query(
        "select count(*) from marts.hiring.pm_load_weekly where team = 'all' and stakeholder_hours_per_pm is not null"
    )
    # The week of the last day is not over when its last export is seen.
    assert weeks == shape.weeks - 1


def test_what_the_hire_changed_is_found_and_the_rest_is_silence(answered: Any) -> None:
    given = answered["enterprise_with_failing_launches"]
    rows = given.warehouse.query(
        "select measure, change, change_low, change_high, change_is_clear, state from marts.hiring.before_after "
        "where event_kind = 'hire'"
    )
    found = {measure: rest for measure, *rest in rows}
    assert len(found) == len(rows) >= 5
    for measure, planted in given.organisation.changes.items():
        change, low, high, clear, state = found[measure]
        if planted is None:
            assert (change, low, high, clear) == (None, None, None, None), measure
            assert state in ("insufficient_data", "confounded")
        else:
            assert low < planted < high < 0, measure
            assert (clear, state) == (True, "estimated")
    # Customers were never part of what was taken over: the share of time with them rose because the rest fell.
    assert found["customer_time_share"][1] > 0
    assert found["stakeholder_load"][2] < 0


def test_systems_have_their_stage_and_tools_their_coverage(answered: Any) -> None:
    w = answered["enterprise_with_failing_launches"].warehouse
    stages = w.query(
        "select system_id, stage, owner_role, overdue from marts.product_ops.system_arc "
        "where month_start = '2026-06-01' order by 1"
    )
    assert stages == [("dod", "handed_off", "product_management", False), ("voc", "established", "product_ops", False)]
    covered = dict(w.query("select tool, accounts_covered_share from marts.product_ops.tool_stack where connected"))
    assert covered["salesforce"] == 1
    assert covered["amplitude"] == 1
    assert covered["zendesk"] == 0


def test_the_questions_of_pms_have_answers(answered: Any) -> None:
    w = answered["enterprise_with_failing_launches"].warehouse
    w.must("compile", "--select", "path:analyses/hiring")
    folder = w.target / "compiled" / "earshot" / "analyses" / "hiring"
    sources = sorted((Path(__file__).resolve().parents[2] / "dbt_project" / "analyses" / "hiring").glob("*.sql"))
    assert len(sources) >= 9
    silent = set()
    for path in sources:
        first = path.read_text("utf-8").splitlines()[0]
        assert first.startswith("-- ")
        assert "?" in first
        if not w.query((folder / path.name).read_text("utf-8")):
            silent.add(path.stem)
    # Nothing is overdue and nobody delivered a plan.
    assert silent == {"overdue_hand_offs", "planning_by_team"}


@pytest.fixture(scope="module")
def sample(company: Path, make_warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, dict[str, Any]]:
    """The sample company as its run published it, and what is true of it."""
    w = make_warehouse(tmp_path_factory.mktemp("sample"))
    w.build, w.marts = company / ".earshot" / "build.duckdb", company / "warehouse.duckdb"
    return w, json.loads((company / "truth.json").read_text("utf-8"))["organisation"]


def test_the_sample_company_needs_nobody_yet(sample: Any) -> None:
    w, true = sample
    assert w.query("select form, recommendation from marts.hiring.recommendation") == [(true["form"], true["recommendation"])]
    ((pms, stakeholders, customers, withheld),) = w.query(
        "select max(pms), avg(stakeholder_hours_per_pm), avg(customer_hours_per_pm), bool_or(suppressed) "
        "from (from marts.hiring.pm_load_weekly where team = 'all' order by week_start desc limit 13)"
    )
    assert (pms, withheld) == (true["product_managers"], False)
    assert stakeholders == pytest.approx(true["stakeholder_hours_per_pm"], abs=1e-3)
    assert customers == pytest.approx(true["customer_hours_per_pm"], abs=1e-3)
    small = w.query("select distinct team from marts.hiring.pm_load_weekly where suppressed and team <> 'all' order by 1")
    assert [team for (team,) in small] == true["withheld_teams"]


def test_the_sample_company_s_systems_plans_and_tools(sample: Any) -> None:
    w, true = sample
    stages = dict(w.query("select system_id, stage from marts.product_ops.system_arc where month_start = '2026-06-01'"))
    assert {system: stages[system] for system in true["stages"]} == true["stages"]
    overdue = w.query("select system_id from marts.product_ops.system_arc where overdue and month_start = '2026-06-01'")
    assert [system for (system,) in overdue] == true["overdue_systems"]
    mix = w.query(
        "select arc_position, arc_communicated from marts.product_ops.time_mix_monthly where month_start = '2026-06-01'"
    )
    assert mix == [(true["arc_position"], true["arc_communicated"])]
    plans = w.query(
        "select team, consistency_score from marts.product_ops.planning_consistency where quarter_start = '2026-04-01'"
    )
    assert dict(plans) == pytest.approx(true["planning"])
    lonely = w.query("select tool from marts.product_ops.tool_stack where owner_role is null and is_registered")
    assert [tool for (tool,) in lonely] == true["tools_without_owner"]


def test_nothing_of_a_person_is_published(sample: Any) -> None:
    w, _ = sample
    people = {value for row in w.query("select employee_id, email_key from intermediate.int_person") for value in row if value}
    for schema in ("hiring", "product_ops"):
        for (table,) in w.query(f"select table_name from duckdb_tables() where schema_name = '{schema}'"):
            shown = str(w.query(f"from marts.{schema}.{table}"))
            assert not [value for value in people if value in shown], table


def figures(period: str, points: list[tuple[date, float]]) -> pa.Table:
    """One measure over time."""
    names = {"period": period, "signal": "stakeholder_load", "measure": "hours"}
    return pa.Table.from_pylist([{**names, "period_start": day, "value": value} for day, value in points])


def test_a_start_shows_what_changed_and_two_at_once_show_nothing() -> None:
    dice = random.Random(3)
    first = date(2025, 1, 6)
    weeks = figures("week", [(first + timedelta(weeks=n), 10 + dice.gauss(0, 1) - (3 if n > 26 else 0)) for n in range(52)])
    begun = {"event_kind": "hire", "event_id": "product_ops", "event_on": first + timedelta(weeks=26, days=2)}
    (alone,) = interrupted_rows(weeks, pa.Table.from_pylist([begun])).to_pylist()
    assert alone["state"] == "estimated"
    assert (alone["periods_before"], alone["periods_after"]) == (26, 25)
    assert alone["change_low"] < -3 < alone["change_high"] < 0
    near = {**begun, "event_kind": "system", "event_id": "voc", "event_on": begun["event_on"] + timedelta(weeks=5)}
    both = interrupted_rows(weeks, pa.Table.from_pylist([begun, near])).to_pylist()
    assert {(row["state"], row["change"]) for row in both} == {("confounded", None)}
    late = {**begun, "event_on": first + timedelta(weeks=42)}
    (thin,) = interrupted_rows(weeks, pa.Table.from_pylist([late])).to_pylist()
    assert (thin["state"], thin["change"]) == ("insufficient_data", None)


def test_no_change_is_seldom_called_one() -> None:
    """Weeks that resemble their neighbours, and nothing happens: the interval should leave out 0 in few of a hundred cases."""
    dice = random.Random(11)
    first, wrong = date(2025, 1, 6), 0
    for _ in range(100):
        value, points = 0.0, []
        for n in range(52):
            value = 0.3 * value + dice.gauss(0, 1)
            points.append((first + timedelta(weeks=n), value))
        begun = {"event_kind": "hire", "event_id": "x", "event_on": first + timedelta(weeks=26)}
        (row,) = interrupted_rows(figures("week", points), pa.Table.from_pylist([begun])).to_pylist()
        wrong += not row["change_low"] <= 0 <= row["change_high"]
    assert wrong <= 12


def test_months_and_launches_before_and_after() -> None:
    dice = random.Random(4)
    begun = {"event_kind": "hire", "event_id": "x", "event_on": date(2025, 6, 20)}
    events = pa.Table.from_pylist([begun])
    months = [(date(2024 + n // 12, 1 + n % 12, 1), 0.6 + dice.gauss(0, 0.02) - (0.2 if n > 17 else 0)) for n in range(26)]
    (row,) = interrupted_rows(figures("month", months), events).to_pylist()
    # June 2025 belongs to neither side.
    assert (row["state"], row["periods_before"], row["periods_after"]) == ("estimated", 17, 8)
    assert row["change_low"] < -0.2 < row["change_high"] < 0
    (few,) = interrupted_rows(figures("month", months[:23]), events).to_pylist()
    assert (few["state"], few["periods_after"], few["change"]) == ("insufficient_data", 5, None)

    # Newcombe 1998, method 10, with 5 of 6 failures before and 1 of 5 after: -0.8333 + 0.2 and Wilson's ends by hand.
    launches = [(date(2025, 1, 5 + n), 0.0 if n == 0 else 1.0) for n in range(6)]
    launches += [(date(2025, 9, 5 + n), 1.0 if n == 0 else 0.0) for n in range(5)]
    (row,) = interrupted_rows(figures("launch", launches), events).to_pylist()
    assert (row["state"], row["periods_before"], row["periods_after"]) == ("estimated", 6, 5)
    assert row["change"] == pytest.approx(1 / 5 - 5 / 6)
    (l1, u1), (l2, u2) = (0.4365, 0.9699), (0.0362, 0.6245)
    low = row["change"] - ((1 / 5 - l2) ** 2 + (u1 - 5 / 6) ** 2) ** 0.5
    high = row["change"] + ((u2 - 1 / 5) ** 2 + (5 / 6 - l1) ** 2) ** 0.5
    assert (row["change_low"], row["change_high"]) == (pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3))
    (few,) = interrupted_rows(figures("launch", launches[3:]), events).to_pylist()
    assert (few["state"], few["change"]) == ("insufficient_data", None)


def test_no_difference_gives_a_withheld_team_away(answered: Any) -> None:
    """An attacker subtracts the teams shown from the total, week by week, whatever sizes the teams have."""
    w = answered["enterprise_with_failing_launches"].warehouse
    w.must("compile", "--select", "pm_load_weekly")
    model = w.target / "compiled" / "earshot" / "models" / "marts" / "hiring" / "pm_load_weekly.sql"
    sql = model.read_text("utf-8").replace('"build"."intermediate"."int_hiring__pm_week"', "week")
    dice = random.Random(5)
    weeks: dict[str, dict[str, tuple[int, float]]] = {}
    with duckdb.connect() as con:
        con.execute(
            "create table week (week_start date, team varchar, team_name varchar, pms bigint, pms_seen bigint, "
            "stakeholder_hours double, customer_hours double, team_hours double, unclassified_hours double, "
            "coordination_hours double, questions bigint, headcount bigint)"
        )
        for number in range(300):
            day = f"date '2020-01-06' + interval {7 * number} day"
            teams = {
                f"t{i}": (dice.choice((1, 1, 2, 2, 3, 4, 6)), float(dice.randint(1, 99))) for i in range(dice.randint(1, 5))
            }
            weeks[str(number)] = teams
            total = sum(people for people, _ in teams.values()), sum(hours for _, hours in teams.values())
            for team, (people, hours) in {**teams, "all": total}.items():
                con.execute(
                    f"insert into week values ({day}, ?, ?, ?, ?, ?, 1, 1, 0, 1, null, null)",
                    [team, team, people, people, hours],
                )
        shown = con.execute(
            "select datediff('week', date '2020-01-06', week_start), team, pms, stakeholder_hours_per_pm, suppressed "
            f"from ({sql})"
        ).fetchall()
    assert len(shown) == sum(len(teams) + 1 for teams in weeks.values())
    exposed = attacked = 0
    for number, teams in weeks.items():
        rows = {team: (pms, hours) for week, team, pms, hours, suppressed in shown if str(week) == number and not suppressed}
        for team, (people, _) in teams.items():
            assert team not in rows or people >= MINIMUM
        if "all" not in rows:
            continue
        hidden = [team for team in teams if team not in rows]
        left = rows["all"][0] * rows["all"][1] - sum(pms * hours for team, (pms, hours) in rows.items() if team != "all")
        attacked += bool(hidden)
        assert left == pytest.approx(sum(teams[team][1] for team in hidden), abs=1e-6)
        exposed += bool(hidden) and (len(hidden) == 1 or sum(teams[team][0] for team in hidden) < MINIMUM)
    assert attacked > 50
    assert exposed == 0
