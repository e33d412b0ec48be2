"""One small company whose data sits in many systems: exports of every vendor, loaded as they are, in one build."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.landing import Landing
from orchestration.assets.loaded import load_new_files
from orchestration.declared import workspace_specs
from orchestration.resources import LogProgress
from orchestration.settings import load_settings

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "exports"
VENDORS = (
    "hubspot",
    "intercom",
    "surveymonkey",
    "typeform",
    "mixpanel",
    "posthog",
    "freshdesk",
    "gong",
    "interviews",
    "dovetail",
    "segment",
    "pendo",
    "jira_service_management",
)
# Two sources that nobody wrote a line of code for.
DECLARED = """
[sources.churn_calls]
format = "csv"
key = ["call"]
fields = ["call", "called_at", "customer", "contact", "area", "what_they_said"]
text = ["what_they_said"]
types = { called_at = "date" }
personal = { contact = "email" }
feedback = { channel = "sales", occurred_at = "called_at", account_name = "customer", email = "contact", product_area = "area" }

[sources.kiosk]
format = "parquet"
kind = "nps"
key = ["id", "day"]
fields = ["id", "day", "account", "score", "words"]
text = ["words"]
types = { day = "date", score = "integer" }
feedback = { channel = "nps", occurred_at = "day", account_id = "account", score = "score" }
"""
CALLS = """Call,Called at,Customer,Contact,Area,What they said
c1,2025-03-28,Quill & Söhne,p@quill.example,Onboarding,The trial was too short
c2,2025-03-29,,j@harborfoods.example,,"Left, after the exports broke"
c3,2025-03-30,Nobody,,,
"""
KIOSK = [
    {"id": 1, "day": date(2025, 3, 28), "account": "25177527565", "score": 7, "words": "fine"},
    {"id": 1, "day": date(2025, 3, 29), "account": None, "score": 1, "words": None},
    {"id": 2, "day": date(2025, 3, 29), "account": "25177527566", "score": 11, "words": "eleven"},
]
MODELS = (
    "+account",
    "+account_history",
    "+account_link",
    "+feedback",
    "+nps_response",
    "+ticket",
    "+opportunity",
    "+feature_usage_daily",
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, make_warehouse: Callable[[Path], Any]) -> Any:
    """The published core of a company that uses all these systems."""
    root = tmp_path_factory.mktemp("vendors")
    (root / "earshot.toml").write_text(DECLARED, encoding="utf-8")
    settings = load_settings(root)
    declared = ("churn_calls", "kiosk")
    for name in declared:
        (root / "inbox" / name).mkdir(parents=True)
    (root / "inbox" / "churn_calls" / "march.csv").write_text(CALLS, encoding="utf-8")
    pq.write_table(pa.Table.from_pylist(KIOSK), root / "inbox" / "kiosk" / "march.parquet")
    for vendor in VENDORS:
        shutil.copytree(FIXTURES / vendor, root / "inbox" / vendor)
    warehouse = make_warehouse(settings.state_dir)
    Landing(settings.landing_dir).collect(settings.inbox, (*VENDORS, *declared))
    load_new_files(settings, workspace_specs(settings), "batch-1", LogProgress())
    warehouse.must("build", "--select", *MODELS, "--exclude", "test_type:unit", "feedback_theme")
    return warehouse


def table(name: str, **options: Any) -> list[dict[str, str]]:
    """Rows of a CSV fixture, by Python's own reader."""
    with (FIXTURES / name).open(newline="", **options) as file:
        return list(csv.DictReader(file))


def pages(name: str, envelope: str | None = None) -> list[dict[str, Any]]:
    """Records of a JSON fixture."""
    content = json.loads((FIXTURES / name).read_text("utf-8"))
    return content[envelope] if envelope else content


def lines(name: str) -> list[dict[str, Any]]:
    """Records of an NDJSON fixture."""
    return [json.loads(line) for line in (FIXTURES / name).read_text("utf-8").split("\n") if line]


def counts(warehouse: Any, relation: str, by: str) -> dict[Any, int]:
    return dict(warehouse.query(f"select {by}, count(*) from marts.core.{relation} group by 1"))


def naive_count(path: Path) -> int:
    """Records of a fixture, counted by the libraries of its format."""
    match path.suffix:
        case ".csv":
            encoding = "cp1252" if path.stem == "response_condensed" else "utf-8"
            with path.open(newline="", encoding=encoding) as file:
                return sum(1 for _ in csv.reader(file)) - (
                    2 if (path.parent.name, path.stem) == ("surveymonkey", "response") else 1
                )
        case ".json":
            content = json.loads(path.read_text("utf-8"))
            inner = content.values() if isinstance(content, dict) else [content]
            return max(len(value) for value in inner if isinstance(value, list))
        case ".parquet":
            return int(pq.read_metadata(path).num_rows)
        case ".avro":
            with path.open("rb") as file:
                return sum(1 for _ in fastavro.reader(file))
        case ".md":
            return 1
    return path.read_text("utf-8").count("\n")


