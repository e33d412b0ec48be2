"""The core marts of a small company whose every row was worked out by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

BUILT = ("+path:models/marts/core", "+int_as_of")
VARIABLES = {"exchange_rates": {"usd": 0.9}}
ACME, BETA, GAMMA, DELTA = "0015g00000AAAAAAA4", "0015g00000BBBBBAA4", "0015g00000CCCCCAA4", "0015g00000DDDDDAA4"
MERGED = "0015g00000EEEEEAA4"


def at(day: str, time: str = "12:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{time}:00+00:00")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def account(key: str, name: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "name": name, "created_at": at("2023-01-01"), "updated_at": at("2025-01-01"), **more}


def ticket(key: str, text: str | None, **more: Any) -> dict[str, Any]:
    return {"id": key, "_text": text, "status": "open", "created_at": at("2025-05-01"), "updated_at": at("2025-05-02"), **more}


def response(key: str, score: int, text: str | None = None, **more: Any) -> dict[str, Any]:
    return {"response_id": key, "score": score, "_text": text, "created_at": at("2025-05-10"), **more}


SLOW = "Love it 👍 but dashboards load slowly."
QUOTE = "dashboards load slowly"
AGAIN = "Six weeks on dashboards load slowly, and we still need SSO."


def comment(key: str, case: str, author: str, text: str, **more: Any) -> dict[str, Any]:
    said = {"id": key, "ticket_id": case, "author_id": author, "public": True, "_text": text}
    return {**said, "created_at": at("2025-05-12"), **more}


def deliver(w: Any) -> None:
    """Everything the company has exported."""
    w.insert(
        "raw.salesforce__account",
        [
            account(
                ACME,
                "Acmé GmbH",
                type="Customer - Direct",
                website="https://www.acme.com/de",
                arr=1000.0,
                currency="USD",
                segment="Enterprise",
                renewal_at=date(2026, 1, 1),
            ),
            account(BETA, "Beta, Inc.", type="Customer", website="beta.io", arr=500.0, currency="EUR", external_id="B-1"),
            account(GAMMA, "Gamma Ltd", type="Prospect", website="linkedin.com/company/gamma", arr=7.0, currency="CHF"),
            account(DELTA, "Delta SAS", type="Former Customer", website="acme.com"),
            account(MERGED, "Old Beta", merged_into=BETA, is_deleted=True, _deleted=True),
            account("0015g00000FFFFFAA4", "Deleted", _deleted=True),
        ],
    )
    w.insert(
        "raw.salesforce__contact",
        [
            {"id": "0035g00000CONT1AA4", "account_id": GAMMA, "email_key": "k-gamma", "email_domain": "gamma.dev"},
            {"id": "0035g00000CONT2AA4", "account_id": GAMMA, "email_key": "k-gmail", "email_domain": "gmail.com"},
        ],
    )
    w.insert(
        "raw.salesforce__opportunity",
        [
            {"id": "0065g00000OPPO1AA4", "account_id": ACME, "stage": "Closed Won", "amount": 100.0, "currency": "USD",
             "is_closed": True, "is_won": True, "close_date": date(2024, 1, 1), "type": "New", "created_at": at("2023-10-01")},
            {"id": "0065g00000OPPO2AA4", "account_id": BETA[:15], "stage": "Closed Lost", "amount": 50.0, "is_closed": True,
             "is_won": False, "close_date": date(2025, 3, 1), "type": "Renewal", "loss_reason": "price"},
            {"id": "0065g00000OPPO3AA4", "account_id": GAMMA, "stage": "Negotiation", "amount": 9.0, "currency": "CHF",
             "is_closed": False, "is_won": False, "close_date": date(2025, 9, 1), "type": "New"},
        ],
    )  # fmt: skip
    w.insert(
        "raw.salesforce__task",
        [
            {"id": "00T1", "account_id": ACME, "_text": "Asked for SSO.", "activity_date": date(2025, 5, 20),
             "created_at": at("2025-05-21")},
            {"id": "00T6", "account_id": ACME, "_text": "Called.", "activity_date": date(2025, 5, 20),
             "created_at": at("2025-05-20")},
            {"id": "00T2", "related_id": "0065g00000OPPO3AA4", "_text": "Price is a blocker.", "created_at": at("2025-05-21")},
            {"id": "00T3", "contact_id": "0035g00000CONT1AA4", "_text": "Wants an API.", "created_at": at("2025-05-22")},
            {"id": "00T4", "account_id": MERGED, "_text": "Named the old account.", "created_at": at("2025-05-23")},
            {"id": "00T5", "account_id": ACME, "_text": None, "created_at": at("2025-05-24")},
        ],
    )  # fmt: skip
    people = [("Customer Success", 3), ("Product Management", 2), ("Sales EMEA", 4), ("Sales EMEA", 0)]
    w.insert(
        "raw.salesforce__user",
        [
            {"id": f"005{index}{number}", "department": department, "is_active": True}
            for index, (department, count) in enumerate(people)
            for number in range(count)
        ]
        + [{"id": "005x", "department": "Sales EMEA", "is_active": False}, {"id": "005y", "is_active": True}],
    )
    w.insert(
        "raw.zendesk__organization",
        [
            {"id": "501", "name": "ACME", "external_id": ACME[:15], "domain_names": ["beta.io"]},
            {"id": "502", "name": "Somebody", "domain_names": ["Beta.io", "gmail.com"]},
            {"id": "503", "name": "gamma limited", "domain_names": ["acme.com"]},
            {"id": "504", "name": "Stranger", "domain_names": []},
        ],
    )
    w.insert(
        "raw.zendesk__user",
        [
            {"id": "901", "role": "end-user", "organization_id": "501", "email_key": "k-901", "email_domain": "acme.com"},
            {"id": "902", "role": "end-user", "email_key": "k-902", "email_domain": "gamma.dev"},
            {"id": "903", "role": "end-user", "email_key": "k-903", "email_domain": "gmail.com"},
            {"id": "904", "role": "end-user"},
            {"id": "950", "role": "agent"},
        ],
    )
    w.insert(
        "raw.zendesk__ticket",
        [
            ticket("1", SLOW, organization_id="502", requester_id="901", url="https://x.zendesk.com/api/v2/tickets/1.json"),
            ticket("2", "Login fails", requester_id="901", status="solved", satisfaction="good", tags=["vip", "area_admin"]),
            ticket("3", "Crash", requester_id="902", satisfaction="offered"),
            ticket("4", "Refund", requester_id="903"),
            ticket("5", None, requester_id="904", status="closed"),
            ticket("6", "gone", status="deleted", _deleted=True),
        ],
    )
    w.insert(
        "raw.zendesk__comment",
        [
            comment("c1", "1", "901", SLOW, created_at=at("2025-05-01")),
            comment("c2", "1", "901", AGAIN),
            comment("c3", "1", "901", QUOTE),
            comment("c4", "1", "950", "We look into it."),
            comment("c5", "2", "901", "A note that nobody outside sees", public=False),
            comment("c6", "3", "903", "Me too."),
            comment("c7", "3", "905", "Nobody knows who this is."),
            comment("c8", "6", "901", "On a case that is gone"),
        ],
    )
    w.insert(
        "raw.zendesk__satisfaction_rating",
        [
            {"id": "71", "ticket_id": "3", "score": "good", "created_at": at("2025-05-03")},
            {"id": "72", "ticket_id": "3", "score": "bad_with_comment", "created_at": at("2025-05-04")},
            {"id": "73", "ticket_id": "3", "score": "offered", "created_at": at("2025-05-05")},
        ],
    )
    w.insert(
        "raw.delighted__response",
        [
            response("d1", 9, SLOW, account_external_id=ACME, email_domain="beta.io", product_area=" Analytics "),
            response("d2", 6, None, company="BETA GmbH & Co. KG", email_domain="gmail.com", email_key="k-d2"),
            response("d3", 8, "ok", email_domain="acme.com", person_id="p3", permalink="https://delighted.com/r/d3"),
            response("d4", 5, "csat words", survey_type="csat", email_domain="beta.io"),
        ],
    )
    w.insert(
        "raw.qualtrics__response",
        [
            {"response_id": "R_1", "score": 10, "finished": "True", "status": "IP Address", "recorded_at": at("2025-06-01")},
            {"response_id": "R_2", "score": 3, "finished": "True", "status": "Survey Preview", "recorded_at": at("2025-06-01")},
            {"response_id": "R_3", "score": 3, "finished": "1", "status": "2", "recorded_at": at("2025-06-01"), "_text": "try"},
            {"response_id": "R_4", "finished": "False", "status": "0", "recorded_at": at("2025-06-01")},
            {"response_id": "R_5", "finished": "False", "status": "0", "recorded_at": at("2025-06-02"), "_text": "half way",
             "account_external_id": "B-1"},
        ],
    )  # fmt: skip
    w.insert(
        "raw.amplitude__event",
        [
            {"uuid": f"e{number}", "event_type": kind, "event_at": when, "user_id": user, "event_properties": properties,
             "groups": groups}
            for number, (kind, when, user, properties, groups) in enumerate(
                [
                    ("Report Opened", at("2025-05-01", "23:59"), "u1", {"feature": "reports"}, {"account_id": [ACME]}),
                    ("Report Opened", at("2025-05-01"), "u1", {"feature": "reports"}, {"account_id": ACME[:15]}),
                    ("Report Opened", at("2025-05-01"), "u2", {"feature": "reports"}, {"company": "Acme"}),
                    ("Report Opened", at("2025-05-02", "00:00"), "u2", {}, {"company": "Acme"}),
                    ("session_start", at("2025-05-01"), "u2", None, {"company": "Acme"}),
                    ("Import", at("2025-05-01"), None, None, None),
                ]
            )
        ],
    )  # fmt: skip
    w.insert("ops.state", [{"name": "contact_salt", "value": "s"}])
    w.insert("ops.run", [{"run_id": "r1", "started_at": at("2025-07-01"), "state": "running"}])
    themes = [("performance_speed", "platform"), ("sso_security", "admin")]
    w.insert(
        "enriched.theme",
        [
            {"theme_id": key, "theme_name": key, "product_area": area, "status": "active", "valid_from": at("2020-01-01")}
            for key, area in themes
        ],
    )
    for version, sentiment in (("v1", -0.9), ("v2", 0.5)):
        w.insert(
            "enriched.text",
            [
                {"text_sha256": sha(text), "model_version": version, "language": "en", "sentiment": sentiment,
                 "sentiment_label": "positive" if sentiment > 0 else "negative"}
                for text in (SLOW, AGAIN, "Asked for SSO.")
            ],
        )  # fmt: skip
        start = SLOW.index(QUOTE)
        w.insert(
            "enriched.text_theme",
            [
                {"text_sha256": sha(SLOW), "model_version": version, "theme_id": "performance_speed", "confidence": confidence,
                 "quote": QUOTE, "quote_start": start, "quote_end": start + len(QUOTE), "quote_sha256": sha(QUOTE),
                 "method": "seed", "taxonomy_version": "t1"}
                for confidence in (0.9, 0.4)
            ],
        )  # fmt: skip
        quotes = {"performance_speed": QUOTE, "sso_security": "we still need SSO"}
        w.insert(
            "enriched.text_theme",
            [
                {"text_sha256": sha(AGAIN), "model_version": version, "theme_id": theme, "confidence": 0.8, "quote": quote,
                 "quote_start": AGAIN.index(quote), "quote_end": AGAIN.index(quote) + len(quote), "quote_sha256": sha(quote),
                 "method": "seed", "taxonomy_version": "t1"}
                for theme, quote in quotes.items()
            ],
        )  # fmt: skip


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, make_warehouse: Any) -> Iterator[Any]:
    w = make_warehouse(tmp_path_factory.mktemp("company"))
    deliver(w)
    w.must("build", "--select", *BUILT, variables=VARIABLES)
    return w


def ids(w: Any) -> dict[str, str]:
    """Account id by name."""
    return dict(w.query("select account_name, account_id from marts.core.account"))


def named(w: Any, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query over `core` whose account ids are replaced by names."""
    names = {key: name for name, key in ids(w).items()}
    return [tuple(names.get(value, value) if isinstance(value, str) else value for value in row) for row in w.query(query)]


