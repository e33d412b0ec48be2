"""Voice of customer: what is said, how it moved, in whose words, what goes with a low NPS, what no theme covers yet."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboards.numbers import many, money, name, percent, ranged
from dashboards.parts import (
    badge,
    insufficient,
    interval_bars,
    legend_of_states,
    link,
    listing,
    quote_list,
    rule,
    section,
    table,
    trend_chart,
)
from dashboards.published import Reader, Row

MOST_HEARD = "most_heard"


def body(reader: Reader, currency: str, segment: str, channel: str, area: str, weeks: int, theme: str) -> list[Any]:
    """The page for one choice of filters."""
    rows = reader.query("themes", segment=segment, channel=channel, area=area, weeks=weeks)
    chosen = next((row for row in rows if row["theme_id"] == theme), None) or (
        rows[0] if rows and theme == MOST_HEARD else None
    )
    key = chosen["theme_id"] if chosen else theme
    filters = {"voice_segment": segment, "voice_channel": channel, "voice_area": area, "voice_weeks": weeks}
    spoken = _one_theme(reader, key, chosen, segment, channel, weeks) if key != MOST_HEARD else []
    return [
        _themes(reader, rows, currency, filters),
        *spoken,
        _drivers(reader),
        _emerging(reader, currency),
    ]


def _themes(reader: Reader, rows: list[Row], currency: str, filters: dict[str, Any]) -> html.Section:
    title = (
        f"{rows[0]['theme_name']} is heard most: {percent(rows[0]['share'], rows[0]['share_low'], rows[0]['share_high'])} "
        f"of {rows[0]['feedback_n']:,} items"
        if rows
        else "Nothing was heard under these filters"
    )
    return section(
        title,
        shares_chart(rows) if rows else "",
        table(
            rows,
            {
                "Theme": lambda r: html.A(
                    r["theme_name"], href=link("voice-of-customer", **filters, voice_theme=r["theme_id"]) + "#evidence"
                ),
                "Mentions": "mentions",
                "Share of feedback": lambda r: percent(r["share"], r["share_low"], r["share_high"]),
                "Last 8 weeks": lambda r: (
                    f"{r['recent_mentions']} ({r['recent_expected']:.1f} expected)" if r["recent_expected"] is not None else "–"
                ),
                "Trend": lambda r: badge(r["trend"]),
                "ARR exposed": lambda r: money(r["arr_exposed"], r["arr_exposed_low"], r["arr_exposed_high"], currency),
                "Answer": lambda r: badge(r["heard_state"]),
            },
            "Themes under the filters, most heard first",
            "Take a longer period, or another channel, segment or area. Where nothing was heard at all yet, put exports of "
            "support, surveys or calls into the inbox: exports.md names them.",
        ),
        legend_of_states(rows, "trend", "heard_state") or "",
        rule(reader, "theme_share", "trend", "arr_exposed"),
        note="Mentions, share and trend follow the filters. Revenue and answer are of all customers in the last 13 weeks.",
        key="themes",
    )


def shares_chart(rows: list[Row]) -> Any:
    """The shares of the most heard themes as bars with intervals."""
    return interval_bars(
        [
            (r["theme_name"], r["share"], r["share_low"], r["share_high"], percent(r["share"], r["share_low"], r["share_high"]))
            for r in rows[:8]
        ],
        "Share of feedback by theme",
    )


def _one_theme(reader: Reader, theme: str, row: Row | None, segment: str, channel: str, weeks: int) -> list[Any]:
    title = row["theme_name"] if row else name(theme)
    points = reader.query("theme_trend", theme=theme, segment=segment, channel=channel, weeks=weeks)
    quotes = reader.saved("quotes_of_a_theme", theme=theme)
    for_filters = [q for q in quotes if segment in ("all", q["segment"]) and channel in ("all", q["channel"])]
    heard = sum(point["mentions"] for point in points)
    chart = (
        trend_chart(
            [
                (
                    f"{p['starts_on']:%d %b %y}",
                    p["share"],
                    p["low"],
                    p["high"],
                    f"{percent(p['share'], p['low'], p['high'])}, {p['mentions']} of {p['n']}",
                )
                for p in points
            ],
            f"Share of feedback that speaks of {title.lower()}, in stretches of four weeks",
        )
        if heard
        else insufficient("a trend", heard)
    )
    against = sum(q["stance"] == "counter" for q in for_filters)
    return [
        section(
            f"{title}: {many(heard, 'mention', 'mentions')} in the period", chart, rule(reader, "theme_share"), key="trend"
        ),
        section(
            f"{title} in customers' own words: {len(for_filters) - against} for, {against} against",
            quote_list(for_filters),
            rule(reader, "theme_evidence"),
            note="Exact words with a hash; the gate holds a publication whose quotes do not match their source.",
            key="evidence",
        ),
    ]


def _drivers(reader: Reader) -> html.Section:
    rows = reader.saved("nps_drivers")
    shown = [row for row in rows if row["state"] == "driver"]
    names = {row["value"]: row["label"] for row in reader.query("options") if row["kind"] == "theme"}
    title = (
        many(len(shown), "theme goes with a different NPS", "themes go with a different NPS")
        if shown
        else "No theme is shown to go with a lower or higher NPS"
    )
    return listing(
        title,
        rows,
        {
            "Theme": lambda r: names.get(r["theme_id"], name(r["theme_id"])),
            "n": "mentions",
            "Effect on NPS": lambda r: ranged(r["impact_on_nps"], r["impact_low"], r["impact_high"], digits=1),
            "State": lambda r: badge(r["state"]),
        },
        "Themes by how much of the scores' spread goes with them",
        "It takes surveys that ask for a score and a comment: inbox/delighted/, inbox/qualtrics/, inbox/surveymonkey/ or "
        "inbox/typeform/.",
        rule(reader, "nps_driver_importance", "leave_one_out_impact"),
        none="What goes with a low NPS cannot be said yet",
        states=("state",),
        top=12,
        key="drivers",
    )


def _emerging(reader: Reader, currency: str) -> html.Section:
    rows = reader.saved("emerging_themes")
    growing = [row for row in rows if row["state"] in ("new", "growing")]
    return listing(
        f"{len(growing)} of {many(len(rows), 'group', 'groups')} outside the taxonomy {'is' if len(growing) == 1 else 'are'} "
        "new or growing",
        rows,
        {
            "What they say": "label",
            "State": lambda r: badge(r["state"]),
            "Items": "mentions",
            "Accounts": "accounts",
            "ARR exposed": lambda r: money(r["arr_exposed"], None, None, currency),
            "Best example": lambda r: html.Span(" ".join(str(r["example"] or "–").split())[:160], className="example"),
        },
        "Groups of feedback that no theme covers",
        "What customers said so far is covered by a theme, or is too little to group.",
        none="No group of feedback stands outside the taxonomy",
        top=10,
        key="emerging",
    )
