"""The product-operations system: where each part is on its arc, where time goes, tools, and how whole the picture is."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboards.numbers import many, money, name, percent, words
from dashboards.parts import badge, empty, listing, mixes, rule, section, table
from dashboards.published import Reader


def body(reader: Reader, currency: str) -> list[Any]:
    """The page."""
    return [_arc(reader), _time(reader), _tools(reader), _picture(reader, currency), _planning(reader)]


def _arc(reader: Reader) -> html.Section:
    rows = reader.query("systems")
    late = [row for row in rows if row["overdue"]]
    title = (
        f"{len(late)} of {many(len(rows), 'system is', 'systems are')} overdue for hand-off"
        if late
        else f"{many(len(rows), 'system', 'systems')}, none overdue for hand-off"
    )
    return listing(
        title,
        rows,
        {
            "System": "name",
            "Kind": lambda r: name(r["kind"]),
            "Stage": lambda r: badge(r["stage"]),
            "Owner": lambda r: name(r["owner_role"]),
            "Manual hours": "manual_hours",
            "Automated": lambda r: percent(r["automated_share"]),
            "Hand-off due": "hand_off_due",
            "Overdue": lambda r: html.Strong("overdue", className="badge bad") if r["overdue"] else "no",
        },
        "Systems of product operations this month",
        "Put the registry of systems into inbox/registry/, and one line for each step in a system's life.",
        rule(reader, "system_stage"),
        none="No system of product operations is on record yet",
        key="arc",
    )


def _time(reader: Reader) -> html.Section:
    rows = reader.query("time_mix")
    if not rows:
        return section(
            "Where the time of product operations goes is not known yet",
            empty("Put a log of its hours, by kind of work, into inbox/registry/."),
            key="time",
        )
    last = rows[0]
    told = (
        "the role description says how the role will change"
        if last["arc_communicated"]
        else "no role description says how the role will change"
    )
    shares = ("operational_share", "automation_share", "strategic_share")
    bars = mixes(
        ("Running things", "Building and automating", "Strategy and advice"),
        [
            (
                f"{row['month_start']:%B %Y}",
                [round((row[share] or 0) * row["logged_hours"]) for share in shares],
                f"n = {row['logged_hours']:,.0f} hours logged. Position: {name(row['arc_position']).lower()}.",
            )
            for row in rows[:6]
        ],
        "hours",
    )
    return section(
        f"{percent(last['strategic_share'])} of the time is strategy and advice in {last['month_start']:%B %Y}; {told}",
        *bars,
        rule(reader, "time_mix"),
        key="time",
    )


def _tools(reader: Reader) -> html.Section:
    rows = reader.query("tools")
    unowned = [row for row in rows if not row["owner_role"]]
    return listing(
        f"{len(unowned)} of {many(len(rows), 'tool has', 'tools have')} no owner",
        rows,
        {
            "Tool": "tool",
            "Category": lambda r: name(r["category"]),
            "Owner": lambda r: name(r["owner_role"]),
            "Belongs to": lambda r: name(r["boundary"]),
            "Connected": "connected",
            "Freshness": lambda r: badge(r["freshness_state"]),
            "Customers covered": lambda r: percent(r["accounts_covered_share"]),
        },
        "Tools",
        "Tools are those whose exports are in the inbox, and those that a list in inbox/registry/ names.",
        rule(reader, "accounts_covered", "freshness"),
        none="No tool is known yet",
        key="tools",
    )


def _picture(reader: Reader, currency: str) -> html.Section:
    rows = reader.query("data_picture")
    total = sum(row["accounts"] for row in rows)
    whole = sum(row["accounts"] for row in rows if row["kinds_seen"] == row["kinds_delivered"])
    if not total:
        return section(
            "No account is known yet",
            empty("Put an export of the CRM into inbox/salesforce/ or inbox/hubspot/."),
            key="picture",
        )
    half = reader.saved("accounts_half_seen")
    return section(
        f"{percent(whole / total)} of {total:,} accounts are seen by every kind of source",
        table(
            rows,
            {
                "Kinds of source seen": lambda r: f"{r['kinds_seen']} of {r['kinds_delivered']}",
                "Accounts": "accounts",
                "ARR": lambda r: money(r["arr"], None, None, currency),
            },
            "Accounts by how much of the picture is there",
            "No account.",
        ),
        html.H3("Large accounts of which a part is missing"),
        table(
            half,
            {
                "Account": "account_name",
                "ARR": lambda r: money(r["arr"], None, None, currency),
                "Picture": lambda r: percent(r["completeness"]),
                "Not seen within a year by": "not_seen_within_a_year",
            },
            "Large accounts half seen",
            "Every large account is seen by every kind of source.",
            top=10,
        ),
        rule(reader, "source_completeness"),
        key="picture",
    )


def _planning(reader: Reader) -> html.Section:
    rows = reader.saved("planning_by_team")
    return listing(
        "Do the teams plan alike?",
        rows,
        {
            "Team": "team_name",
            "Quarter": lambda r: words(r["quarter_start"]),
            "n": "items",
            "Consistency": lambda r: percent(r["consistency"]),
            "Owner": lambda r: percent(r["with_owner"]),
            "Date": lambda r: percent(r["with_date"]),
            "Outcome": lambda r: percent(r["with_outcome"]),
            "Template": lambda r: percent(r["on_template"]),
        },
        "Planned items with what a plan needs",
        "Put the quarterly plans of the teams into inbox/registry/, or a roadmap that says which team an item belongs to.",
        rule(reader, "planning_consistency"),
        none="Whether the teams plan alike cannot be said yet",
        key="planning",
    )
