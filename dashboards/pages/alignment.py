"""Alignment health: what revenue teams ask, which launches they know and which they are ready for, what is missing."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboards.numbers import many, name, percent, ranged, words
from dashboards.parts import badge, empty, listing, mixes, rule, section
from dashboards.published import Reader, Row

# Tens of thousands may come again in a large company: the rest is counted, not read.
AGAIN_SHOWN = 8


def body(reader: Reader, team: str, weeks: int) -> list[Any]:
    """The page for one team or all, over a period."""
    return [_mix(reader, team, weeks), _launches(reader), _teams(reader, team), _missing(reader, team), _again(reader, team)]


def _mix(reader: Reader, team: str, weeks: int) -> html.Section:
    rows = [row for row in reader.query("question_mix", team=team, weeks=weeks) if row["n"]]
    if not rows:
        why = (
            "Take a longer period or another team. Questions are read from exports of Slack and Teams and from the question "
            "form: put them into inbox/slack/, inbox/teams/ or inbox/question_form/."
        )
        return section("No question of a revenue team is on record in this period", empty(why), key="mix")
    first = rows[0]
    who = "revenue teams" if first["asker_team"] == "all" else name(first["asker_team"])
    asked = percent(first["readiness_share"], first["low"], first["high"])
    bars = mixes(
        ("What is it", "How does it work", "How do we get customers ready"),
        [
            (
                "All teams" if row["asker_team"] == "all" else name(row["asker_team"]),
                (row["awareness"], row["mechanics"], row["readiness"]),
                f"Readiness {percent(row['readiness_share'], row['low'], row['high'])}, n = {row['n']} questions. "
                f"Trend: {name(row['trend']).lower()}.",
            )
            for row in rows
        ],
        "questions",
    )
    return section(
        f"{asked} of the questions of {who} ask how to prepare customers",
        *bars,
        rule(reader, "question_quality", "alignment_health_index", "alignment_health_trend"),
        note="Questions about getting ready are the good ones: teams that ask what a launch is have not been told.",
        key="mix",
    )


def _launches(reader: Reader) -> html.Section:
    rows = reader.query("launches")
    gaps = [row for row in rows if row["verdict"] == "aware_not_ready"]
    return listing(
        f"{len(gaps)} of {many(len(rows), 'launch is', 'launches are')} known but not ready",
        rows,
        {
            "Launch": "launch_name",
            "On": lambda r: f"{r['launch_at']:%Y-%m-%d}",
            "Verdict": lambda r: badge(r["verdict"]),
            "Aware (of 5)": lambda r: ranged(
                r["awareness_score"], r["awareness_score_low"], r["awareness_score_high"], digits=1
            ),
            "Ready (of 5)": lambda r: ranged(
                r["readiness_score"], r["readiness_score_low"], r["readiness_score_high"], digits=1
            ),
            "Not ready": lambda r: ", ".join(name(one) for one in r["barriers"] or []) or "–",
            "Definition of done": lambda r: f"{r['definition_of_done_done']} of {r['definition_of_done_total']}",
            "Adoption, 30 days": _adoption,
            "Failure mode": lambda r: name(r["failure_mode"]),
        },
        "Launches, newest first",
        "Put a list of launches into inbox/launches/ and what teams finished of their training into inbox/enablement/.",
        rule(reader, "launch_verdict", "team_readiness", "launch_failure_mode", "adoption_30d"),
        none="No launch is known yet",
        states=("verdict", "failure_mode"),
        key="launches",
    )


def _adoption(row: Row) -> str:
    if row["adoption_30d"] is None:
        return "–"
    return f"{percent(row['adoption_30d'], row['adoption_low'], row['adoption_high'])}, n {row['adoption_n']}"


def _teams(reader: Reader, team: str) -> html.Section:
    rows = reader.query("launch_teams", team=team)
    held = [row for row in rows if row["state"] == "not_ready"]
    return listing(
        f"In {len(held)} of {many(len(rows), 'case', 'cases')} a team was not ready for a launch",
        rows,
        {
            "Launch": "launch_name",
            "Team": lambda r: name(r["team"]),
            "State": lambda r: badge(r["state"]),
            "Aware": lambda r: ranged(r["awareness"], r["awareness_low"], r["awareness_high"], digits=1),
            "Ready": lambda r: ranged(r["readiness"], r["readiness_low"], r["readiness_high"], digits=1),
            "Knowledge": "knowledge",
            "Ability": "ability",
            "Assets": "assets",
            "Held back by": lambda r: name(r["barrier"]),
            "n": "people",
        },
        "Launches by team",
        "No launch is known, or no team under this filter was to be made ready for one.",
        rule(reader, "team_readiness"),
        none="Which teams are ready for a launch cannot be said yet",
        states=("state",),
        key="teams",
    )


def _missing(reader: Reader, team: str) -> html.Section:
    rows = [row for row in reader.saved("digests_that_lack_something") if team in ("all", row["role"])]
    return listing(
        many(len(rows), "readiness guide lacks something", "readiness guides lack something"),
        rows,
        {
            "Launch": "launch_name",
            "For": lambda r: name(r["role"]),
            "The text lacks": lambda r: ", ".join(name(one) for one in r["missing_parts"] or []) or "–",
            "Not done by launch": lambda r: ", ".join(name(one) for one in r["undone_parts"] or []) or "–",
            "Team held back by": lambda r: name(r["team_barrier"]),
        },
        "Guides that are not whole",
        "No guide for a known launch fails to say the new value, how the role changes or how to prepare customers.",
        rule(reader, "digest_kind"),
        none="No readiness guide is known to lack something",
        top=15,
        key="missing",
    )


def _again(reader: Reader, team: str) -> html.Section:
    rows = reader.saved("questions_answered_before", team="any" if team == "all" else team, rows=str(AGAIN_SHOWN))
    found = rows[0]["in_all"] if rows else 0
    return listing(
        many(
            found,
            "question was asked although it had been answered",
            "questions were asked although they had been answered",
        ),
        rows,
        {
            "Question": lambda r: " ".join(str(r["text"]).split()),
            "Team": lambda r: name(r["asker_team"]),
            "Asked": lambda r: f"{r['asked_at']:%Y-%m-%d}",
            "Launch": lambda r: words(r["launch_id"]),
        },
        "Questions that come again",
        "No question on record came twice.",
        none="No question was asked again after it had been answered",
        found=found,
        key="again",
    )
