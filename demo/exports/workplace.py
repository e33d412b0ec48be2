"""The sample company's own people, calendars and product-operations registry, and what is true of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from demo.company import LAST_DAY, Company
from demo.exports.colleagues import Member
from demo.exports.ledger import Ledger
from demo.exports.organisation import TITLES, Employee, Shape, System, Workplace, meetings
from demo.exports.readiness import SMALL_TEAM, learners
from demo.rng import mix

JOINED = date(2024, 1, 8)
# Departments and titles of those who answer questions in the chat.
ROLES = {
    "product_management": ("Product Management", "Product Manager"),
    "product_ops": ("Product Operations", "Product Operations Manager"),
    "product_marketing": ("Product Marketing", "Product Marketing Manager"),
    "programme_management": ("Programme Management", "Programme Manager"),
    "support_engineering": ("Engineering", "Software Engineer"),
}
PM_TEAMS = ("Analytics", "Platform")
SYSTEMS = (
    System(
        *("voc-review", "Weekly voice-of-customer review", "voc_loop", date(2025, 3, 3), date(2025, 12, 31)),
        ((date(2025, 6, 30), "established", "", 0.2), (date(2026, 2, 16), "handed_off", "product_management", 0.5)),
    ),
    System(
        *("feedback-tagging", "Tagging of feedback", "process", date(2025, 1, 13), date(2025, 10, 1)),
        ((date(2025, 4, 1), "established", "", 0.3), (date(2025, 9, 22), "automated", "", 0.95)),
    ),
    System(
        *("launch-done", "Launch definition of done", "process", date(2025, 9, 1), date(2026, 4, 30)),
        ((date(2025, 11, 17), "established", "", None),),
    ),
    System(*("onboarding-guides", "Guides for new administrators", "content", date(2026, 4, 6), date(2027, 1, 31))),
)
OVERDUE = "launch-done"
TOOLS = (
    ("Delighted", "surveys", "product_ops", "product_ops", "delighted"),
    ("Salesforce", "crm", "", "product_ops", "salesforce"),
    ("Zendesk", "support", "support_engineering", "product_ops", "zendesk"),
    ("Amplitude", "product analytics", "product_ops", "product_ops", "amplitude"),
    ("Jira", "delivery planning", "programme_management", "programme_management", "jira"),
    ("Deal room", "sales content", "product_marketing", "product_marketing", ""),
)
# Hours a month in the log: operational, automation, strategic; the mix moves along the arc.
HOURS = (
    *((150, 20, 10), (145, 25, 15), (140, 35, 15), (120, 50, 20), (110, 55, 25), (95, 60, 35)),
    *((90, 55, 45), (80, 50, 60), (75, 45, 70), (70, 40, 80), (62, 36, 92), (58, 32, 100)),
)
ROLE_DESCRIPTION = (
    "You stand up how we hear customers and prepare launches. Within a year you hand it off or automate it; "
    "then you advise product leadership on where to look."
)
PLANS = {"Analytics": (1.0, 1.0, 0.75, 1.0), "Platform": (1.0, 0.5, 0.5, 0.5)}
ITEMS = 4


class SampleWorkplace:
    """Writes the files and knows the truth."""

    def __init__(self, company: Company, members: Sequence[Member], ledger: Ledger) -> None:
        self._company = company
        busy = company.planted
        domains = [a.domain for a in company.accounts if a.is_customer and a.has_website and a.index not in (8, 9, 12)]
        self._shape = Shape(
            domain="fernhollow.example",
            last_day=LAST_DAY,
            product_teams={"Analytics": 1, "Platform": 1, "Mobile": 1},
            people_before=60,
            people_now=66,
            weeks=27,
            stakeholder_hours=7.0 if busy else 4.0,
            customer_hours=3.5 if busy else 6.0,
            systems=SYSTEMS,
            customers=tuple(domains[:12]),
            departments=("Engineering", "Finance"),
        )
        self._workplace = Workplace(self._shape, ledger, company.seed, _known(company, members))

    def write(self) -> None:
        """Write every file."""
        self._workplace.write()
        table = self._workplace.table
        table("registry/tools.csv", "registry.tool", ("tool", "category", "owner_role", "boundary", "source_system"), TOOLS)
        header = ("entry_id", "worked_on", "category", "hours", "system_id", "role")
        table("registry/work_log.csv", "registry.work_log", header, list(_log()))
        columns = ("item_id", "quarter", "team", "title", "owner", "target_date", "outcome", "template", "status")
        table("registry/plan_items.csv", "registry.plan_item", columns, list(_plans()))
        described = [("product_ops", JOINED, ROLE_DESCRIPTION)]
        table("registry/role_descriptions.csv", "registry.role_description", ("role", "valid_from", "description"), described)

    def truth(self) -> dict[str, Any]:
        """What the marts should say: hours are those of the thirteen last whole weeks."""
        pms = sum(person.department == "Product Management" for person in self._workplace.people)
        until = LAST_DAY - timedelta(days=6)
        first = until - timedelta(weeks=13)
        hours = {"s": 0.0, "c": 0.0}
        for _, meeting in meetings(self._shape, self._workplace.people, self._company.seed):
            if first <= meeting.starts.date() < until and meeting.uid[0] in hours:
                hours[meeting.uid[0]] += meeting.hours
        return {
            "recommendation": "system_only",
            "form": "thing",
            "product_managers": pms,
            "stakeholder_hours_per_pm": round(hours["s"] / pms / 13, 4),
            "customer_hours_per_pm": round(hours["c"] / pms / 13, 4),
            "withheld_teams": ["analytics", "mobile"],
            "overdue_systems": [OVERDUE],
            "stages": {"voc-review": "handed_off", "feedback-tagging": "automated", OVERDUE: "established"},
            "arc_position": "advisory",
            "arc_communicated": True,
            "planning": {"analytics": 0.9375, "platform": 0.625},
            "tools_without_owner": ["Salesforce"],
        }


def _known(company: Company, members: Sequence[Member]) -> list[Employee]:
    """Those who ask and answer in the chat, and the team that is too small to be shown."""
    people = []
    for member in members:
        department, title = ROLES.get(member.team, (member.team, TITLES.get(member.team, "")))
        team = PM_TEAMS[member.number % 2] if member.team == "product_management" else ""
        people.append(_employee(company.seed, member.name, member.email, department, team, title))
    for learner in learners(company):
        if learner.team == SMALL_TEAM:
            people.append(_employee(company.seed, learner.name, learner.email, SMALL_TEAM, "", "Partner Consultant"))
    return people


def _employee(seed: int, name: str, email: str, department: str, team: str, title: str) -> Employee:
    first, _, last = name.partition(" ")
    return Employee(10_000_000 + mix(seed, email) % 9_000_000, email, first, last, department, team, title, False, JOINED)


def _log() -> list[list[object]]:
    rows: list[list[object]] = []
    for back, hours in zip(range(len(HOURS) - 1, -1, -1), HOURS, strict=True):
        year, month = divmod(LAST_DAY.year * 12 + LAST_DAY.month - 1 - back, 12)
        for place, (category, spent) in enumerate(zip(("operational", "automation", "strategic"), hours, strict=True)):
            system = ("launch-done", "onboarding-guides", "")[place]
            day = date(year, month + 1, 5 + place)
            rows.append([f"{day}-{category}", day, category, spent, system, "product_ops"])
    return rows


def _plans() -> list[list[object]]:
    """Two quarters of plans; the second as consistent as `PLANS` says: owner, date, outcome, template."""
    rows: list[list[object]] = []
    for quarter, month in (("2026-Q1", 3), ("2026-Q2", 6)):
        for team, shares in PLANS.items():
            for number in range(ITEMS):
                owner, due, outcome, template = (number < share * ITEMS for share in shares)
                rows.append(
                    [
                        *(f"{quarter}-{team}-{number}", quarter, team, f"Item {number}", f"{team} lead" if owner else ""),
                        *(date(2026, month, 20) if due else "", "Fewer tickets" if outcome else ""),
                        *("outcomes" if template else "", "planned"),
                    ]
                )
    return rows