def test_accounts_carry_what_the_crm_says(company: Any) -> None:
    rows = company.query(
        "select account_name, domain, segment, arr, lifecycle_stage, renewal_at, source_count, min_link_confidence "
        "from marts.core.account order by account_name"
    )
    assert rows == [
        ("Acmé GmbH", "acme.com", "Enterprise", pytest.approx(900.0), "customer", datetime(2026, 1, 1, tzinfo=UTC), 4, 0.85),
        ("Beta, Inc.", "beta.io", "unknown", 500.0, "churned", None, 4, 0.85),
        ("Delta SAS", "acme.com", "unknown", None, "churned", None, 1, 1.0),
        ("Gamma Ltd", "gamma.dev", "unknown", None, "prospect", None, 2, 0.85),
    ]


def test_each_record_is_linked_by_the_first_method_that_names_one_account(company: Any) -> None:
    rows = named(
        company,
        "select source_system, source_id, account_id, match_method, match_confidence from marts.core.account_link "
        "where source_system in ('zendesk', 'delighted', 'qualtrics') or source_id = '" + MERGED + "' order by 1, 2",
    )
    assert rows == [
        ("delighted", "domain:acme.com", None, "none", None),
        ("delighted", "domain:beta.io", "Beta, Inc.", "domain", 0.95),
        ("delighted", f"id:{ACME}|domain:beta.io", "Acmé GmbH", "external_id", 1.0),
        ("delighted", "name:BETA GmbH & Co. KG|domain:gmail.com", "Beta, Inc.", "exact_name", 0.85),
        ("qualtrics", "id:B-1", "Beta, Inc.", "external_id", 1.0),
        ("salesforce", MERGED, "Beta, Inc.", "external_id", 1.0),
        ("zendesk", "501", "Acmé GmbH", "external_id", 1.0),
        ("zendesk", "502", "Beta, Inc.", "domain", 0.95),
        ("zendesk", "503", "Gamma Ltd", "exact_name", 0.85),
        ("zendesk", "504", None, "none", None),
        ("zendesk", "domain:gamma.dev", "Gamma Ltd", "domain", 0.95),
        ("zendesk", "domain:gmail.com", None, "none", None),
    ]