def test_no_record_is_lost_on_the_way_in(company: Any) -> None:
    read = "select sum(rows_read), sum(rows_loaded + rows_duplicate + rows_superseded + rows_quarantined) from ops.file"
    ((records, accounted),) = company.query(read)
    assert records == accounted == 6 + sum(naive_count(path) for vendor in VENDORS for path in (FIXTURES / vendor).iterdir())
    assert company.query("select file, reason from ops.file where state != 'loaded'") == []
    assert company.query("select * from ops.quarantine") == []


def test_accounts_are_those_of_the_crm(company: Any) -> None:
    living = [c["properties"]["name"] for c in pages("hubspot/company.json", "results") if not c["archived"]]
    listed = [c["Company name"] for c in table("hubspot/company_list.csv")]
    assert sorted(name for (name,) in company.query("select account_name from marts.core.account")) == sorted(living + listed)
    ((arr,),) = company.query("select sum(arr) from marts.core.account")
    expected = [c["properties"]["arr"] for c in pages("hubspot/company.json", "results") if not c["archived"]]
    expected += [c["ARR"] for c in table("hubspot/company_list.csv")]
    assert arr == sum(float(value) for value in expected if value)
    stages = dict(company.query("select account_name, lifecycle_stage from marts.core.account"))
    # A lost renewal ends a customer, whatever the CRM's own stage still says.
    assert stages["Harbor Foods"] == "churned"
    assert stages["Northlight Instruments"] == "customer"
    assert stages["Quill & Söhne"] == "prospect"


def test_every_system_is_linked_to_the_same_account(company: Any) -> None:
    linked = """
        select count(distinct link.source_system) from marts.core.account_link as link
        inner join marts.core.account using (account_id) where account_name = ?
    """
    ((systems,),) = company.query(linked.replace("?", "'Northlight Instruments'"))
    # The kiosk too; not Dovetail, whose notes are of others, and not Gong, whose calls name the CRM's record itself.
    assert systems == len(VENDORS) + 1 - 2
    methods = {
        (system, key): method
        for system, key, method in company.query("select source_system, source_id, match_method from marts.core.account_link")
    }
    assert methods["freshdesk", "301"] == "external_id"
    assert methods["freshdesk", "302"] == "domain"
    assert methods["intercom", "domain:gmail.com"] == "none"


def test_feedback_counts_every_word_once(company: Any) -> None:
    typeform = table("typeform/response.csv")
    options = table("surveymonkey/response.csv")[1:]
    condensed = table("surveymonkey/response_condensed.csv", encoding="cp1252")
    why, better = "Why did you give that score?", next(name for name in options[0] if name.startswith("What changes"))
    paged = [json.dumps(r["pages"]) for r in pages("surveymonkey/response_api.json", "data")]
    transcripts = pages("gong/transcript.json", "callTranscripts")
    calls = pages("gong/call.json", "calls")
    spoken = {t["callId"] for t in transcripts}
    tickets = [t for t in pages("freshdesk/ticket.json") if not t["spam"] and not t.get("deleted")]
    conversations = pages("intercom/conversation.json", "conversations")
    expected = {
        "typeform": sum(bool(r["Why did you choose that score?"]) for r in typeform),
        "surveymonkey": sum(bool(r[better]) for r in options)
        + sum(bool(r[why]) for r in condensed)
        + sum('"text"' in answers for answers in paged),
        "pendo": sum(r["poll_id"] == "pollwhy" for r in table("pendo/poll_event.csv")),
        "intercom": sum(bool(c["source"]["body"]) and c["source"]["author"]["type"] == "user" for c in conversations),
        "freshdesk": len(tickets) + len(table("freshdesk/ticket_report.csv")),
        "jira_service_management": len(table("jira_service_management/request.csv")),
        "hubspot": sum(
            bool(e["properties"].get("hs_note_body") or e["properties"].get("hs_call_body"))
            for e in pages("hubspot/engagement.json", "results")
        ),
        "gong": len(spoken) + sum(c["metaData"]["id"] not in spoken and "brief" in c["content"] for c in calls),
        "interviews": len(table("interviews/note.csv")) + len(list((FIXTURES / "interviews").glob("*.md"))),
        "dovetail": len(table("dovetail/note.csv")),
    }
    expected |= {"churn_calls": 2, "kiosk": 2}
    assert counts(company, "feedback", "source_system") == expected
    channels = {channel for (channel,) in company.query("select distinct channel from marts.core.feedback")}
    assert channels == {"nps", "support", "sales", "research"}
    ((joined,),) = company.query("select text from marts.core.feedback where source_key = '7782342274025937895'")
    said = [s["text"] for p in transcripts[0]["transcript"] for s in p["sentences"]]
    # Whom the seller thanks is nobody's business.
    assert joined.split("\n") == [text.replace("Ada", "[NAME]") for text in said]


