"""Launches of a made-up company, every score counted by hand; roadmaps as trackers keep them; the digest and its proof."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.digest import DigestProblem, UnprovenDigest, prove, read_digests, render

AS_OF = datetime(2025, 6, 25, tzinfo=UTC)
FIRST_TICKET = datetime(2024, 6, 1, tzinfo=UTC)
QUOTE = "who may do what is a mystery to us"
MODELS = (
    "path:models/intermediate/roadmap",
    "path:models/intermediate/launch",
    "launch",
    "roadmap_item",
    "decision",
    "launch_team_readiness",
    "launch_readiness",
    "readiness_digest",
    "heard_vs_building",
)


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def launch(key: str, name: str, day: str, area: str, item: str = "", feature: str = "", status: str = "") -> dict[str, Any]:
    return {
        "launch_id": key,
        "launch_name": name,
        "launch_at": at(day),
        "product_area": area,
        "roadmap_item": item or None,
        "feature": feature or None,
        "status": status or None,
    }


LAUNCHES = (
    launch("L1", "Custom Roles", "2025-03-01", "admin", "road-1"),
    launch("L2", "Quiet Hours", "2025-04-01", "mobile", "Night mode", "Quiet Hours"),
    launch("L3", "Contractor Links", "2025-05-01", "data"),
    launch("L4", "Nothing Recorded", "2025-04-15", "platform"),
    launch("L5", "Called Off", "2025-04-20", "platform", status="Cancelled"),
    launch("L6", "Offline Check-in", "2025-06-10", "mobile"),
)


def item(
    key: str, launch_ref: str, kind: str, done: str = "", part: str = "", team: str = "", text: str = ""
) -> dict[str, Any]:
    return {
        "readiness_item_id": key,
        "launch": launch_ref,
        "kind": kind,
        "part": part or None,
        "team": team or None,
        "text": text or None,
        "title": "Item",
        "done_at": at(done) if done else None,
    }


ITEMS = (
    item("1", "L1", "Documentation", "2025-02-20"),
    item("2", "custom roles", "In-product education", "2025-02-21"),
    item("3", "L1", "Internal readiness", "2025-02-22", "New value", text="Exactly the rights a role needs."),
    item("4", "L1", "Internal readiness", "2025-02-22", "Role change", "SUPPORT", "Compare roles side by side."),
    # Written after the launch: in the digest, not in the score.
    item("5", "L1", "Internal readiness", "2025-03-20", "Role change", "Sales", "Sell it to the administrator."),
    item("6", "L1", "Internal readiness", "2025-02-23", "Prepare customers", text="Send the list of roles in use."),
    item("7", "L1", "Support runbook", "2025-02-28"),
    item("8", "L2", "Documentation", "2025-03-20"),
    item("9", "L2", "Internal readiness", "2025-03-20", "What is this?", text="Silence at night."),
    item("10", "L2", "Internal readiness", "2025-03-20", "How does it change your workflow", text="Ask for the time zone."),
    item("11", "L2", "Internal readiness", "2025-03-21", "How do you help customers use it", text="Agree on the hours."),
    item("12", "L3", "Documentation"),
)


def learned(key: str, who: str, team: str, launch_ref: str, kind: str, day: str, score: float | None = None) -> dict[str, Any]:
    return {
        "record_id": key,
        "learner_key": who,
        "department": team,
        "course_id": kind,
        "kind": kind,
        "launch": launch_ref,
        "status": "Completed",
        "completed_at": at(day) if day else None,
        "score": score,
    }


def activities() -> Iterator[dict[str, Any]]:
    """Sales has 4 people, Support 5, Implementation 2."""
    for number in range(4):
        yield learned(f"s{number}", f"sales{number}", "sales ", "L1", "Announcement", "2025-02-10")
    for number in range(3):
        yield learned(f"sc{number}", f"sales{number}", "Sales", "Custom Roles", "Course", "2025-02-15", 90)
    yield learned("sc3", "sales3", "Sales", "L1", "Course", "2025-03-02", 90)  # a day late
    yield learned("sa0", "sales0", "Sales", "L1", "Ability check", "2025-02-20", 80)
    yield learned("sa1", "sales1", "Sales", "L1", "Ability check", "2025-02-20", 70)
    yield learned("sa2", "sales2", "Sales", "L1", "Ability check", "2025-02-20", 55)
    for number in range(5):
        yield learned(f"p{number}", f"support{number}", "SUPPORT", "L1", "Course", "2025-02-15")
        yield learned(f"pa{number}", f"support{number}", "Support", "L1", "Certification", "2025-02-16", 100)
    for number in range(2):
        yield learned(f"i{number}", f"implementation{number}", "Implementation", "L1", "Course", "2025-02-15")
    for team, people in (("Sales", 4), ("Support", 5)):
        for number in range(people):
            for kind in ("Course", "Ability check"):
                who = f"{team.lower()}{number}"
                yield learned(f"{team}{number}{kind}", who, team, "L2", kind, "2025-03-25", 95)
    # One of nine had heard of L3.
    yield learned("l3", "sales0", "Sales", "L3", "Announcement", "2025-04-20")


def tickets() -> Iterator[tuple[str, datetime, str, str]]:
    """Area admin: 12 before L1 and 10 after. Area mobile: 18 before L2 and 3 after."""
    yield "first", FIRST_TICKET, "a0", "platform"
    for area, day, before, after in (("admin", "2025-03-01", 12, 10), ("mobile", "2025-04-01", 18, 3)):
        for number in range(before):
            yield f"{area}b{number}", at(day) - timedelta(days=3 + number * 9), f"a{number}", area
        for number in range(after):
            yield f"{area}a{number}", at(day) + timedelta(days=number), f"a{number}", area


def core(warehouse: Any) -> None:
    """Puts rows into the core marts that other tests answer for."""
    rows: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
        "team": (
            "team_id, team_name, function, headcount, suppressed",
            [
                ("sales", "Sales", "sales", 4, False),
                ("support", "Support", "support", 5, False),
                ("it", "IT", "other", 9, False),
            ],
        ),
        "account": (
            "account_id, lifecycle_stage, segment, created_at",
            [(f"a{n}", "prospect" if n >= 20 else "customer", "smb", at("2024-01-01")) for n in range(24)],
        ),
        "ticket": ("ticket_id, created_at, account_id, product_area", list(tickets())),
        "feature_usage_daily": (
            "usage_date, account_id, feature, active_users, events",
            [
                (at("2025-04-02").date(), f"a{n}", feature, 1, 1)
                for n in range(12)
                for feature in ("Board", "Quiet Hours")[: 1 + (n < 6)]
            ],
        ),
        "theme": ("theme_id, theme_name, status, valid_from", [("permissions_roles", "Roles", "active", at("2020-01-01"))]),
        "feedback": (
            "feedback_id, account_id, channel, text, occurred_at",
            [("f1", "a1", "support", f"Honestly, {QUOTE}.", at("2025-01-05"))],
        ),
        "feedback_theme": ("feedback_id, theme_id", [("f1", "permissions_roles")]),
    }
    with duckdb.connect(str(warehouse.marts)) as con:
        con.execute("set TimeZone = 'UTC'")
        for table, (columns, values) in rows.items():
            con.execute(f"create or replace table core.{table} as select * from core.{table} limit 0")
            con.executemany(f"insert into core.{table} ({columns}) values ({', '.join('?' for _ in values[0])})", values)
        con.execute("create or replace table voc.theme_evidence as select * from voc.theme_evidence limit 0")
        con.execute(
            "insert into voc.theme_evidence (theme_id, rank, stance, feedback_id, quote, quote_sha256, segment, channel, "
            "occurred_at) values ('permissions_roles', 1, 'supporting', 'f1', ?, ?, 'smb', 'support', '2025-01-05')",
            [QUOTE, hashlib.sha256(QUOTE.encode()).hexdigest()],
        )
    with duckdb.connect(str(warehouse.build)) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("create or replace table intermediate.int_as_of as select ?::timestamptz as as_of", [AS_OF])
        con.execute("create or replace table intermediate.int_question as select * from intermediate.int_question limit 0")
        for number, quality in enumerate(["awareness"] * 4 + ["mechanics"] + ["not_question"] * 5):
            con.execute(
                "insert into intermediate.int_question (question_id, asked_at, launch_id, quality) "
                "values (?, '2025-05-03', 'L3', ?)",
                [f"q{number}", quality],
            )
        heard = con.execute("from (describe intermediate.int_voc__heard)").fetchall()
        assert {"theme_id", "mentions", "accounts", "arr", "heard_at"} <= {row[0] for row in heard}
        con.execute("create or replace table intermediate.int_voc__heard as select * from intermediate.int_voc__heard limit 0")
        con.execute(
            "insert into intermediate.int_voc__heard (theme_id, mentions, accounts, arr, heard_at) "
            "values ('permissions_roles', 7, 5, 100, '2024-12-01')"
        )


def issue(key: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"issue_key": key, "issue_type": kind, "title": f"Issue {key}", "status": "Done", **more}


@pytest.fixture(scope="module")
def built(
    empty_warehouse: Any, make_warehouse: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """The marts of the made-up company."""
    made = make_warehouse(tmp_path_factory.mktemp("launches"))
    shutil.copy(empty_warehouse.build, made.build)
    shutil.copy(empty_warehouse.marts, made.marts)
    made.insert("raw.launches__launch", LAUNCHES)
    made.insert("raw.launches__readiness_item", ITEMS)
    made.insert("raw.enablement__completion", activities())
    made.insert(
        "raw.launches__decision",
        [
            {
                "decision_id": "D1",
                "theme_id": "Roles",
                "roadmap_item": "ROAD-1",
                "decision": "Build",
                "decided_at": at("2025-01-01"),
            },
            {"decision_id": "D2", "theme_id": "unheard_of", "roadmap_item": "ROAD-9", "decision": "Perhaps"},
        ],
    )
    made.insert(
        "raw.jira__issue",
        [
            issue("ROAD-1", "Epic", issue_id="1", status_category="Done", resolution="Done", resolved_at=at("2025-03-01")),
            issue("ROAD-2", "Story", parent_key="ROAD-1", story_points=3.0),
            issue("ROAD-3", "Story", parent_id="1", story_points=5.0),
            issue("ROAD-4", "Epic", resolution="Won't Do", resolved_at=at("2025-02-01"), story_points=2.0),
            issue("ROAD-5", "Epic", status_category="listo", status_category_at=at("2025-04-02")),
        ],
    )
    made.insert(
        "raw.linear__issue",
        [
            {"id": "u1", "issue_key": "CLA-1", "title": "Night mode", "status": "Done", "completed_at": at("2025-03-30")},
            {"id": "u2", "issue_key": "CLA-2", "title": "Part", "status": "Done", "parent_key": "CLA-1", "estimate": 4.0},
        ],
    )
    made.insert(
        "raw.pendo__guide",
        [
            {"id": "g1", "name": "Quiet hours – first steps", "state": "public", "published_at": at("2025-03-30")},
            {"id": "g2", "name": "Contractor Links tour", "state": "draft", "published_at": at("2025-04-20")},
        ],
    )
    made.insert(
        "raw.content__item",
        [{"url": "u", "title": "Contractor links explained", "audience": "customers", "created_at": at("2025-05-20")}],
    )
    core(made)
    made.must("run", "--select", *MODELS)
    yield made


def test_roadmaps_of_trackers_that_mix_levels(built: Any) -> None:
    rows = built.query("select roadmap_item_id, effort, shipped_at from marts.core.roadmap_item order by 1")
    assert rows == [
        ("jira:ROAD-1", 8.0, at("2025-03-01")),  # 3 by key, 5 by number
        ("jira:ROAD-4", 2.0, None),  # closed, not built
        ("jira:ROAD-5", None, at("2025-04-02")),
        ("linear:u1", 4.0, at("2025-03-30")),
    ]


def test_launches_and_decisions_find_their_items_and_themes(built: Any) -> None:
    assert dict(built.query("select launch_id, roadmap_item_id from marts.core.launch where roadmap_item_id is not null")) == {
        "L1": "jira:ROAD-1",
        "L2": "linear:u1",
    }
    decisions = built.query("select decision_id, theme_id, roadmap_item_id, decision from marts.core.decision order by 1")
    assert decisions == [("D1", "permissions_roles", "jira:ROAD-1", "build"), ("D2", None, None, None)]


def test_the_ledger_meets_real_rows(built: Any) -> None:
    """Heard on 1 December, decided on 1 January: 31 days. Half of the effort that is known went into it: 8 of 14."""
    rows = built.query(
        "select roadmap_item_id, state, heard_mentions, effort_share, days_heard_to_decision from marts.voc.heard_vs_building "
        "where theme_id = 'permissions_roles'"
    )
    assert rows == [("jira:ROAD-1", "shipped", 7, pytest.approx(8 / 14), 31)]
    unexplained = built.query(
        "select roadmap_item_id, state from marts.voc.heard_vs_building where theme_id is null order by 1"
    )
    assert unexplained == [("jira:ROAD-4", "building_not_heard"), ("jira:ROAD-5", "shipped"), ("linear:u1", "shipped")]


TEAM = "knowledge, ability, assets, readiness, awareness, people, state, barrier"


def team_row(built: Any, launch_id: str, team: str) -> tuple[Any, ...]:
    (row,) = built.query(
        f"select {TEAM} from marts.alignment.launch_team_readiness where launch_id = '{launch_id}' and team = '{team}'"
    )
    return tuple(row)


def test_a_team_is_as_ready_as_its_weakest_part(built: Any) -> None:
    """Sales: 3 of 4 learned (4), 2 of 4 can (3), 4 of 5 things were there, as one came late (4.2). All had heard (5)."""
    assert team_row(built, "L1", "sales") == (4, 3, pytest.approx(4.2), 3, 5, 4, "not_ready", "ability")
    assert team_row(built, "L1", "support") == (5, 5, 5, 5, 5, 5, "ready", None)
    low, high = built.query(
        "select readiness_low, readiness_high from marts.alignment.launch_team_readiness "
        "where launch_id = 'L1' and team = 'sales'"
    )[0]
    # Wilson of 2 of 4: 0.1500 to 0.8500.
    assert (low, high) == (pytest.approx(1 + 4 * 0.15004, abs=1e-3), pytest.approx(min(4.2, 1 + 4 * 0.84996), abs=1e-3))


def test_what_nobody_recorded_is_no_zero(built: Any) -> None:
    assert team_row(built, "L4", "sales") == (None, None, None, None, None, 4, "insufficient_data", None)
    assert team_row(built, "L3", "support") == (1, 1, 1, 1, 1, 5, "not_ready", "knowledge")


def test_a_small_team_is_withheld_and_changes_nothing(built: Any, tmp_path: Path) -> None:
    """Whatever the two people of Implementation did, no row that is published differs: nothing can be told by subtraction."""
    shown = "select * from marts.alignment.{} order by all"
    marts = ("launch_team_readiness", "launch_readiness", "readiness_digest")
    withheld = built.query(
        "select * from marts.alignment.launch_team_readiness where team = 'implementation' and launch_id = 'L1'"
    )
    assert [value for value in withheld[0] if value is not None] == ["L1", "implementation", True, "suppressed"]
    before = [built.query(shown.format(mart)) for mart in marts]
    spoiled = shutil.copy(built.build, tmp_path / "kept.duckdb")
    built.execute("delete from raw.enablement__completion where record_id = 'i1'")
    built.execute("update raw.enablement__completion set completed_at = null where record_id = 'i0'")
    try:
        built.must("run", "--select", "int_launch_activity", *marts)
        assert [built.query(shown.format(mart)) for mart in marts] == before
    finally:
        shutil.copy(spoiled, built.build)


LAUNCH = (
    "verdict, failure_mode, awareness_score, readiness_score, definition_of_done_done, definition_of_done_total, "
    "has_in_product_education, has_documentation, has_internal_readiness"
)


def launch_row(built: Any, launch_id: str) -> tuple[Any, ...]:
    (row,) = built.query(f"select {LAUNCH} from marts.alignment.launch_readiness where launch_id = '{launch_id}'")
    return tuple(row)


def test_aware_and_not_ready_and_tickets_say_so(built: Any) -> None:
    """22 tickets, 10 of them in 30 of 210 days: Wilson's lower end 0.27 is above 1/7; 50 per 100 customers after 10 before."""
    assert launch_row(built, "L1") == ("aware_not_ready", "readiness", 5, 3, 3, 4, True, True, False)
    rates = built.query(
        "select tickets_30d_per_100_accounts, tickets_baseline, tickets_spike, signs from marts.alignment.launch_readiness "
        "where launch_id = 'L1'"
    )
    assert rates == [(50.0, 10.0, True, 1)]