def test_feedback_unions_all_channels_and_leaves_out_what_no_customer_said(company: Any) -> None:
    rows = named(
        company,
        "select source_system, source_key, channel, account_id, nps_score, occurred_at::date from marts.core.feedback "
        "order by 1, 2",
    )

    def may(day: int) -> date:
        return date(2025, 5, day)

    assert rows == [
        ("delighted", "d1", "nps", "Acmé GmbH", 9, may(10)),
        ("delighted", "d3", "nps", None, 8, may(10)),
        ("delighted", "d4", "research", "Beta, Inc.", None, may(10)),
        ("qualtrics", "R_5", "research", "Beta, Inc.", None, date(2025, 6, 2)),
        ("salesforce", "00T1", "sales", "Acmé GmbH", None, may(20)),
        ("salesforce", "00T2", "sales", "Gamma Ltd", None, may(21)),
        ("salesforce", "00T3", "sales", "Gamma Ltd", None, may(22)),
        ("salesforce", "00T4", "sales", "Beta, Inc.", None, may(23)),
        ("salesforce", "00T6", "sales", "Acmé GmbH", None, may(20)),
        ("zendesk", "1", "support", "Beta, Inc.", None, may(1)),
        ("zendesk", "2", "support", "Acmé GmbH", None, may(1)),
        ("zendesk", "3", "support", "Gamma Ltd", None, may(1)),
        ("zendesk", "4", "support", None, None, may(1)),
        ("zendesk", "c2", "support", "Beta, Inc.", None, may(12)),
        ("zendesk", "c6", "support", "Gamma Ltd", None, may(12)),
    ]