def test_scores_are_read_as_they_are_worded(company: Any) -> None:
    scores = company.query("select source_system, score from marts.core.nps_response order by 1, 2")
    assert scores == [
        *(("kiosk", score) for score in (1, 7)),
        *(("pendo", score) for score in (2, 9)),
        *(("surveymonkey", score) for score in (0, 3, 8, 9, 9, 9, 10)),
        *(("typeform", score) for score in (6, 9)),
    ]
    excluded = "select source_system, exclusion_reason from intermediate.int_survey_response where exclusion_reason is not null"
    assert company.query(excluded) == [("typeform", "unfinished_without_answer")]


def test_tickets_and_deals(company: Any) -> None:
    assert counts(company, "ticket", "source_system") == {"freshdesk": 4, "intercom": 4, "jira_service_management": 2}
    solved = "select ticket_id, solved_at::varchar, satisfaction from marts.core.ticket where solved_at is not null order by 1"
    assert company.query(solved) == [
        ("freshdesk:101", "2025-03-05 08:30:00+00", None),
        ("freshdesk:201", "2025-03-06 12:00:00+00", "bad"),
        ("intercom:215460001", "2025-03-04 09:58:12+00", "bad"),
        ("intercom:215460002", "2025-03-05 11:59:00+00", "good"),
        ("jira_service_management:HELP-1", "2025-03-26 08:59:00+00", "bad"),
    ]
    deals = pages("hubspot/deal.json", "results")
    ((count, amount, won, lost),) = company.query(
        "select count(*), sum(amount), count_if(is_won), count_if(is_lost) from marts.core.opportunity"
    )
    assert (count, won, lost) == (len(deals), 1, 1)
    assert amount == sum(float(d["properties"]["amount"] or 0) for d in deals)


def test_usage_is_counted_once_per_event(company: Any) -> None:
    mixpanel = {json.dumps(e, sort_keys=True) for e in lines("mixpanel/event.ndjson") if not e["event"].startswith("$")}
    posthog = [e for e in lines("posthog/event.jsonl") if not e["event"].startswith("$") or "feature" in e["properties"]]
    # The Parquet fixture holds the same three events under other ids, a day later.
    segment = {r["id"] for r in table("segment/track.csv")} | {
        e["messageId"] for e in lines("segment/track_calls.ndjson") if e["type"] == "track"
    }
    with (FIXTURES / "pendo" / "event_sync.avro").open("rb") as file:
        synced = sum(record["numEvents"] for record in fastavro.reader(file))
    pendo = synced + sum(int(r["num_events"]) for r in table("pendo/event.csv"))
    ((events,),) = company.query("select sum(events) from marts.core.feature_usage_daily")
    assert events == len(mixpanel) + 2 * len(posthog) + len(segment) + pendo
    ((linked,),) = company.query("select sum(events) from marts.core.feature_usage_daily where account_id is not null")
    # A segment call without group and a Pendo visitor without account.
    assert linked == events - 1 - 2


def test_a_source_that_is_only_declared_is_heard_like_any_other(company: Any) -> None:
    query = """
        select source_key, channel, occurred_at::date::varchar, account_name, feedback.product_area, text,
            contact_key is not null
        from marts.core.feedback left join marts.core.account using (account_id)
        where source_system = 'churn_calls' order by 1
    """
    assert company.query(query) == [
        ("c1", "sales", "2025-03-28", "Quill & Söhne", "onboarding", "The trial was too short", True),
        ("c2", "sales", "2025-03-29", "Harbor Foods", None, "Left, after the exports broke", True),
    ]
    kiosk = "select source_key, channel, nps_score from marts.core.feedback where source_system = 'kiosk' order by 1"
    # A score beyond the scale is none; what was said with it is heard all the same.
    assert company.query(kiosk) == [("1|2025-03-28", "nps", 7), ("2|2025-03-29", "research", None)]
    stored = [column for (column,) in company.query("select column_name from (describe raw.churn_calls__item)")]
    assert "contact" not in stored
    assert {"contact_key", "contact_domain", "_text"} <= set(stored)


def test_usage_that_an_older_version_counted_is_counted_again(company: Any) -> None:
    query = "select source_system, count(*), sum(events) from intermediate.int_feature_use group by 1 order by 1"
    before = company.query(query)
    for column in ("source_system", "day_version"):
        company.execute(f"alter table intermediate.int_feature_use drop column {column}")
    company.must("run", "--select", "int_feature_use")
    assert company.query(query) == before
