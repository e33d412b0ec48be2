"""Colleagues' messages become questions with asker, owner, answer and launch; checked message by message on a small company."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from jinja2 import Environment

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
LONG_AGO = MONDAY - timedelta(days=300)
# Handle → department, title.
PEOPLE = {
    "ana": ("Sales", "Account Executive"),
    "ben": ("Sales", "Account Executive"),
    "cem": ("Sales", "Sales Engineer"),
    "dee": ("Customer Success", "CSM"),
    "eva": ("Customer Success", "CSM"),
    "fay": ("Customer Success", "CSM"),
    "gil": ("Support", "Support Agent"),
    "hal": ("Support", "Support Agent"),
    "ivo": ("Support", "Support Agent"),
    "pam": ("Product", "Product Manager"),
    "oli": ("Product Operations", "Product Operations Manager"),
    "mia": ("Product Marketing", "Product Marketing Manager"),
}
VENDORS = ("slack", "teams", "question_form", "pulse")
MINE = (
    *(f"path:models/staging/{vendor}" for vendor in VENDORS),
    *("stg_hris__roster", "department_function", "title_function", "int_person", "path:models/intermediate/alignment"),
    *("inbound_question", "health_weekly", "role_boundary", "transparency_monthly"),
)
ITEM = "theme_id varchar, roadmap_item_id varchar"
SMALLEST = 3
PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
WHO, WHEN, GUIDE = (
    "Who goes first with Bulk Scheduler?",
    "When does it ship?",
    "Pilot group first, see https://docs.example/pilot",
)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def given(warehouse: Any, launch: list[dict[str, Any]]) -> None:
    """Puts the models that these rest on in their place, so that theirs need not be built."""
    warehouse.execute("create or replace table intermediate.int_as_of as select timestamptz '2026-03-31 12:00:00+00' as as_of")
    with duckdb.connect(str(warehouse.marts)) as con:
        con.execute("create schema if not exists core")
        columns = "launch_id varchar, launch_name varchar, launch_at timestamptz, product_area varchar, feature varchar"
        con.execute(f"create or replace table core.launch ({columns}, is_cancelled boolean)")
        for row in launch:
            con.execute("insert into core.launch values (?, ?, ?, ?, null, false)", list(row.values()))
        con.execute("create schema if not exists voc")
        con.execute(
            f"create or replace table core.decision (decision_id varchar, {ITEM}, decision varchar, decided_at timestamptz)"
        )
        con.execute(f"create or replace table voc.loop_closure ({ITEM}, told_at timestamptz)")
        moments = "created_at timestamptz, shipped_at timestamptz"
        con.execute(f"create or replace table core.roadmap_item (roadmap_item_id varchar, effort double, {moments})")
    said = "theme_id varchar, account_id varchar, arr double, occurred_at timestamptz"
    warehouse.execute(f"create or replace table intermediate.int_voc__said ({said})")


class Talk:
    """Collects the rows of a chat."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.judged: dict[str, tuple[str, float, str, float]] = {}

    def say(self, who: str, at: float, text: str, thread: str = "", channel: str = "ask-product", **more: Any) -> str:
        """A message `at` hours after the Monday; returns its ts."""
        moment = MONDAY + timedelta(hours=at)
        ts = f"{int(moment.timestamp())}.{len(self.messages):06d}"
        row = {"channel_id": f"C-{channel}", "channel_name": channel, "ts": ts, "sent_at": moment, "type": "message"}
        row |= {"user_key": who, "thread_ts": thread or None, "text": text, "_text": text}
        self.messages.append({**row, **more})
        self.judged.setdefault(text, ("not_question", 0.9, "none", 0.9))
        return ts

    def ask(self, who: str, at: float, text: str, quality: str, owner: str, thread: str = "", **more: Any) -> str:
        """The same for a question."""
        self.judged[text] = (quality, 0.8, owner, 0.7)
        return self.say(who, at, text, thread, **more)

    def judgements(self) -> list[dict[str, Any]]:
        names = ("quality", "quality_confidence", "owner", "owner_confidence")
        return [
            {"text_sha256": sha(text), "model_version": "v1", **dict(zip(names, judged, strict=True))}
            for text, judged in self.judged.items()
        ]