def test_what_customers_add_to_a_case_is_heard_and_its_themes_count_once_a_case(company: Any) -> None:
    """Neither the first words again, nor agents' answers, notes, strangers and deleted cases are feedback."""
    rows = company.query(
        "select f.source_stream, f.source_key, t.theme_id from marts.core.feedback f "
        "left join marts.core.feedback_theme t using (feedback_id) where f.source_system = 'zendesk' and "
        "(f.source_stream = 'comment' or f.source_key = '1') order by all"
    )
    assert rows == [("comment", "c2", "sso_security"), ("comment", "c6", None), ("ticket", "1", "performance_speed")]
    people = dict(company.query("select source_key, contact_key from marts.core.feedback where source_stream = 'comment'"))
    assert people == {"c2": "k-901", "c6": "k-903"}


def test_a_note_has_the_time_it_was_entered_where_that_was_the_day_of_the_activity(company: Any) -> None:
    rows = company.query("select occurred_at from marts.core.feedback where source_key in ('00T1', '00T6') order by source_key")
    assert rows == [(at("2025-05-20", "00:00"),), (at("2025-05-20"),)]


def test_judgement_is_that_of_the_version_written_last(company: Any) -> None:
    rows = company.query(
        "select source_key, language, sentiment, sentiment_label, product_area, source_url from marts.core.feedback "
        "where source_key in ('1', '2', 'd1', '00T1') order by 1"
    )
    assert rows == [
        ("00T1", "en", 0.5, "positive", None, None),
        ("1", "en", 0.5, "positive", "platform", "https://x.zendesk.com/agent/tickets/1"),
        ("2", None, None, None, "admin", None),
        ("d1", "en", 0.5, "positive", "analytics", None),
    ]