def test_ready_by_evidence_and_quiet_afterwards(built: Any) -> None:
    """The guide stands in for the item that the sheet does not list. 6 of 12 accounts at work used it; 3 tickets after 18."""
    assert launch_row(built, "L2") == ("ready", "none", 5, 5, 3, 3, True, True, True)
    adoption = built.query(
        "select adoption_30d, adoption_n, tickets_spike, is_unadopted, signs from marts.alignment.launch_readiness "
        "where launch_id = 'L2'"
    )
    assert adoption == [(0.5, 12, False, False, 2)]


def test_not_aware_and_the_questions_say_so(built: Any) -> None:
    """One of nine had heard: 1 + 4/9. Four of five questions ask what it is. Guide and article are a draft and too late."""
    row = launch_row(built, "L3")
    assert row[:2] == ("not_aware", "awareness")
    assert row[2] == pytest.approx(1 + 4 / 9)
    assert row[4:] == (0, 3, False, False, False)


def test_too_little_or_too_soon_is_no_verdict(built: Any) -> None:
    assert launch_row(built, "L4")[:4] == ("insufficient_data", "insufficient_data", None, None)
    assert launch_row(built, "L6")[1] == "insufficient_data"
    assert built.query("select * from marts.alignment.launch_readiness where launch_id = 'L5'") == []


