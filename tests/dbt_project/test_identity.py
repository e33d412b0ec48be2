"""Accounts without a CRM, ids that outlive the arrival of one, and usage that is counted again only where it changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

ONLY_TABLES = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
ACCOUNTS = ("build", "--select", "+account", "+account_link", *ONLY_TABLES)
CRM_ID = "0015g00000AAAAAAA4"


def links(w: Any) -> dict[tuple[str, str], str | None]:
    rows = w.query("select source_system, source_id, account_id from marts.core.account_link")
    return {(system, key): account for system, key, account in rows}


def names(w: Any) -> dict[str, str]:
    return dict(w.query("select account_name, account_id from marts.core.account"))


def test_an_account_keeps_its_id_from_surveys_to_support_to_crm(warehouse: Any) -> None:
    w = warehouse
    w.insert(
        "raw.delighted__response",
        [
            {"response_id": "1", "score": 9, "account_external_id": "A-1", "company": "Acme", "email_domain": "acme.com"},
            {"response_id": "2", "score": 5, "email_domain": "acme.com"},
            {"response_id": "3", "score": 5, "email_domain": "beta.io"},
            {"response_id": "4", "score": 5, "company": "Gamma Ltd"},
            {"response_id": "5", "score": 5, "email_domain": "gmail.com"},
        ],
    )
    w.must(*ACCOUNTS)
    surveys = names(w)
    assert sorted(surveys) == ["Acme", "Gamma Ltd", "beta.io"]
    assert w.query("select distinct segment, lifecycle_stage from marts.core.account") == [("unknown", "customer")]
    found = links(w)
    assert found["delighted", "domain:acme.com"] == found["delighted", "id:A-1|name:Acme|domain:acme.com"] == surveys["Acme"]
    assert found["delighted", "domain:gmail.com"] is None

    w.insert(
        "raw.zendesk__organization",
        [
            {"id": "501", "name": "Acme Inc", "external_id": "A-1", "domain_names": ["acme.com"]},
            {"id": "502", "name": "Beta", "domain_names": ["beta.io"]},
            {"id": "503", "name": "New", "domain_names": []},
        ],
    )
    w.must(*ACCOUNTS)
    support = names(w)
    assert support["Acme Inc"] == surveys["Acme"]
    assert support["Beta"] == surveys["beta.io"]
    assert "Gamma Ltd" not in support
    assert links(w)["delighted", "name:Gamma Ltd"] is None

    account = {"name": "ACME", "website": "acme.com", "created_at": datetime(2024, 1, 1, tzinfo=UTC)}
    w.insert("raw.salesforce__account", [{"id": CRM_ID, "external_id": "A-1", **account}, {"id": "001B", "name": "Gamma"}])
    w.must(*ACCOUNTS)
    crm = names(w)
    assert crm["ACME"] == surveys["Acme"]
    assert links(w)["zendesk", "501"] == surveys["Acme"]
    # Nothing linked Gamma to the id it had before the support system came; its name does, now that the CRM knows it.
    assert crm["Gamma"] == surveys["Gamma Ltd"]

    w.must(*ACCOUNTS, "--full-refresh")
    assert names(w) == crm


def test_two_new_accounts_never_share_an_old_id(warehouse: Any) -> None:
    w = warehouse
    w.insert("raw.zendesk__organization", [{"id": "501", "name": "Acme", "domain_names": ["acme.com", "acme.de"]}])
    w.must(*ACCOUNTS)
    before = names(w)["Acme"]
    w.insert(
        "raw.salesforce__account",
        [{"id": CRM_ID, "name": "Acme"}, {"id": "001B", "name": "Acme Deutschland", "website": "acme.de"}],
    )
    w.must(*ACCOUNTS)
    after = names(w)
    assert len(set(after.values())) == 2
    # The organization's domains lead to the German company alone, which is therefore the one that keeps the id.
    assert after["Acme Deutschland"] == before


def test_both_spellings_of_a_crm_id_are_one_account(warehouse: Any) -> None:
    w = warehouse
    older, newer = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
    w.insert(
        "raw.salesforce__account",
        [
            {"id": CRM_ID, "name": "Acme old", "updated_at": older},
            {"id": CRM_ID[:15], "name": "Acme", "updated_at": newer},
            {"id": CRM_ID[:15].lower(), "name": "Another", "updated_at": newer},
        ],
    )
    w.must(*ACCOUNTS)
    assert sorted(names(w)) == ["Acme", "Another"]
    found = links(w)
    assert found["salesforce", CRM_ID] == found["salesforce", CRM_ID[:15]] != found["salesforce", CRM_ID[:15].lower()]


def test_only_days_whose_events_changed_are_counted_again(warehouse: Any) -> None:
    w = warehouse
    build = ("run", "--select", "+int_feature_use")

    def event(key: str, day: int, loaded: int = 1, kind: str = "Import") -> dict[str, Any]:
        return {
            "uuid": key,
            "event_type": kind,
            "event_at": datetime(2025, 5, day, tzinfo=UTC),
            "user_id": "u",
            "_loaded_at": datetime(2025, 7, loaded, tzinfo=UTC),
        }

    def counted() -> list[tuple[Any, ...]]:
        return w.query(
            "select day(usage_date), feature, sum(events) from intermediate.int_feature_use group by all order by all"
        )

    w.insert("raw.amplitude__event", [event("a", 1), event("b", 1), event("c", 2), event("d", 3)])
    w.must(*build)
    assert counted() == [(1, "Import", 2), (2, "Import", 1), (3, "Import", 1)]

    # A mark on the rows of each day shows which of them are written anew.
    w.execute("update intermediate.int_feature_use set feature = 'kept'")
    w.insert("raw.amplitude__event", [event("e", 2, loaded=2)])
    w.execute("delete from raw.amplitude__event where uuid = 'd'")
    w.must(*build)
    assert counted() == [(1, "kept", 2), (2, "Import", 2)]

    w.execute("update raw.amplitude__event set event_type = 'Renamed', _loaded_at = '2025-07-03' where uuid = 'a'")
    w.must(*build)
    assert counted() == [(1, "Import", 1), (1, "Renamed", 1), (2, "Import", 2)]


def test_the_most_likely_account_is_taken_where_exact_methods_fail(warehouse: Any) -> None:
    w = warehouse
    w.insert(
        "raw.salesforce__account",
        [
            {"id": "001A", "name": "Brightwater Analytics", "website": "brightwater-analytics.com"},
            {"id": "001B", "name": "Karlsson Nordvik AB", "website": "karlssonnordvik.se"},
            {"id": "001C", "name": "Karlsson Nordvik Finland Oy", "website": "karlssonnordvik.fi"},
            {"id": "001D", "name": "Northern Light Foods", "website": "northernlightfoods.com"},
        ],
    )
    w.insert(
        "raw.delighted__response",
        [
            {"response_id": "1", "score": 9, "company": "Brightwater Anaylitcs"},
            {
                "response_id": "2",
                "score": 9,
                "company": "Brightwater Analytics Holding",
                "email_domain": "brightwater-analytics.de",
            },
            {"response_id": "3", "score": 9, "company": "Northern Light Hotels"},
            {"response_id": "4", "score": 9, "company": "Karlsson Nordvik Norge AS"},
        ],
    )
    w.must(*ACCOUNTS)
    found = {
        key: (account, method, confidence)
        for key, account, method, confidence in w.query(
            "select source_id, account_name, match_method, match_confidence from marts.core.account_link "
            "left join marts.core.account using (account_id) where source_system = 'delighted'"
        )
    }
    assert {key: value[:2] for key, value in found.items()} == {
        "name:Brightwater Anaylitcs": ("Brightwater Analytics", "probabilistic"),
        "name:Brightwater Analytics Holding|domain:brightwater-analytics.de": ("Brightwater Analytics", "probabilistic"),
        "name:Northern Light Hotels": (None, "none"),
        "name:Karlsson Nordvik Norge AS": (None, "none"),
    }
    assert all(0.7 < confidence < 0.85 for _, method, confidence in found.values() if method == "probabilistic")


def history(w: Any) -> list[tuple[Any, ...]]:
    return w.query(
        "select strftime(valid_from, '%Y-%m-%d'), strftime(valid_to, '%Y-%m-%d'), segment, arr, lifecycle_stage, is_observed "
        "from marts.core.account_history order by account_id, valid_from"
    )


def test_arr_as_of_a_date_is_right_whatever_the_order_of_delivery(warehouse: Any) -> None:
    w = warehouse
    created = datetime(2024, 1, 1, tzinfo=UTC)

    def version(month: int, arr: float, segment: str, kind: str = "Customer") -> dict[str, Any]:
        changed = datetime(2025, month, 1, tzinfo=UTC)
        account = {"id": CRM_ID, "name": "Acme", "type": kind, "created_at": created, "currency": "EUR"}
        return {**account, "arr": arr, "segment": segment, "updated_at": changed, "_sequence": 20 - month}

    # The newest is current; of the others, which lie in the history, the oldest came last.
    w.insert("raw.salesforce__account", [version(6, 300, "enterprise", "Former customer")])
    w.insert("history.salesforce__account", [version(4, 200, "smb"), version(2, 100, "smb")])
    build = ("build", "--select", "+account_history", *ONLY_TABLES)
    w.must(*build)
    expected = [
        ("2025-02-01", "2025-04-01", "smb", 100, "customer", True),
        ("2025-04-01", "2025-06-01", "smb", 200, "customer", True),
        ("2025-06-01", None, "enterprise", 300, "churned", True),
    ]
    assert history(w) == expected

    # A version that comes late falls into its place; one that says nothing new cuts nothing.
    w.insert("history.salesforce__account", [version(3, 150, "smb"), version(5, 200, "smb")])
    # A deal was won before the first version, a renewal lost while the second held.
    deal = {"account_id": CRM_ID, "is_closed": True, "created_at": created}
    w.insert(
        "raw.salesforce__opportunity",
        [
            {**deal, "id": "006A", "is_won": True, "close_date": datetime(2024, 5, 1, tzinfo=UTC).date()},
            {**deal, "id": "006B", "is_won": False, "type": "Renewal", "close_date": datetime(2025, 3, 15, tzinfo=UTC).date()},
        ],
    )
    w.must(*build)
    assert history(w) == [
        ("2024-05-01", "2025-02-01", "smb", 100, "customer", False),
        ("2025-02-01", "2025-03-01", "smb", 100, "customer", True),
        ("2025-03-01", "2025-03-15", "smb", 150, "customer", True),
        ("2025-03-15", "2025-04-01", "smb", 150, "churned", True),
        ("2025-04-01", "2025-06-01", "smb", 200, "churned", True),
        ("2025-06-01", None, "enterprise", 300, "churned", True),
    ]
    as_of_march = w.query(
        "select arr from marts.core.account_history "
        "where valid_from <= '2025-03-10' and '2025-03-10' < coalesce(valid_to, '9999-01-01')"
    )
    assert as_of_march == [(150,)]


def test_a_deleted_account_leaves_the_marts(warehouse: Any) -> None:
    w = warehouse
    w.insert(
        "raw.salesforce__account",
        [{"id": CRM_ID, "name": "Acme", "_deleted": True, "arr": 5}, {"id": "001B", "name": "Beta", "arr": 7}],
    )
    w.must("build", "--select", "+account", "+account_link", "+account_history", *ONLY_TABLES)
    assert sorted(names(w)) == ["Beta"]
    assert [row[3] for row in history(w)] == [7]


def test_what_people_know_of_a_record_wins(warehouse: Any) -> None:
    w = warehouse
    w.insert(
        "raw.salesforce__account",
        [{"id": CRM_ID, "name": "Acme Maritime", "website": "acme.com"}, {"id": "001B", "name": "Beta", "website": "beta.io"}],
    )
    answers = [("SocAcme", None), ("Acme Maritime", None), ("Acme Marritime", None), ("Beta", "beta.io"), ("Betas", "acme.com")]
    w.insert(
        "raw.delighted__response",
        [
            {"response_id": str(at), "score": 9, "company": company, "email_domain": domain}
            for at, (company, domain) in enumerate(answers)
        ],
    )
    rule = {"source_system": "delighted", "target_system": "salesforce"}
    w.insert(
        "ops.account_rule",
        [
            {**rule, "line": 2, "decision": "link", "source_id": "name:SocAcme", "target_id": CRM_ID},
            {**rule, "line": 3, "decision": "never", "source_id": "name:Acme Maritime", "target_id": CRM_ID[:15]},
            {**rule, "line": 4, "decision": "never", "source_id": "name:Acme Marritime", "target_id": CRM_ID},
            {**rule, "line": 5, "decision": "never", "source_id": "name:Beta|domain:beta.io", "target_id": "*"},
            {**rule, "line": 6, "decision": "link", "source_id": "name:Betas|domain:acme.com", "target_id": "001B"},
            {**rule, "line": 7, "decision": "link", "source_id": "name:Nobody", "target_id": "001Z"},
        ],
    )
    w.must(*ACCOUNTS)
    query = (
        "select source_id, account_name, match_method from marts.core.account_link "
        "left join marts.core.account using (account_id) where source_system = 'delighted'"
    )
    linked = {key: (account, method) for key, account, method in w.query(query)}
    assert linked == {
        "name:SocAcme": ("Acme Maritime", "manual"),
        "name:Acme Maritime": (None, "none"),
        "name:Acme Marritime": (None, "none"),
        "name:Beta|domain:beta.io": (None, "none"),
        "name:Betas|domain:acme.com": ("Beta", "manual"),
    }

    # The published id names the account too; without the rules everything is as it was.
    known = names(w)
    w.execute("delete from ops.account_rule")
    published = {"source_system": "delighted", "source_id": "name:SocAcme", "target_account": known["Beta"]}
    w.insert("ops.account_rule", [{"line": 2, "decision": "link", **published}])
    w.must(*ACCOUNTS)
    linked = {key: (account, method) for key, account, method in w.query(query)}
    assert linked["name:SocAcme"] == ("Beta", "manual")
    assert linked["name:Acme Maritime"] == ("Acme Maritime", "exact_name")
    assert linked["name:Acme Marritime"] == ("Acme Maritime", "probabilistic")
    assert names(w) == known


def test_what_no_account_carries_is_shown_with_its_arr(warehouse: Any) -> None:
    w = warehouse
    w.insert("raw.salesforce__account", [{"id": CRM_ID, "name": "Acme", "arr": 100, "currency": "EUR"}])
    w.insert(
        "raw.hubspot__company",
        [
            {"id": "1", "name": "Acme Inc.", "arr": 90, "currency": "EUR"},
            {"id": "2", "name": "Wholly Other", "arr": 40, "currency": "EUR"},
        ],
    )
    w.must(*ACCOUNTS)
    rows = w.query(
        "select source_system, record_name, record_kind, record_arr, match_method, account_id is null "
        "from marts.core.account_link order by source_system, source_id"
    )
    assert rows == [
        ("hubspot", "Acme Inc.", "crm", 90, "exact_name", False),
        ("hubspot", "Wholly Other", "crm", 40, "none", True),
        ("salesforce", "Acme", "crm", 100, "external_id", False),
    ]
    assert w.query("select sum(arr) from marts.core.account") == [(100,)]
