"""Trust: how the runs went, what the gate said, how fresh each stream is, and that no record is lost."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboards.numbers import many, percent, words
from dashboards.parts import badge, listing, rule, section, table
from dashboards.published import Reader


def body(reader: Reader) -> list[Any]:
    """The page."""
    return [_runs(reader), _gates(reader), _freshness(reader), _balance(reader), _losses(reader), _unlinked(reader)]


def _runs(reader: Reader) -> html.Section:
    rows = reader.query("runs")
    broke = reader.saved("what_broke_the_last_run")
    published = next((row for row in rows if row["state"] == "published"), None)
    title = (
        f"What you see was published {published['finished_at']:%Y-%m-%d at %H:%M} UTC"
        if published
        else "No publication is on record"
    )
    return section(
        title,
        table(
            rows,
            {
                "Run": lambda r: r["run_id"][:8],
                "Started (UTC)": "started_at",
                "Seconds": "seconds",
                "State": lambda r: badge(r["state"]),
                "Code": "code_version",
                "Taxonomy": "taxonomy_version",
            },
            "The last runs",
            "No run is on record.",
        ),
        html.H3("What broke the last run that was not published"),
        table(
            broke,
            {
                "Severity": "severity",
                "Suite": "suite",
                "Object": "object",
                "Expectation": "expectation",
                "Saw": "observed",
                "Expected": "expected",
            },
            "Broken expectations",
            "No run on record was held back.",
            top=10,
        ),
        key="runs",
    )


def _gates(reader: Reader) -> html.Section:
    suites, findings = reader.query("gates"), reader.query("gate_findings")
    passed, total = sum(row["passed"] for row in suites), sum(row["expectations"] for row in suites)
    return section(
        f"{passed:,} of {total:,} expectations hold in {len(suites)} suites; {many(len(findings), 'finding', 'findings')}",
        table(
            findings,
            {
                "Object": "object",
                "Expectation": "expectation",
                "Severity": lambda r: badge(r["severity"]),
                "Saw": "observed",
                "Expected": "expected",
            },
            "What does not hold",
            "Every expectation holds.",
            top=30,
        ),
        html.Details(
            [
                html.Summary("All suites"),
                table(
                    suites,
                    {
                        "Suite": "suite",
                        "Expectations": "expectations",
                        "Hold": "passed",
                        "Warnings": "warnings",
                        "Blocking": "blocking",
                    },
                    "Suites",
                    "No suite.",
                    top=200,
                ),
            ],
            className="rule",
        ),
        key="gates",
    )


def _freshness(reader: Reader) -> html.Section:
    rows = reader.query("freshness")
    fresh = sum(row["state"] == "fresh" for row in rows)
    return listing(
        f"{fresh} of {many(len(rows), 'stream is', 'streams are')} fresh",
        rows,
        {
            "Stream": lambda r: f"{r['source']} {r['stream']}",
            "State": lambda r: badge(r["state"]),
            "Last event": "last_event_at",
            "Last loaded": "last_loaded_at",
            "Expected every (days)": "expected_every",
        },
        "Streams, those that are not fresh first",
        "Put exports into the inbox and run `earshot run`; exports.md says which go where.",
        rule(reader, "freshness"),
        none="No stream was loaded yet",
        states=("state",),
        top=100,
        key="freshness",
    )


def _balance(reader: Reader) -> html.Section:
    rows = reader.query("reconciliation")
    balance = sum(abs(row["balance"] or 0) for row in rows)
    read = sum(row["rows_read"] or 0 for row in rows)
    return listing(
        f"{read:,} records were read and {'none is' if balance == 0 else f'{balance:,} are'} unaccounted for",
        rows,
        {
            "Source": "source",
            "Files": "files",
            "Read": lambda r: words(int(r["rows_read"] or 0)),
            "Loaded": lambda r: words(int(r["rows_loaded"] or 0)),
            "Duplicate": lambda r: words(int(r["rows_duplicate"] or 0)),
            "Superseded": lambda r: words(int(r["rows_superseded"] or 0)),
            "Quarantined": lambda r: words(int(r["rows_quarantined"] or 0)),
            "Balance": lambda r: words(int(r["balance"] or 0)),
        },
        "Read = loaded + duplicate + superseded + quarantined",
        "Every record of a file that is delivered is counted here: loaded, duplicate, superseded or quarantined.",
        rule(reader, "balance"),
        none="No file was delivered yet",
        top=60,
        key="reconciliation",
    )


def _losses(reader: Reader) -> html.Section:
    rows = reader.saved("what_did_not_arrive")
    return listing(
        many(len(rows), "file holds records that could not be loaded", "files hold records that could not be loaded"),
        rows,
        {
            "File": "file",
            "State": lambda r: badge(r["state"]),
            "Read": "rows_read",
            "Quarantined": "rows_quarantined",
            "First reason": "first_reason",
        },
        "Files with quarantined records",
        "Every record of every delivered file was loaded.",
        none="No file holds records that could not be loaded",
        top=20,
        key="losses",
    )


def _unlinked(reader: Reader) -> html.Section:
    rows = reader.saved("unlinked_share_by_source")
    return listing(
        "How much of what is heard cannot be attributed to an account",
        rows,
        {
            "Source": "source_system",
            "Channel": "channel",
            "Items": "items",
            "Not attributed": lambda r: f"{percent(r['unlinked_share'])} ({r['unlinked_items']:,})",
            "Accounts": "accounts",
            "Weakest link": "weakest_link",
        },
        "Attribution by source",
        "Feedback comes from support, surveys, calls and research; exports.md names the files.",
        none="No feedback was heard yet that could be attributed to an account",
        key="attribution",
    )