def test_the_digest_says_what_is_missing_and_proves_the_rest(built: Any) -> None:
    with duckdb.connect(str(built.marts)) as con:
        con.execute("set TimeZone = 'UTC'")
        (support,) = read_digests(con, "Support", launch="custom roles")
        assert (support.kind, support.missing) == ("readiness_guide", ())
        assert support.parts["role_change"] == "Compare roles side by side."
        assert support.undone == ("internal readiness",)
        assert [quote.text for quote in support.quotes] == [QUOTE]
        assert {figure.name: figure.value for figure in support.figures}["asking_accounts"] == 1
        prove(con, [support])
        (lacking,) = read_digests(con, "sales", launch="L3")
        assert (lacking.kind, lacking.missing) == ("status_update", ("new_value", "role_change", "prepare_customers"))
        assert [each.launch_id for each in read_digests(con, "sales", period="2025-Q2")] == ["L2", "L4", "L3", "L6"]
        assert [each.launch_id for each in read_digests(con, "sales", period="2025-03")] == ["L1"]
        with pytest.raises(DigestProblem, match="implementation, sales, support"):
            read_digests(con, "marketing")
        with pytest.raises(DigestProblem, match="2026-Q1"):
            read_digests(con, "sales", period="next year")
        markdown = render([support], "markdown")
        assert (
            markdown.index("**Readiness guide**")
            < markdown.index("Not done by the launch: internal readiness")
            < markdown.index("## ")
        )
        assert f"> {QUOTE}" in markdown
        assert "select people from alignment.launch_team_readiness where launch_id = 'L1' and team = 'support'" in markdown
        assert "Status update, not a readiness guide. Missing: the new value" in render([lacking], "markdown")