def test_evidence_is_an_exact_piece_of_the_text(company: Any) -> None:
    rows = company.query(
        "select f.source_key, t.theme_id, t.confidence, "
        "substring(f.text, t.quote_start + 1, t.quote_end - t.quote_start) = t.quote, sha256(t.quote) = t.quote_sha256, "
        "t.raised_by is not null and t.raised_by = f.account_id "
        "from marts.core.feedback_theme t join marts.core.feedback f using (feedback_id) order by 1"
    )
    assert rows == [
        ("1", "performance_speed", 0.9, True, True, True),
        ("c2", "sso_security", 0.8, True, True, True),
        ("d1", "performance_speed", 0.9, True, True, True),
    ]


def test_contacts_are_keyed_by_hashes_and_never_by_the_vendors_id(company: Any) -> None:
    rows = dict(company.query("select source_key, contact_key from marts.core.feedback"))
    assert (rows["2"], rows["4"], rows["00T3"]) == ("k-901", "k-903", "k-gamma")
    assert rows["d3"] == sha("s|delighted|p3")[:32]
    assert rows["R_5"] is None


def test_nps_responses_are_scored_answers_with_or_without_words(company: Any) -> None:
    rows = named(
        company, "select response_id, account_id, score, nps_group, feedback_id is null from marts.core.nps_response order by 1"
    )
    assert rows == [
        ("delighted:d1", "Acmé GmbH", 9, "promoter", False),
        ("delighted:d2", "Beta, Inc.", 6, "detractor", True),
        ("delighted:d3", None, 8, "passive", False),
        ("qualtrics:R_1", None, 10, "promoter", True),
    ]


def test_excluded_responses_are_counted_with_their_reason(company: Any) -> None:
    rows = company.query(
        "select source_key, exclusion_reason from intermediate.int_survey_response "
        "where exclusion_reason is not null order by 1"
    )
    assert rows == [("R_2", "preview"), ("R_3", "test"), ("R_4", "unfinished_without_answer")]


def test_tickets_have_their_latest_rating_and_the_words_they_had(company: Any) -> None:
    rows = named(
        company,
        "select ticket_id, account_id, status, satisfaction, solved_at, feedback_id is null from marts.core.ticket order by 1",
    )
    solved = at("2025-05-02")
    assert rows == [
        ("zendesk:1", "Beta, Inc.", "open", None, None, False),
        ("zendesk:2", "Acmé GmbH", "solved", "good", solved, False),
        ("zendesk:3", "Gamma Ltd", "open", "bad", None, False),
        ("zendesk:4", None, "open", None, None, False),
        ("zendesk:5", None, "closed", None, solved, True),
    ]


