"""The launches of the sample company: what was brought to customers when, who was prepared for it, and how it went.

They are the plan behind every export that speaks of a launch: roadmap, definition of done, content, courses, guides, questions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from demo.company import UNADOPTED

Verdict = Literal["ready", "aware_not_ready", "not_aware", "insufficient_data"]
FailureMode = Literal["none", "readiness", "awareness", "insufficient_data"]
Team = Literal["Sales", "Customer Success", "Support"]
TEAMS: tuple[Team, ...] = ("Sales", "Customer Success", "Support")


@dataclass(frozen=True, slots=True)
class Launch:
    """One launch.

    Attributes:
        launch_id: its key in every export.
        name: as the company calls it.
        on: day of general availability.
        product_area: area of the product that it changes.
        tier: size, 1 the largest.
        roadmap_key: item of the roadmap that it brings to customers.
        theme: what customers had asked for.
        verdict: how ready the revenue teams were on the day before.
        failure_mode: how it failed in the 30 days after; `insufficient_data` also where those days are not over.
        unprepared: teams that heard of it and were taught nothing.
        has_education: whether a guide in the product explains it.
        has_documentation: whether the help centre does.
        feature: its feature in the product analytics, empty where it changes none of its own.
        more_tickets: how many times as many tickets its area gets in the 30 days after.
    """

    launch_id: str
    name: str
    on: date
    product_area: str
    tier: int
    roadmap_key: str
    theme: str
    verdict: Verdict
    failure_mode: FailureMode
    unprepared: tuple[Team, ...] = ()
    has_education: bool = True
    has_documentation: bool = True
    feature: str = ""
    more_tickets: float = 1.0


LAUNCHES = (
    Launch(
        *("LCH-001", "Report Templates", date(2025, 3, 11), "analytics", 2, "ROAD-101", "reporting_dashboards"),
        verdict="ready",
        failure_mode="none",
    ),
    Launch(
        *("LCH-002", "Contractor Links", date(2025, 6, 3), "collaboration", 3, "ROAD-104", "collaboration_sharing"),
        verdict="not_aware",
        failure_mode="awareness",
        unprepared=TEAMS,
        has_education=False,
        has_documentation=False,
    ),
    Launch(
        *("LCH-003", "Smart Suggestions", date(2025, 9, 15), "automation", 1, "ROAD-107", "automation_ai"),
        verdict="ready",
        failure_mode="none",
        feature="Smart Suggestions",
    ),
    Launch(
        *("LCH-004", "Custom Roles", date(2025, 10, 7), "admin", 2, "ROAD-110", "permissions_roles"),
        verdict="aware_not_ready",
        failure_mode="readiness",
        unprepared=("Support",),
        more_tickets=3.0,
    ),
    Launch(
        *("LCH-005", "Field Mapping", date(2026, 1, 20), "integrations", 2, "ROAD-113", "integrations"),
        verdict="aware_not_ready",
        failure_mode="readiness",
        has_education=False,
        has_documentation=False,
    ),
    Launch(
        *("LCH-006", UNADOPTED, date(2026, 3, 2), "automation", 1, "ROAD-116", "customization_workflows"),
        verdict="aware_not_ready",
        failure_mode="readiness",
        unprepared=("Customer Success", "Support"),
        has_education=False,
        feature=UNADOPTED,
    ),
    Launch(
        *("LCH-007", "Quiet Hours", date(2026, 5, 5), "collaboration", 4, "ROAD-119", "notifications"),
        verdict="insufficient_data",
        failure_mode="insufficient_data",
    ),
    Launch(
        *("LCH-008", "Offline Check-in", date(2026, 6, 9), "mobile", 2, "ROAD-122", "mobile_app"),
        verdict="ready",
        failure_mode="insufficient_data",
    ),
)


def launches(*, planted: bool) -> tuple[Launch, ...]:
    """The company's launches; without plants every team was prepared for every one of them and nothing went wrong."""
    return LAUNCHES if planted else tuple(_uneventful(launch) for launch in LAUNCHES)


def _uneventful(launch: Launch) -> Launch:
    over = launch.failure_mode != "insufficient_data"
    return Launch(
        *(launch.launch_id, launch.name, launch.on, launch.product_area, launch.tier, launch.roadmap_key, launch.theme),
        verdict="ready" if launch.verdict != "insufficient_data" else "insufficient_data",
        failure_mode="none" if over else "insufficient_data",
        feature=launch.feature,
    )
