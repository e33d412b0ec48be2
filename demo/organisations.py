"""Simulated organisations, each with the answer that it should get and why: the proof of the hiring signals.

Every one is written in vendors' formats and goes through the same pipeline as a true company's exports.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

from demo.exports.ledger import Ledger
from demo.exports.organisation import Shape, System, Workplace
from demo.rng import Dice

Outcome = Literal["readiness", "none"]
State = Literal["firing", "watch", "clear", "insufficient_data"]
Answer = Literal["system_only", "first_hire", "grow_team", "leadership_hire", "insufficient_data"]
LAST_DAY = date(2026, 6, 28)
ACCOUNTS = 24
# How many of an area's tickets come in the 180 days before a launch and in the 30 days after it.
TICKETS_BEFORE, TICKETS_QUIET, TICKETS_FAILING = 12, 2, 12
STANDING = (
    System(
        "voc",
        "Weekly voice of customer",
        "voc_loop",
        LAST_DAY - timedelta(days=400),
        None,
        ((LAST_DAY - timedelta(days=300), "established", "", None),),
    ),
    System(
        "dod",
        "Launch definition of done",
        "process",
        LAST_DAY - timedelta(days=390),
        None,
        ((LAST_DAY - timedelta(days=200), "handed_off", "product_management", None),),
    ),
)
BEGUN = tuple(replace(system, steps=()) for system in STANDING)


@dataclass(frozen=True, slots=True)
class Organisation:
    """One simulated company.

    Attributes:
        name: what it is called.
        shape: how it works.
        answer: the recommendation that it should get.
        reason: why.
        states: states of signals that the case is about.
        launches: how its launches of the last year went, oldest first.
        pulse: agreement of the revenue teams a year ago and today, 1 to 5; None without surveys.
        changes: measures of `hiring.before_after` by the change that the hire of product operations made; None where the data
            cannot say.
    """

    name: str
    shape: Shape
    answer: Answer
    reason: str
    states: Mapping[str, State] = field(default_factory=dict)
    launches: tuple[Outcome, ...] = ()
    pulse: tuple[float, float] | None = None
    changes: Mapping[str, float | None] = field(default_factory=dict)


def _shape(name: str, **more: object) -> Shape:
    given: dict[str, object] = {
        "domain": f"{name.replace('_', '-')}.example",
        "last_day": LAST_DAY,
        "product_teams": {"Core": 4, "Growth": 4},
        "people_before": 150,
        "people_now": 160,
        "systems": STANDING,
    }
    return Shape(**{**given, **more})  # type: ignore[arg-type]


FAILING: tuple[Outcome, ...] = ("none", *("readiness",) * 6)
FINE: tuple[Outcome, ...] = ("none",) * 5
DROWNING = {"stakeholder_hours": 14.0, "customer_hours": 1.5}
CALM = {"stakeholder_hours": 4.0, "customer_hours": 6.0}


def _organisations() -> Iterator[Organisation]:
    yield Organisation(
        "tiny_start_up",
        _shape("tiny_start_up", product_teams={"Core": 3}, people_before=20, people_now=30, **CALM),
        "system_only",
        "Three product managers in a company of thirty: a product manager can keep the system.",
        {"small_early_team": "firing", "stakeholder_load": "clear"},
    )
    yield Organisation(
        "tiny_and_drowning",
        _shape("tiny_and_drowning", product_teams={"Core": 4}, people_before=20, people_now=60, growth=1.5, **DROWNING),
        "system_only",
        "Every signal fires, and yet four product managers among sixty people first need a system of their own.",
        {
            "small_early_team": "firing",
            "stakeholder_load": "firing",
            "coordination_overhead": "firing",
            "launch_readiness_failures": "firing",
        },
        FAILING,
    )
    yield Organisation(
        "fast_growing_plg",
        _shape("fast_growing_plg", people_before=120, people_now=220, growth=1.2, **DROWNING),
        "first_hire",
        "The system stands, the company nearly doubles, and stakeholders take over the week.",
        {"stakeholder_load": "firing", "coordination_overhead": "firing", "small_early_team": "clear"},
    )
    yield Organisation(
        "growing_without_a_system",
        _shape("growing_without_a_system", people_before=120, people_now=220, growth=1.2, systems=BEGUN, **DROWNING),
        "system_only",
        "The same company before its systems stand: the thing comes before people.",
        {"stakeholder_load": "firing", "coordination_overhead": "firing"},
    )
    yield Organisation(
        "enterprise_with_failing_launches",
        _shape(
            "enterprise_with_failing_launches", product_ops=1, ops_since=28, relief=0.3, weeks=56, people_now=170, **DROWNING
        ),
        "grow_team",
        "Launches fail on readiness and product managers drown although somebody in product operations took much off them.",
        {"launch_readiness_failures": "firing", "stakeholder_load": "firing", "coordination_overhead": "clear"},
        FAILING,
        changes={"stakeholder_hours_per_pm": -6.0, "launch_readiness_failures": None},
    )
    yield Organisation(
        "team_without_a_lead",
        _shape("team_without_a_lead", product_ops=4, people_now=170, **DROWNING),
        "leadership_hire",
        "Four people in product operations, nobody who leads them, and the signals fire still.",
        {"launch_readiness_failures": "firing", "stakeholder_load": "firing"},
        FAILING,
    )
    yield Organisation(
        "team_with_a_lead",
        _shape("team_with_a_lead", product_ops=4, ops_lead=True, people_now=170, **DROWNING),
        "grow_team",
        "The same team with a lead: it is too small, not leaderless.",
        {"launch_readiness_failures": "firing", "stakeholder_load": "firing"},
        FAILING,
    )
    yield Organisation(
        "mature_ops",
        _shape("mature_ops", product_ops=3, ops_lead=True, **CALM),
        "system_only",
        "Systems stand, launches go well, product managers are with customers: nothing calls for more people.",
        {"stakeholder_load": "clear", "launch_readiness_failures": "clear", "coordination_overhead": "clear"},
        FINE,
    )
    yield Organisation(
        "thin_data",
        _shape("thin_data", weeks=5, **DROWNING),
        "insufficient_data",
        "Five weeks of calendars and two launches prove nothing.",
        {"stakeholder_load": "insufficient_data", "launch_readiness_failures": "insufficient_data"},
        ("readiness", "readiness"),
    )
    yield Organisation(
        "strangers_in_the_calendar",
        _shape("strangers_in_the_calendar", unknown_hours=20.0, **DROWNING),
        "insufficient_data",
        "Most hours are with people whom neither roster nor CRM knows: nobody can say whose they are.",
        {"stakeholder_load": "insufficient_data", "coordination_overhead": "clear"},
    )
    yield Organisation(
        "just_below_the_load",
        _shape(
            "just_below_the_load", people_before=120, people_now=220, growth=1.2, stakeholder_hours=15.0, customer_hours=6.0
        ),
        "system_only",
        "Stakeholders' share is close to the threshold of 75 % and below it; coordination alone does not call for people.",
        {"stakeholder_load": "watch", "coordination_overhead": "firing"},
    )
    yield Organisation(
        "launches_just_below",
        _shape("launches_just_below", people_now=170, **DROWNING),
        "system_only",
        "Half of six launches failed, which may be chance: the interval reaches below the threshold.",
        {"launch_readiness_failures": "watch", "stakeholder_load": "firing"},
        ("none", "readiness", "none", "readiness", "none", "readiness"),
    )
    yield Organisation(
        "coordination_without_growth",
        _shape("coordination_without_growth", people_before=160, people_now=162, growth=1.2, **DROWNING),
        "system_only",
        "Coordination grows in a company that does not: a matter of habits, not of scale.",
        {"coordination_overhead": "watch", "stakeholder_load": "firing"},
    )
    yield Organisation(
        "one_more_than_small",
        _shape("one_more_than_small", product_teams={"Core": 5}, people_before=40, people_now=70, growth=1.2, **DROWNING),
        "first_hire",
        "Five product managers, one more than the counter-signal covers.",
        {"small_early_team": "watch", "stakeholder_load": "firing", "coordination_overhead": "firing"},
    )
    yield Organisation(
        "transparency_falls",
        _shape("transparency_falls", people_before=110, people_now=190, **DROWNING),
        "first_hire",
        "As the company grows its revenue teams know less and less of what product builds, and the system stands.",
        {"transparency_not_scaling": "firing", "stakeholder_load": "firing"},
        (),
        (4.6, 2.6),
    )
    yield Organisation(
        "transparency_dips",
        _shape("transparency_dips", people_before=110, people_now=190, **DROWNING),
        "system_only",
        "The same company, but the pulse falls by less than a fifth of its level: one signal alone does not call for people.",
        {"transparency_not_scaling": "clear", "stakeholder_load": "firing"},
        (),
        (4.4, 3.9),
    )
    yield Organisation(
        "transparency_falls_without_growth",
        _shape("transparency_falls_without_growth", people_before=150, people_now=150, **DROWNING),
        "system_only",
        "The pulse falls as far in a company that does not grow: that is no matter of scale.",
        {"transparency_not_scaling": "watch", "stakeholder_load": "firing"},
        (),
        (4.6, 2.6),
    )
    yield Organisation(
        "early_stage_at_the_edge",
        _shape("early_stage_at_the_edge", product_teams={"Core": 4}, people_before=40, people_now=94, growth=1.5, **DROWNING),
        "system_only",
        "Four product managers among 98 people, the most that the counter-signal covers, and every other signal fires.",
        {"small_early_team": "firing", "stakeholder_load": "firing", "coordination_overhead": "firing"},
        FAILING,
    )
    yield Organisation(
        "small_team_in_a_larger_company",
        _shape(
            "small_team_in_a_larger_company",
            product_teams={"Core": 4},
            people_before=80,
            people_now=140,
            growth=1.2,
            **DROWNING,
        ),
        "first_hire",
        "Four product managers, but among 144 people: the company is past its early stage.",
        {"small_early_team": "clear", "stakeholder_load": "firing", "coordination_overhead": "firing"},
    )
    yield Organisation(
        "one_system_short",
        _shape("one_system_short", people_before=120, people_now=220, growth=1.2, systems=STANDING[:1], **DROWNING),
        "system_only",
        "A loop with customers stands and nothing else: the second system comes before the first person.",
        {"stakeholder_load": "firing", "coordination_overhead": "firing"},
    )
    yield Organisation(
        "two_people_without_a_lead",
        _shape("two_people_without_a_lead", product_ops=2, people_now=170, **DROWNING),
        "grow_team",
        "Two people in product operations, one fewer than need a lead.",
        {"launch_readiness_failures": "firing", "stakeholder_load": "firing"},
        FAILING,
    )


ORGANISATIONS: tuple[Organisation, ...] = tuple(_organisations())


def write(organisation: Organisation, target: Path, seed: int = 11) -> Path:
    """Write an organisation's exports below `inbox/` of a folder.

    Returns:
        The inbox.
    """
    inbox = target / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(inbox)
    workplace = Workplace(organisation.shape, ledger, seed)
    workplace.write()
    _accounts(workplace, organisation)
    _tickets(ledger, organisation)
    if organisation.launches:
        _launches(workplace, organisation)
        _usage(ledger, organisation)
    if organisation.pulse:
        _pulse(workplace, organisation.pulse)
    return inbox


def _account_id(number: int) -> str:
    return f"0015g00000ORG{number:02d}AA4"


def _domain(organisation: Organisation, number: int) -> str:
    known = organisation.shape.customers
    return known[number] if number < len(known) else f"customer{number}.example"


def _accounts(workplace: Workplace, organisation: Organisation) -> None:
    header = ("Id", "IsDeleted", "Name", "Type", "ParentId", "Industry", "Website", "CreatedDate", "SystemModstamp")
    rows = (
        [
            *(_account_id(n), "0", f"Customer {n}", "Customer", "000000000000000AAA", "Retail"),
            *(f"https://www.{_domain(organisation, n)}", "2023-01-01 00:00:00", "2026-06-01 00:00:00"),
        ]
        for n in range(ACCOUNTS)
    )
    workplace.table("salesforce/Account.csv", "salesforce.account", header, rows)


def _launched(organisation: Organisation) -> Iterator[tuple[int, date, Outcome]]:
    """Launches of the last year, evenly spread, the last of them long enough ago to be judged."""
    count = len(organisation.launches)
    for number, outcome in enumerate(organisation.launches):
        yield number, LAST_DAY - timedelta(days=340 - 300 * number // max(1, count - 1)), outcome


def _launches(workplace: Workplace, organisation: Organisation) -> None:
    header = ("Launch ID", "Launch", "Launch date", "Product area", "Tier", "Feature", "Status")
    rows = ([f"L-{n}", f"Launch {n}", day, f"area{n}", 2, f"Feature {n}", "launched"] for n, day, _ in _launched(organisation))
    workplace.table("launches/launches.csv", "launches.launch", header, rows)


def _tickets(ledger: Ledger, organisation: Organisation) -> None:
    """Support cases: a handful of each area before its launch, and many after one that nobody was ready for."""
    lines = []
    # The first of them shows that there was a support system all along, the last one what day it is.
    moments = [(LAST_DAY - timedelta(days=600), "other"), (LAST_DAY, "other")]
    for number, day, outcome in _launched(organisation):
        after = TICKETS_FAILING if outcome == "readiness" else TICKETS_QUIET
        moments += [(day - timedelta(days=170 - 14 * n), f"area{number}") for n in range(TICKETS_BEFORE)]
        moments += [(day + timedelta(days=1 + 2 * n), f"area{number}") for n in range(after)]
    for number, (day, area) in enumerate(moments):
        stamp = f"{day}T20:00:00Z"
        ticket = {
            "id": 100 + number,
            "subject": "A question",
            "description": "How do we set this up?",
            "status": "closed",
            "tags": [f"area_{area}"],
            "organization_id": None,
            "requester_id": None,
            "created_at": stamp,
            "updated_at": stamp,
        }
        lines.append(json.dumps(ticket))
    with ledger.open("zendesk/tickets.ndjson") as out:
        out.write("".join(f"{line}\n" for line in lines).encode())


def _usage(ledger: Ledger, organisation: Organisation) -> None:
    """Half of the accounts use each launch's feature within its first weeks: adoption is never what fails here."""
    lines = []
    for number, day, _ in _launched(organisation):
        for account in range(ACCOUNTS):
            feature = f"Feature {number}" if account % 2 else "Boards"
            moment = datetime.combine(day + timedelta(days=3 + account % 9), datetime.min.time(), UTC)
            event = {
                "uuid": f"{number}-{account}",
                "event_type": "feature_used",
                "event_time": f"{moment:%Y-%m-%d %H:%M:%S}.000000",
                "user_id": f"u{account}",
                "event_properties": {"feature": feature, "product_area": f"area{number}"},
                "groups": {"account": [_account_id(account)]},
            }
            lines.append(json.dumps(event))
    with ledger.open("amplitude/events.json.gz") as out:
        out.write(gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0))


def _pulse(workplace: Workplace, pulse: tuple[float, float]) -> None:
    """Twelve monthly surveys of four revenue teams of five people."""
    first, last = pulse

    def rows() -> Iterator[list[object]]:
        for month in range(12):
            year, number = divmod(LAST_DAY.year * 12 + LAST_DAY.month - 12 + month, 12)
            level = first + (last - first) * month / 11
            for team in ("Sales", "Customer Success", "Support"):
                for person in range(5):
                    dice = Dice("pulse", month, team, person)
                    score = min(5, max(1, int(level + dice.unit())))
                    day = date(year, number + 1, 10)
                    question = "I know what product is building and why"
                    yield [f"{month}-{team}-{person}", day, team, question, score]

    header = ("Response ID", "Survey date", "Team", "Question", "Score")
    workplace.table("pulse/pulse.csv", "pulse.answer", header, rows())