def test_deals_are_in_the_reporting_currency_or_without_amount(company: Any) -> None:
    rows = named(
        company, "select opportunity_id, account_id, amount, is_won, is_lost, closed_at from marts.core.opportunity order by 1"
    )
    assert rows == [
        ("salesforce:0065g00000OPPO1AA4", "Acmé GmbH", pytest.approx(90.0), True, False, datetime(2024, 1, 1, tzinfo=UTC)),
        ("salesforce:0065g00000OPPO2AA4", "Beta, Inc.", 50.0, False, True, datetime(2025, 3, 1, tzinfo=UTC)),
        ("salesforce:0065g00000OPPO3AA4", "Gamma Ltd", None, False, False, None),
    ]


def test_usage_counts_people_once_however_the_account_is_named(company: Any) -> None:
    rows = named(
        company,
        "select usage_date, account_id, feature, active_users, events from marts.core.feature_usage_daily "
        "order by 1, 2 nulls last, 3",
    )
    assert rows == [
        (date(2025, 5, 1), "Acmé GmbH", "reports", 2, 3),
        (date(2025, 5, 1), None, "Import", 0, 1),
        (date(2025, 5, 2), "Acmé GmbH", "Report Opened", 1, 1),
    ]


def test_small_teams_lose_their_count_and_nobody_is_listed(company: Any) -> None:
    rows = company.query("select team_name, function, headcount, suppressed from marts.core.team order by 1")
    assert rows == [
        ("Customer Success", "customer_success", 3, False),
        ("Product Management", "product", None, True),
        ("Sales EMEA", "sales", 4, False),
    ]


def test_readers_find_the_meaning_of_columns_in_the_published_file(company: Any) -> None:
    undescribed = company.query(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where database_name = 'marts' and schema_name = 'core' and coalesce(comment, '') = ''"
    )
    assert undescribed == []
    assert company.query("select count(*) from duckdb_tables() where database_name = 'marts' and comment is null") == [(0,)]


def test_marts_file_holds_public_schemas_alone(company: Any, tmp_path: Path) -> None:
    schemas = company.query(
        "select distinct schema_name from duckdb_tables() where database_name = 'marts' "
        "union select distinct schema_name from duckdb_views() where database_name = 'marts' and not internal"
    )
    assert schemas == [("core",)]


def test_everything_looks_back_from_the_latest_feedback_that_is_not_in_the_future(company: Any) -> None:
    assert company.query("select as_of from intermediate.int_as_of") == [(at("2025-06-02"),)]
    company.insert("raw.zendesk__ticket", [ticket("99", "from a broken clock", created_at=at("2095-01-01"))])
    company.must("run", "--select", "int_ticket", "int_feedback_unioned", "int_as_of", variables=VARIABLES)
    assert company.query("select as_of from intermediate.int_as_of") == [(at("2025-06-02"),)]


def test_a_score_without_a_word_is_not_later_than_now(company: Any) -> None:
    company.insert("raw.delighted__response", [response("d99", 9, created_at=at("2025-06-02", "23:00"))])
    company.must("run", "--select", "int_survey_response", "int_feedback_unioned", "int_as_of", variables=VARIABLES)
    assert company.query("select as_of from intermediate.int_as_of") == [(at("2025-06-02", "23:00"),)]


def test_a_set_moment_and_a_named_model_version_win_and_no_key_is_made_without_salt(company: Any) -> None:
    variables = {**VARIABLES, "as_of": "2025-01-31T00:00:00+00:00", "model_version": "v1"}
    company.execute("delete from ops.state where name = 'contact_salt'")
    selected = ("int_as_of", "int_text_judgement", "int_survey_response", "int_feedback_unioned", "feedback")
    company.must("run", "--select", *selected, variables=variables)
    assert company.query("select as_of from intermediate.int_as_of") == [(at("2025-01-31", "00:00"),)]
    assert company.query("select distinct sentiment from marts.core.feedback where sentiment is not null") == [(-0.9,)]
    # Without its salt, a vendor's id is not hashed at all: such a hash could be guessed.
    assert company.query("select contact_key from marts.core.feedback where source_key = 'd3'") == [(None,)]