@pytest.fixture(scope="module")
def asked(make_warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A warehouse with one chat and one form, built up to `int_question`."""
    made = make_warehouse(tmp_path_factory.mktemp("questions"))
    talk = Talk()
    first = talk.ask("ana", 0, WHO, "readiness", "product_ops")
    talk.say("ben", 0.5, "+1", first)
    talk.say("ana", 0.6, "it is for three of my accounts", first)
    talk.ask("ben", 0.7, "And what do admins prepare?", "readiness", "product_ops", first)
    talk.say("oli", 2, GUIDE, first)
    talk.ask("dee", 30, "Who goes first with Bulk Scheduler, please?", "readiness", "product_ops")
    late = talk.ask("gil", 31, "What is Custom Roles?", "awareness", "product_ops", channel="general")
    talk.say("pam", 33, "It lets admins define who may do what", late, channel="general")
    stale = talk.ask("hal", 40, WHEN, "awareness", "programme_management", channel="launch-custom-roles")
    talk.say("mia", 41, "https://docs.example/old is outdated, in May", stale, channel="launch-custom-roles")
    talk.ask("ivo", 50, "The automations stop after a day, known?", "mechanics", "support_engineering", channel="general")
    talk.ask("pam", 60, "Who has customers for an interview?", "readiness", "product_management", channel="general")
    talk.say("eva", 61, "Lunch is at noon today", channel="general")
    talk.ask("eva", 62, "deleted question?", "awareness", "product_ops", channel="general", _deleted=True)
    talk.say("bot", 63, "Build 812 is out, want it?", channel="general", bot_id="B1")
    talk.say("ana", 64, "joined the channel", channel="general", subtype="channel_join")
    talk.ask("zoe", 65, "Can my partner accounts use it?", "mechanics", "support_engineering", channel="general")
    made.insert("raw.slack__message", talk.messages)
    users = [{"id_key": who, "email_key": f"{who}@", "title": title, "is_bot": False} for who, (_, title) in PEOPLE.items()]
    made.insert("raw.slack__user", [*users, {"id_key": "zoe", "email_key": "zoe@", "is_bot": False}])
    made.insert(
        "raw.hris__roster",
        [
            {"employee": who, "email_key": f"{who}@", "department": team, "title": title, "valid_from": date(2024, 1, 1)}
            for who, (team, title) in PEOPLE.items()
        ],
    )
    form = "What changes for my renewals?"
    talk.judged[form] = ("readiness", 0.6, "product_marketing", 0.6)
    made.insert(
        "raw.question_form__question",
        [
            {
                "question_id": "F-1",
                "email_key": "stranger@",
                "team": "Customer Success EMEA",
                "launch": "custom roles",
                "asked_of": "Product Operations",
                "question": form,
                "_text": form,
                "asked_at": MONDAY,
                "answered_by_key": "mia@",
                "answered_at": MONDAY + timedelta(minutes=90),
                "answer": "Nothing before June.",
            }
        ],
    )
    given(
        made,
        launch=[
            {"launch_id": "LCH-6", "launch_name": "Bulk Scheduler", "launch_at": MONDAY, "product_area": "automation"},
            {"launch_id": "LCH-4", "launch_name": "Custom Roles", "launch_at": MONDAY, "product_area": "admin"},
            {
                "launch_id": "LCH-9",
                "launch_name": "Roles",
                "launch_at": MONDAY - timedelta(days=300),
                "product_area": "automation",
            },
        ],
    )
    made.insert(
        "raw.pulse__answer",
        [
            {"response_id_key": f"{team} {n}", "team": team, "question": "?", "score": 1 + n % 5, "answered_at": MONDAY}
            for team, people in (("Sales", 3), ("Support", 2), ("Product", 2))
            for n in range(people)
        ],
    )
    made.insert("enriched.question", talk.judgements())
    made.insert("ops.member_team", [{"source": "slack", "member_key": "zoe@", "team": "Partner Sales"}])
    ids = {row["text"]: f"{row['channel_id']}/{row['ts']}" for row in talk.messages}
    again, unknown = "Who goes first with Bulk Scheduler, please?", "And what do admins prepare?"
    made.insert(
        "enriched.similar_question",
        [
            {
                "source": "slack",
                "message_id": ids[a],
                "similar_source": "slack",
                "similar_message_id": ids[b],
                "similarity": 0.9,
            }
            # The second was answered only after the first was asked.
            for a, b in ((again, WHO), (unknown, WHO))
        ],
    )
    made.must("build", "--select", *MINE, "--exclude", "resource_type:unit_test")
    yield made


COLUMNS = (
    "asker_team, launch_id, quality, expected_owner, answered_by_role, answered_by_team, "
    "date_diff('minute', asked_at, first_answered_at), misrouted, answered_before, resolution"
)
EXPECTED = {
    WHO: ("sales", "LCH-6", "readiness", "product_ops", "product_ops", "product_operations", 120, True, False, "documented"),
    "And what do admins prepare?": (
        *("sales", "LCH-6", "readiness", "product_ops", "product_ops", "product_operations", 78, True, False, "documented"),
    ),
    "Who goes first with Bulk Scheduler, please?": (
        *("customer_success", "LCH-6", "readiness", "product_ops", None, None, None, True, True, "unanswered"),
    ),
    "What is Custom Roles?": (
        *("support", "LCH-4", "awareness", "product_ops", "product_management", "product", 120, True, False, "new"),
    ),
    WHEN: (
        *("support", "LCH-4", "awareness", "programme_management", "product_marketing", "product_marketing", 60, True, False),
        "stale_document",
    ),
    "The automations stop after a day, known?": (
        *("support", "LCH-6", "mechanics", "support_engineering", None, None, None, None, False, "unanswered"),
    ),
    "Can my partner accounts use it?": (
        *("partner_sales", None, "mechanics", "support_engineering", None, None, None, None, False, "unanswered"),
    ),
    "What changes for my renewals?": (
        *("customer_success_emea", "LCH-4", "readiness", "product_marketing", "product_marketing", "product_marketing", 90),
        *(True, False, "new"),
    ),
}
NO_QUESTIONS = {"+1", "it is for three of my accounts", "Lunch is at noon today"}


@pytest.mark.parametrize("text", EXPECTED)
def test_a_question_and_what_became_of_it(asked: Any, text: str) -> None:
    ((*found,),) = asked.query(f"select {COLUMNS} from intermediate.int_question where text = $${text}$$")
    assert tuple(found) == EXPECTED[text]


def test_all_that_revenue_people_wrote_is_there_and_nothing_else(asked: Any) -> None:
    texts = {text for (text,) in asked.query("select text from intermediate.int_question")}
    assert texts == set(EXPECTED) | NO_QUESTIONS


def test_what_is_no_question_has_no_outcome(asked: Any) -> None:
    rows = asked.query(
        "select first_answered_at, answered_by_role, misrouted, answered_before, resolution, expected_owner "
        "from intermediate.int_question where quality = 'not_question'"
    )
    assert len(rows) == len(NO_QUESTIONS)
    assert set(rows) == {(None,) * 6}


def test_a_person_who_moves_asks_for_the_team_of_the_day(asked: Any) -> None:
    rows = asked.query("select distinct function from intermediate.int_message where person_key = 'gil@'")
    assert rows == [("support",)]


def test_messages_are_judged_by_the_newest_model_alone(asked: Any) -> None:
    assert asked.query("select distinct model_version from intermediate.int_question_judgement") == [("v1",)]


def given_away(people: Mapping[str, int], shown: set[str]) -> set[str]:
    """Groups whose figures an attacker learns who knows the total and subtracts what is shown; sizes are no secret."""
    hidden = {name for name, size in people.items() if name not in shown and size > 0}
    small = {name for name in shown if 0 < people.get(name, 1) < SMALLEST}
    exposed = hidden if hidden and (len(hidden) < 2 or sum(people[name] for name in hidden) < SMALLEST) else set()
    return small | exposed


def periods(asked: Any, sizes: str, shown: str) -> list[tuple[dict[str, int], set[str]]]:
    """People by group, and the groups that a mart shows, of each period of a mart."""
    by_period: dict[Any, tuple[dict[str, int], set[str]]] = {}
    for period, group, people in asked.query(sizes):
        by_period.setdefault(period, ({}, set()))[0][group] = people
    for period, group in asked.query(shown):
        if period in by_period:
            by_period[period][1].add(group)
    return list(by_period.values())


TEAMS = "select week_start, team, people from intermediate.int_question_team"
ROLES = "select month_start, role, people from intermediate.int_question_role"
SHOWN = {
    "alignment.health_weekly": (
        TEAMS,
        "select week_start, asker_team from marts.alignment.health_weekly "
        "where asker_team <> 'all' and coalesce(questions, questions_per_head, health_index, trend_change) is not null",
    ),
    "alignment.inbound_question": (
        TEAMS,
        "select distinct date_trunc('week', asked_at)::date, asker_team from marts.alignment.inbound_question "
        "where asker_team <> 'withheld'",
    ),
    "alignment.inbound_question by role": (
        ROLES,
        "select distinct date_trunc('month', asked_at)::date, answered_by_role from marts.alignment.inbound_question "
        "where answered_by_role is not null",
    ),
    "alignment.role_boundary": (
        ROLES,
        "select month_start, role from marts.alignment.role_boundary where handled is not null "
        "or misrouted_in is not null or misrouted_out is not null or routed is not null or misrouted_share is not null",
    ),
}


@pytest.mark.parametrize("mart", SHOWN)
def test_no_small_group_can_be_told_by_subtraction(asked: Any, mart: str) -> None:
    found = periods(asked, *SHOWN[mart])
    assert found
    assert [exposed for people, shown in found if (exposed := given_away(people, shown))] == []
    # The company has groups of one, so that there is something to attack.
    assert any(0 < size < SMALLEST for people, _ in found for size in people.values())


def test_the_attack_would_find_what_is_given_away() -> None:
    people = {"sales": 5, "success": 4, "partners": 2}
    assert given_away(people, {"sales", "success"}) == {"partners"}
    assert given_away(people, {"sales", "partners"}) == {"partners", "success"}
    assert given_away(people, {"sales"}) == set()
    assert given_away({"sales": 5, "a": 1, "b": 1}, {"sales"}) == {"a", "b"}


def test_whatever_sizes_groups_have_no_total_gives_a_small_one_away() -> None:
    """The rule of the marts on random companies; groups of nobody withhold no other."""
    template = Environment(autoescape=True).from_string((PROJECT / "macros" / "rules" / "alignment.sql").read_text("utf-8"))
    template.globals["var"] = lambda name: {"min_group_size": SMALLEST}[name]
    module: Any = template.make_module()
    rule = module.may_be_shown("people", "period", "name")
    dice = random.Random(7)
    companies = [{f"g{n}": dice.choice((0, 0, 1, 1, 2, 3, 5, 8)) for n in range(dice.randint(1, 6))} for _ in range(400)]
    with duckdb.connect() as con:
        con.execute("create table size (period integer, name varchar, people integer)")
        con.executemany(
            "insert into size values (?, ?, ?)",
            [(n, name, size) for n, each in enumerate(companies) for name, size in each.items()],
        )
        rows = con.execute(f"select period, name from (select period, name, {rule} as shown from size) where shown").fetchall()
    shown: dict[int, set[str]] = {}
    for period, name in rows:
        shown.setdefault(period, set()).add(name)
    withheld = 0
    for number, people in enumerate(companies):
        seen = {name for name in shown.get(number, set()) if people[name] > 0}
        large = {name for name, size in people.items() if size >= SMALLEST}
        hidden = {name: size for name, size in people.items() if size > 0 and name not in seen}
        assert seen <= large
        if any(0 < size < SMALLEST for size in people.values()) and seen:
            assert sum(hidden.values()) >= SMALLEST
            assert len(hidden) >= 2
            withheld += 1
        else:
            assert seen in (large, set())
        if not any(0 < size < SMALLEST for size in people.values()):
            assert seen == large
    assert withheld > 50


def test_a_second_team_is_withheld_where_one_would_be_told(asked: Any) -> None:
    """Two teams of one person each are too few together; the next larger team goes with them."""
    (withheld,) = asked.query(
        "select list(distinct asker_team order by asker_team) from marts.alignment.health_weekly where suppressed"
    )
    assert withheld == (["customer_success", "customer_success_emea", "partner_sales"],)
    teams = asked.query("select distinct asker_team from marts.alignment.inbound_question order by all")
    assert teams == [("sales",), ("support",), ("withheld",)]
    roles = asked.query("select distinct role from marts.alignment.role_boundary where not suppressed order by all")
    # Nobody holds the other one, which has nothing but zeros.
    assert roles == [("programme_management",), ("support_engineering",)]
    assert asked.query(
        "select handled, misrouted_in from marts.alignment.role_boundary where role = 'programme_management'"
    ) == [(0, 0)]


def test_a_pulse_of_two_people_is_withheld(asked: Any) -> None:
    """Sales 1, 2, 3 and support 1, 2 give revenue 1.8; two product managers are too few."""
    rows = asked.query(
        "select revenue_pulse, revenue_pulse_n, product_pulse, product_pulse_n from marts.alignment.transparency_monthly"
    )
    assert rows == [(1.8, 5, None, None)]


def test_every_question_about_alignment_has_its_query(asked: Any) -> None:
    asked.must("compile", "--select", "path:analyses/alignment")
    compiled = asked.target / "compiled" / "earshot" / "analyses" / "alignment"
    found = {}
    for path in sorted((PROJECT / "analyses" / "alignment").glob("*.sql")):
        assert path.read_text("utf-8").startswith("-- ")
        assert "?" in path.read_text("utf-8").splitlines()[0]
        found[path.stem] = asked.query((compiled / path.name).read_text("utf-8"))
    assert found["questions_by_launch"][0] == ("Bulk Scheduler", "sales", 2, 0, 0, 2)
    assert [row[3] for row in found["questions_answered_before"]] == ["Who goes first with Bulk Scheduler, please?"]
    assert {row[1] for row in found["alignment_health"]} == {"all", "sales", "support"}
    assert all(found.values())


def test_no_mart_shows_who_asked(asked: Any) -> None:
    query = "select distinct column_name from duckdb_columns() where schema_name = 'alignment' and column_name like '%key%'"
    assert asked.query(query) == []


def test_the_week_of_all_counts_everybody(asked: Any) -> None:
    """Eight questions; nine people on the roster, one of the form and one whom the configuration places."""
    rows = asked.query(
        "select questions, awareness, mechanics, readiness, round(questions_per_head, 4), health_index "
        "from marts.alignment.health_weekly where asker_team = 'all' and week_start = date '2026-03-02'"
    )
    assert rows == [(8, 2, 2, 4, round(8 / 11, 4), 100 * (2 * 0.5 + 4) / 8)]
