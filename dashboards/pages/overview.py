"""The first page: the four sentences a product manager takes along, each with its interval, its rows and its rule."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboards.numbers import many, money, name, ranged
from dashboards.parts import badge, empty, insufficient, link, listing, rule, section, trend_chart
from dashboards.published import Reader, Row

# What is done about a theme, as the end of a sentence.
ANSWERS = {
    "heard_not_building": ", and nothing on the roadmap answers it",
    "aligned": ", and it is planned or decided on",
    "shipped": ", although something for it has shipped",
    "declined": ", and it was declined",
}


def body(reader: Reader, currency: str, segment: str = "enterprise") -> list[Any]:
    """What matters now, in one minute."""
    return [
        html.Div([_loudest(reader, currency, segment), _launch(reader), _hire(reader), _trust(reader)], className="cards"),
        _exposed(reader, currency),
        _nps(reader, segment),
    ]


def _among(segment: str) -> str:
    return "all accounts" if segment == "all" else f"{name(segment).lower()} accounts"


def movement(row: Row, segment: str) -> str:
    """How a theme moved in a segment, as far as the numbers say it."""
    who, recent, expected = _among(segment), row["recent_mentions"] or 0, row["recent_expected"]
    if row["trend"] in ("rising", "falling") and row["times_expected"] is not None:
        times = row["times_expected"]
        word = "doubled" if 1.8 <= times <= 2.2 else "more than doubled" if 2.2 < times < 3 else str(row["trend"])
        return f"{word} among {who} ({recent} mentions in 8 weeks, {expected:.1f} expected, {row['times_expected']:.1f}×)"
    if row["trend"] == "new":
        return f"new among {who} ({recent} mentions in 8 weeks)"
    if row["trend"] == "stable":
        return f"no change shown among {who} ({recent} mentions in 8 weeks, {expected:.1f} expected)"
    return f"too few mentions among {who} to say whether it moved ({recent} in 8 weeks)"


def _loudest(reader: Reader, currency: str, segment: str) -> html.Section:
    rows = reader.query("headline_themes", segment=segment)
    if not rows:
        return section(
            "No theme is on record as heard and not answered",
            empty(
                "Every theme that was heard so far has an item on the roadmap or a decision. Where nothing was heard yet, put "
                "exports of support, surveys or calls into the inbox: exports.md names them."
            ),
        )
    row = rows[0]
    exposed = money(row["arr_exposed"], row["arr_exposed_low"], row["arr_exposed_high"], currency)
    words = [html.Blockquote(f"“{' '.join(row['quote'].split())}”")] if row["quote"] else []
    return section(
        f"{row['theme_name']}: {movement(row, segment)}",
        html.P(
            [
                html.Span(exposed, className="big"),
                html.Span(f" exposed{ANSWERS.get(row['heard_state'], '')}", className="unit"),
            ]
        ),
        *words,
        html.P(
            [
                f"n = {row['mentions']} mentions of {row['accounts']} accounts, {row['window_start']} to {row['window_end']}. ",
                html.A("Their words", href=link("voice-of-customer", voice_theme=row["theme_id"]) + "#evidence"),
                " · ",
                html.A("the ledger", href=link("heard-vs-building")),
            ]
        ),
        rule(reader, "arr_exposed", "trend", "heard_vs_building"),
        key="loudest",
    )


def _launch(reader: Reader) -> html.Section:
    launches = reader.query("launches")
    gaps = [row for row in launches if row["verdict"] == "aware_not_ready"]
    judged = [row for row in launches if row["verdict"] != "insufficient_data"]
    if not launches:
        return section("No launch is known yet", empty("Put a list of launches into inbox/launches/."), key="launch")
    if not judged:
        return section("No launch can be judged yet", insufficient("launch readiness", len(launches)), key="launch")
    if not gaps:
        return section(
            "Every launch that teams know of is ready",
            html.P(f"n = {many(len(judged), 'launch', 'launches')} judged."),
            key="launch",
        )
    row = gaps[0]
    held = [
        team
        for team in reader.query("launch_teams", team="all")
        if team["launch_name"] == row["launch_name"] and team["state"] == "not_ready"
    ]
    lacking = "; ".join(f"{name(team['team'])} lacks {name(team['barrier']).lower()}" for team in held)
    return section(
        f"{row['launch_name']} is known but not ready: {lacking or 'its definition of done is not met'}",
        html.P(
            [
                html.Span(
                    f"{ranged(row['awareness_score'], digits=1)} aware, {ranged(row['readiness_score'], digits=1)} ready",
                    className="big",
                ),
                html.Span(" of 5", className="unit"),
            ]
        ),
        html.P(
            f"Launched {row['launch_at']:%Y-%m-%d} with {row['definition_of_done_done']} of {row['definition_of_done_total']} "
            f"parts of its definition of done; {len(held)} of {row['teams']} teams are not ready. "
            f"Failure mode: {name(row['failure_mode']).lower()}."
        ),
        html.Ul(
            [
                html.Li(
                    f"{name(team['team'])}: "
                    f"{ranged(team['readiness'], team['readiness_low'], team['readiness_high'], digits=1)} ready, "
                    f"n = {team['people']} people"
                )
                for team in held
            ]
        ),
        html.P(
            [
                f"n = {many(len(judged), 'launch', 'launches')} judged, {len(gaps)} known but not ready. ",
                html.A("All launches", href=link("alignment-health")),
            ]
        ),
        rule(reader, "launch_verdict", "team_readiness", "launch_failure_mode"),
        key="launch",
    )


HIRING = {
    "system_only": "No hire needed yet: build or keep the system",
    "first_hire": "A first hire for product operations is called for",
    "grow_team": "The product operations team should grow",
    "leadership_hire": "Product operations needs somebody to lead it",
}


def _hire(reader: Reader) -> html.Section:
    answers = reader.saved("should_we_hire")
    if not answers or answers[0]["recommendation"] == "insufficient_data":
        return section("Whether to hire cannot be said yet", insufficient("a hiring answer", None), key="hire")
    answer = answers[0]
    signals = [row for row in reader.saved("what_each_signal_says") if row["kind"] == "signal"]
    firing = sum(row["state"] == "firing" for row in signals)
    watch = sum(row["state"] == "watch" for row in signals)
    return section(
        HIRING.get(answer["recommendation"], name(answer["recommendation"])),
        html.P(
            [
                html.Span(f"{firing} of {len(signals)}", className="big"),
                html.Span(f" signals fire, {watch} to watch", className="unit"),
            ]
        ),
        html.P(
            f"With every threshold a fifth lower or higher, {answer['same_answer_percent']:.0f} % of the answers are the same."
        ),
        html.P(
            [f"n = {len(signals)} signals with their own rows. ", html.A("What each signal says", href=link("hiring-signals"))]
        ),
        rule(reader, "hiring_recommendation", "recommendation_robustness"),
        key="hire",
    )


def _trust(reader: Reader) -> html.Section:
    runs, gates, streams = reader.query("runs"), reader.query("gates"), reader.query("freshness")
    published = next((run for run in runs if run["state"] == "published"), None)
    passed, total = sum(row["passed"] for row in gates), sum(row["expectations"] for row in gates)
    fresh = sum(row["state"] == "fresh" for row in streams)
    fresh_streams = (
        f"{fresh} of {many(len(streams), 'stream is', 'streams are')} fresh" if streams else "No stream was loaded yet"
    )
    balance = sum(abs(row["balance"] or 0) for row in reader.query("reconciliation"))
    when = f"Published {published['finished_at']:%Y-%m-%d %H:%M} UTC" if published else "No publication on record"
    return section(
        "Every record is accounted for" if balance == 0 else f"{many(balance, 'record is', 'records are')} not accounted for",
        html.P([html.Span(f"{passed:,} of {total:,}", className="big"), html.Span(" expectations hold", className="unit")]),
        html.P(f"{when}. {fresh_streams}."),
        html.P(html.A("Runs, gates, freshness", href=link("trust"))),
        rule(reader, "balance", "freshness"),
        key="trust-card",
    )


def _exposed(reader: Reader, currency: str) -> html.Section:
    rows = reader.saved("what_costs_most")
    themes = {row["label"]: row["value"] for row in reader.query("options") if row["kind"] == "theme"}

    def theme_link(row: Row) -> Any:
        key = themes.get(row["theme_name"])
        return html.A(row["theme_name"], href=link("voice-of-customer", voice_theme=key)) if key else row["theme_name"]

    return listing(
        "What touches most revenue, worst first",
        rows,
        {
            "Theme": theme_link,
            "Mentions": "mentions",
            "Accounts": "accounts",
            "ARR exposed": lambda r: money(r["arr_exposed"], r["arr_exposed_low"], r["arr_exposed_high"], currency),
            "Effect on NPS": lambda r: ranged(r["nps_impact"], digits=1),
            "Trend": lambda r: badge(r["trend"]),
            "Answer": lambda r: badge(r["heard_state"]),
        },
        "Themes by severity",
        "No theme was heard in the last 13 weeks.",
        rule(reader, "severity_rank", "arr_exposed"),
        top=8,
        note="Accounts overlap between themes: never add the sums. Low counts only accounts linked with certainty.",
    )


def _nps(reader: Reader, segment: str) -> html.Section:
    months = reader.query("nps_trend", segment=segment)
    last = next((row for row in months if row["nps"] is not None), None)
    if last is None:
        return section("NPS cannot be said yet", insufficient("NPS", sum(row["n"] for row in months)))
    points = [
        (f"{row['month_start']:%b %y}", row["nps"], row["nps_low"], row["nps_high"], f"{ranged(row['nps'])}, n {row['n']}")
        for row in reversed(months)
    ]
    moved = "a real change" if last["change_is_significant"] else "no change shown"
    return section(
        f"NPS among {_among(segment)} was {ranged(last['nps'], last['nps_low'], last['nps_high'])} "
        f"in {last['month_start']:%B %Y}: {moved}",
        trend_chart(points, f"NPS by month among {_among(segment)}"),
        rule(reader, "nps", "nps_interval", "nps_change"),
    )
