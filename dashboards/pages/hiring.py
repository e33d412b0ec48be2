"""Hiring signals: the answer, how firm it is, what each signal says, and the rows behind each."""

from __future__ import annotations

from typing import Any

import duckdb
from dash import html

from dashboards.numbers import many, name, ranged, words
from dashboards.pages.overview import HIRING
from dashboards.parts import badge, empty, insufficient, listing, rule, section, table
from dashboards.published import Reader, Row


def body(reader: Reader) -> list[Any]:
    """The page."""
    signals = reader.saved("what_each_signal_says")
    return [
        _answer(reader),
        _signals(reader, signals),
        *[_evidence(reader, row) for row in signals],
        _hours(reader),
        _before_after(reader),
    ]


def _answer(reader: Reader) -> html.Section:
    answers = reader.saved("should_we_hire")
    if not answers or answers[0]["recommendation"] == "insufficient_data":
        return section("Whether to hire cannot be said yet", insufficient("a hiring answer", None), key="answer")
    answer = answers[0]
    sentences = [part.strip().rstrip(".") + "." for part in answer["rationale"].split(". ")]
    return section(
        HIRING.get(answer["recommendation"], name(answer["recommendation"])),
        html.P(
            [
                html.Span(f"{answer['same_answer_percent']:.0f} %", className="big"),
                html.Span(" of the answers stay the same with every threshold a fifth lower or higher", className="unit"),
            ]
        ),
        html.P(
            "Product operations is a system before it is people: the system "
            + ("stands." if answer["system_stands"] else "does not stand yet.")
        ),
        html.Details([html.Summary("The reasons"), html.Ul([html.Li(one) for one in sentences])], className="rule", open=True),
        rule(reader, "hiring_recommendation", "recommendation_robustness"),
        key="answer",
    )


def _signals(reader: Reader, rows: list[Row]) -> html.Section:
    firing = sum(row["state"] == "firing" for row in rows if row["kind"] == "signal")
    total = sum(row["kind"] == "signal" for row in rows)
    judged = any(row["state"] != "insufficient_data" for row in rows)
    return listing(
        f"{firing} of {total} signals fire" if judged else "No signal can be judged yet",
        rows,
        {
            "Signal": lambda r: name(r["signal"]),
            "Kind": lambda r: name(r["kind"]),
            "State": lambda r: badge(r["state"]),
            "Value": lambda r: ranged(r["value"], r["value_low"], r["value_high"], digits=2),
            "Threshold": "threshold",
            "n": "n",
            "Finding": "finding",
        },
        "Signals and the counter-signal",
        "No signal was judged.",
        rule(reader, *(row["signal"] for row in rows)),
        states=("state",),
        note="A signal fires where its whole interval is past the threshold; watch: it is near, or past without being sure.",
        key="signals",
    )


def _evidence(reader: Reader, row: Row) -> html.Details:
    try:
        found = reader.evidence(row["evidence_query"])
    except duckdb.Error as error:
        content: Any = empty(f"The evidence query of the mart does not run: {error}")
    else:
        columns = list(found[0]) if found else []
        content = table(
            found, {name(column): column for column in columns}, f"Evidence for {name(row['signal'])}", "No rows.", top=30
        )
    return html.Details(
        [html.Summary(f"Rows behind {name(row['signal']).lower()} (n = {words(row['n'])})"), content],
        className="block evidence",
    )


def _hours(reader: Reader) -> html.Section:
    rows = reader.saved("where_pm_time_goes")
    return listing(
        "Where product managers' hours go, team by team",
        rows,
        {
            "Team": "team_name",
            "Weeks": "weeks",
            "Stakeholder hours a week": "stakeholder_hours",
            "Customer hours": "customer_hours",
            "Team hours": "team_hours",
            "Questions fielded": "questions_fielded",
            "Not classified": "unclassified_share",
        },
        "Hours per product manager and week, last 13 weeks",
        "It takes calendars (inbox/calendar/) and the roster (inbox/hris/); teams that are too small are not shown.",
        rule(reader, "pm_time_by_counterpart"),
        none="Where product managers' hours go is not known yet",
        key="hours",
    )


def _before_after(reader: Reader) -> html.Section:
    rows = reader.saved("did_the_hire_help")
    clear = sum(bool(row["change_is_clear"]) for row in rows)
    return listing(
        f"{clear} of {many(len(rows), 'comparison shows', 'comparisons show')} a clear change since somebody joined or "
        "a system was established",
        rows,
        {
            "Event": "event_id",
            "On": "event_on",
            "Measure": lambda r: name(r["measure"]),
            "Before": lambda r: ranged(r["level_before"], digits=2),
            "Change": lambda r: ranged(r["change"], r["change_low"], r["change_high"], digits=2),
            "State": lambda r: badge(r["state"]),
        },
        "Before and after",
        "Who joined is read from the roster (inbox/hris/), and which system was established from the registry "
        "(inbox/registry/).",
        rule(reader, "change_since_start"),
        none="Nobody is known to have joined product operations, and no system to have been established",
        states=("state",),
        top=20,
        key="before-after",
    )
