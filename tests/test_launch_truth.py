"""What is planted about launches in the sample company comes out of the pipeline: who was ready, and what went wrong."""

from __future__ import annotations

import json

import pytest
from walk_support import earshot, query

TEAMS = {"Sales": "sales", "Customer Success": "customer_success", "Support": "support"}


@pytest.fixture(scope="module")
def launches(company, truth):
    """Planted launches and what the marts say of them, by key."""
    rows = query(
        company / "warehouse.duckdb",
        "SELECT launch_id, verdict, failure_mode, has_in_product_education, has_documentation, tickets_spike, is_unadopted "
        "FROM alignment.launch_readiness",
    )
    found = {row[0]: row[1:] for row in rows}
    return [(planted, found[planted["launch_id"]]) for planted in truth["launches"]]


def test_every_verdict_is_the_planted_one(launches):
    assert {planted["launch_id"]: found[0] for planted, found in launches} == {
        planted["launch_id"]: planted["verdict"] for planted, _ in launches
    }


def test_parts_of_the_definition_of_done(launches):
    for planted, found in launches:
        assert found[2:4] == (planted["has_in_product_education"], planted["has_documentation"]), planted["launch_id"]


def test_people_behind_the_scores_are_those_who_were_prepared(company, truth):
    rows = query(
        company / "warehouse.duckdb",
        "SELECT launch_id, team, people, aware_people, knowing_people, able_people, suppressed "
        "FROM alignment.launch_team_readiness",
    )
    shown = {(row[0], row[1]): row[2:6] for row in rows if not row[6]}
    for launch in truth["launches"]:
        for team, counts in launch["teams"].items():
            if team in TEAMS:
                people, *counted = shown[launch["launch_id"], TEAMS[team]]
                assert tuple(counted) == (counts["heard"], counts["learned"], counts["able"]), (launch["launch_id"], team)
                assert people >= counts["people"]
    assert {row[1] for row in rows if row[6]} == {"partner_solutions"}


def test_failures_are_those_planted_where_the_data_can_tell(launches):
    """With few tickets and questions a failure may stay untold; none is told wrongly."""
    told = {planted["launch_id"]: (found[1], planted["failure_mode"]) for planted, found in launches}
    assert all(found in (planted, "insufficient_data") for found, planted in told.values()), told
    assert told["LCH-006"] == ("readiness", "readiness")  # nobody uses it
    assert told["LCH-008"][0] == "insufficient_data"  # its 30 days are not over


def test_what_is_heard_meets_what_is_built(company, truth):
    rows = query(
        company / "warehouse.duckdb",
        "SELECT theme_id, roadmap_item_id, state, decision FROM voc.heard_vs_building WHERE theme_id IS NOT NULL",
    )
    by_theme = {row[0]: row[1:] for row in rows}
    for launch in truth["launches"]:
        item, state, decision = by_theme[launch["theme_id"]]
        assert (item, state, decision) == (f"jira:{launch['roadmap_key']}", "shipped", "build"), launch["launch_id"]
    assert by_theme["data_export"][1:] == ("aligned", "build")
    assert by_theme["reliability_outages"] == (None, "heard_not_building", None)
    assert by_theme["localization"][1:] == ("declined", "decline")
    unheard = query(company / "warehouse.duckdb", "SELECT roadmap_item_id FROM voc.heard_vs_building WHERE theme_id IS NULL")
    assert {"jira:ROAD-130", "jira:ROAD-131"} <= {row[0] for row in unheard}


def test_who_was_told_is_no_longer_to_tell(company):
    """Everybody was told of the first launch; of the third, those whom the sheet names; of the second, nobody."""
    rows = query(
        company / "warehouse.duckdb",
        "SELECT roadmap_item_id, state, count(*), count(told_at) FROM voc.loop_closure GROUP BY ALL",
    )
    found = {(item, state): (loops, told) for item, state, loops, told in rows}
    assert {state for item, state in found if item == "jira:ROAD-101"} == {"told"}
    assert ("jira:ROAD-104", "told") not in found
    assert all((told == loops) == (state == "told") for (_, state), (loops, told) in found.items())
    (monthly,) = query(
        company / "warehouse.duckdb",
        "SELECT max(median_days_decision_to_told) FROM alignment.transparency_monthly",
    )
    assert monthly[0] >= 160  # decisions precede their launches by that much


def test_the_digest_of_the_command_line(company, tmp_path):
    made = earshot(
        "digest", "--role", "support", "--launch", "LCH-004", "-w", company, "-f", "html", "--out", tmp_path / "d.html"
    )
    assert made.returncode == 0, made.stderr
    page = (tmp_path / "d.html").read_text("utf-8")
    assert "Not done by the launch: internal readiness, support runbook." in page
    assert page.count("<blockquote>") >= 1
    slack = earshot("digest", "--role", "sales", "--period", "2026-Q1", "-w", company, "-f", "slack")
    assert [block["text"]["text"] for block in json.loads(slack.stdout)["blocks"] if block["type"] == "header"] == [
        "Field Mapping (LCH-005), 20 January 2026",
        "Bulk Scheduler (LCH-006), 02 March 2026",
    ]
    wrong = earshot("digest", "--role", "nobody", "-w", company)
    assert wrong.returncode == 1
    assert "customer_success" in wrong.stderr


def test_a_number_that_was_changed_is_not_written(company_copy):
    import duckdb

    with duckdb.connect(str(company_copy / "warehouse.duckdb")) as connection:
        connection.execute("UPDATE alignment.launch_team_readiness SET aware_people = aware_people + 1")
    refused = earshot("digest", "--role", "support", "--launch", "LCH-004", "-w", company_copy)
    assert refused.returncode == 3
    assert "aware_people" in refused.stderr
    assert refused.stdout == ""


def test_the_lint_of_the_command_line(tmp_path):
    text = tmp_path / "announcement.md"
    text.write_text("Ships in Q4. 70 % done.", encoding="utf-8")
    judged = earshot("digest", "lint", text)
    assert judged.returncode == 5
    assert judged.stdout.startswith("status_update")
    assert "missing: how to prepare customers" in judged.stdout