def test_a_digest_is_markup_nowhere_and_fits_into_slack(built: Any) -> None:
    built_digest = digest_of(built)
    hostile = replace(built_digest, parts={"new_value": "<script>x</script> <!channel> & " + "a" * 9_000})
    page = render([hostile], "html")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    blocks = json.loads(render([hostile], "slack"))["blocks"]
    texts = [block["text"]["text"] for block in blocks]
    assert max(map(len, texts)) <= 3_000
    assert "".join(texts).count("a" * 1_000) >= 8
    assert not any("<!" in text for text in texts)


def test_a_number_that_its_query_does_not_give_stops_the_digest(built: Any) -> None:
    digest = digest_of(built)
    first = digest.figures[0]
    wrong = replace(first, value=first.value + 1)
    with duckdb.connect(str(built.marts)) as con:
        con.execute("set TimeZone = 'UTC'")
        with pytest.raises(UnprovenDigest, match="its query gives"):
            prove(con, [replace(digest, figures=(wrong,))])
        quote = digest.quotes[0]
        for change in ({"text": quote.text.replace("mystery", "delight")}, {"said_on": "2025-01-01"}, {"channel": "nps"}):
            with pytest.raises(UnprovenDigest, match="nobody said"):
                prove(con, [replace(digest, quotes=(replace(quote, **change),))])
        with pytest.raises(UnprovenDigest, match=r"core\.launch says"):
            prove(con, [replace(digest, launch_at=digest.launch_at + timedelta(days=1))])


