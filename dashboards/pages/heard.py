"""Heard against building: the two-way ledger, and how transparent it is."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboards.numbers import many, money, name, percent, ranged, words
from dashboards.parts import badge, insufficient, link, listing, rule, section
from dashboards.published import Reader, Row


def body(reader: Reader, currency: str, area: str) -> list[Any]:
    """The page for one product area, or all."""
    rows = reader.query("heard_vs_building", area=area)
    return [
        _unanswered([row for row in rows if row["state"] == "heard_not_building"], reader, currency),
        _answered(
            [row for row in rows if row["state"] in ("aligned", "shipped", "declined") and row["theme_id"]], reader, currency
        ),
        _unheard([row for row in rows if row["state"] == "building_not_heard" or not row["theme_id"]], reader),
        _transparency(reader, currency),
    ]


def _theme(row: Row) -> Any:
    return html.A(
        row["theme_name"] or name(row["theme_id"]), href=link("voice-of-customer", voice_theme=row["theme_id"]) + "#evidence"
    )


def _exposed(currency: str) -> Any:
    return lambda row: money(row["heard_arr"], row["arr_exposed_low"], row["arr_exposed_high"], currency)


def _unanswered(rows: list[Row], reader: Reader, currency: str) -> html.Section:
    return listing(
        many(len(rows), "theme is heard and nothing answers it", "themes are heard and nothing answers them"),
        rows,
        {
            "Theme": _theme,
            "Rank heard": "heard_rank",
            "Mentions": "heard_mentions",
            "Accounts": "heard_accounts",
            "ARR": _exposed(currency),
            "Decision": lambda r: name(r["decision"]),
            "Reason": "decision_reason",
        },
        "Heard, not building",
        "Every theme that was heard so far has an item on the roadmap or a decision.",
        rule(reader, "heard_vs_building", "arr_exposed"),
        none="No theme is on record as heard and not answered",
        states=("state",),
        key="unanswered",
    )


def _answered(rows: list[Row], reader: Reader, currency: str) -> html.Section:
    return listing(
        f"{many(len(rows), 'answer', 'answers')}: built, being built or declined with a reason",
        rows,
        {
            "Theme": _theme,
            "State": lambda r: badge(r["state"]),
            "ARR": _exposed(currency),
            "Roadmap item": "title",
            "Effort": lambda r: percent(r["effort_share"]),
            "Reason": "decision_reason",
            "Days to decision": "days_heard_to_decision",
        },
        "Themes with an answer",
        "Answers are items of the roadmap (inbox/jira/, inbox/linear/ or inbox/productboard/) and decisions "
        "(inbox/launches/) that theme_links.csv or their own words tie to a theme.",
        none="No theme in this area has an answer on record",
        key="answered",
    )


def _unheard(rows: list[Row], reader: Reader) -> html.Section:
    effort = sum(row["effort_share"] or 0 for row in rows)
    return listing(
        f"{percent(effort)} of the effort goes to {many(len(rows), 'item', 'items')} that no customer was heard asking for",
        rows,
        {
            "Item": lambda r: words(r["title"]),
            "State": lambda r: badge(r["state"]),
            "Status": lambda r: name(r["status"]),
            "Effort": lambda r: percent(r["effort_share"]),
        },
        "Built or planned without evidence",
        "Either every item on the roadmap answers something heard, or no roadmap is delivered: it comes from inbox/jira/, "
        "inbox/linear/ or inbox/productboard/.",
        none="No effort is known to go to what no customer was heard asking for",
        key="unheard",
    )


def _transparency(reader: Reader, currency: str) -> html.Section:
    months = reader.saved("do_teams_feel_informed")
    if not months:
        return section("Transparency cannot be said yet", insufficient("transparency", 0))
    last = max(months, key=lambda row: row["month_start"])
    return listing(
        f"{percent(last['heard_arr_with_decision_share'])} of heard revenue has a decision; "
        f"{percent(last['effort_with_evidence_share'])} of effort has evidence",
        sorted(months, key=lambda row: row["month_start"], reverse=True),
        {
            "Month": lambda r: f"{r['month_start']:%Y-%m}",
            "Heard revenue with a decision": lambda r: percent(
                r["heard_arr_with_decision_share"],
                r["heard_arr_with_decision_share_low"],
                r["heard_arr_with_decision_share_high"],
            ),
            "Effort with evidence": lambda r: percent(
                r["effort_with_evidence_share"], r["effort_with_evidence_share_low"], r["effort_with_evidence_share_high"]
            ),
            "Days heard to decision": lambda r: (
                words(round(r["median_days_heard_to_decision"])) if r["median_days_heard_to_decision"] is not None else "–"
            ),
            "Revenue pulse (1–5)": lambda r: ranged(
                r["revenue_pulse"], r["revenue_pulse_low"], r["revenue_pulse_high"], digits=1
            ),
            "Headcount": "headcount",
        },
        "Transparency by month",
        "No month yet.",
        rule(reader, "heard_arr_with_decision_share", "effort_with_evidence_share", "pulse"),
        top=12,
        key="transparency",
    )