def test_numbers_that_no_query_gives_are_named_as_such(built: Any) -> None:
    digest = digest_of(built)
    told = replace(digest, parts={**digest.parts, "new_value": "Saves 38 % of 1.5 hours."})
    assert digest.hearsay == ""
    for form in ("markdown", "html", "slack"):
        assert "in the words of who prepared the launch: 38 %, 1.5." in render([told], form)
        assert "Not counted here" not in render([digest], form)


def test_a_message_longer_than_slack_shows_is_refused(built: Any) -> None:
    digest = digest_of(built)
    assert len(json.loads(render([digest] * 5, "slack"))["blocks"]) <= 50
    with pytest.raises(DigestProblem, match="shorter --period"):
        render([digest] * 9, "slack")


def digest_of(built: Any) -> Any:
    with duckdb.connect(str(built.marts)) as con:
        con.execute("set TimeZone = 'UTC'")
        return read_digests(con, "support", launch="L1")[0]


def test_questions_of_a_pm(built: Any) -> None:
    built.must("compile", "--select", "path:analyses")
    folder = built.target / "compiled" / "earshot" / "analyses"

    def ask(name: str) -> list[tuple[Any, ...]]:
        return built.query((folder / f"{name}.sql").read_text("utf-8"))

    assert [(row[0], row[2], row[-1]) for row in ask("launches_announced_not_prepared")][-1] == (
        "Custom Roles",
        "aware_not_ready",
        "readiness",
    )
    assert ("sales", "ability", 1, 3.0) in ask("what_holds_teams_back")
    assert {row[0] for row in ask("digests_that_lack_something")} >= {"Contractor Links", "Custom Roles"}
