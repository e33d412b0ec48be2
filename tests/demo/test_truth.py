"""The truths beside the inbox are recovered from the files alone."""

from collections import Counter
from datetime import date, timedelta

import pytest
import recovered
from recovered import Stream


@pytest.fixture(scope="module")
def answers(sample) -> tuple[Stream, Stream]:
    return recovered.responses(sample.inbox)


@pytest.fixture(scope="module")
def labels(sample) -> list[dict[str, str]]:
    return recovered.labels(sample.root)


@pytest.fixture(scope="module")
def accounts(sample) -> dict[str, dict[str, str]]:
    return recovered.crm(sample.inbox, "Account").current


def balance(stream: Stream) -> dict[str, int]:
    return {
        "rows_read": stream.read,
        "current": len(stream.current),
        "duplicate": stream.duplicate,
        "superseded": stream.superseded,
        "quarantined": stream.bad,
    }


def expected(sample, name: str) -> dict[str, int]:
    row = sample.truth["streams"][name]
    assert row["rows_read"] == row["current"] + row["duplicate"] + row["superseded"] + row["quarantined"]
    return {key: row[key] for key in ("rows_read", "current", "duplicate", "superseded", "quarantined")}


def test_balance_of_surveys(sample, answers) -> None:
    for stream, name in zip(answers, ("delighted.response", "qualtrics.response"), strict=True):
        assert balance(stream) == expected(sample, name)
        assert stream.bad
        assert stream.duplicate
        assert stream.superseded


@pytest.mark.parametrize("name", ["Account", "Contact", "Opportunity", "Task", "User"])
def test_balance_of_crm(sample, name: str) -> None:
    assert balance(recovered.crm(sample.inbox, name)) == expected(sample, f"salesforce.{name.lower()}")


def test_balance_of_tickets(sample) -> None:
    stream = recovered.tickets(sample.inbox)
    assert balance(stream) == expected(sample, "zendesk.ticket")
    deleted = sorted(key for key, row in stream.current.items() if row["status"] == "deleted")
    assert deleted == sample.truth["texts"]["deleted_tickets"]


def test_balance_of_interviews(sample) -> None:
    dovetail, loose = recovered.interviews(sample.inbox)
    assert balance(dovetail) == expected(sample, "dovetail.note")
    assert dovetail.duplicate
    assert balance(loose) == expected(sample, "interviews.note")


def test_some_accounts_are_named_from_memory(sample, accounts) -> None:
    dovetail, loose = recovered.interviews(sample.inbox)
    named = [(r["Company"], r["Contact email"]) for r in dovetail.current.values()]
    named += [(r["company"], r.get("domain", "")) for r in loose.current.values()]
    said = sample.truth["accounts"]["named_from_memory"]
    assert len(said) >= 8
    names = {" ".join(accounts[key]["Name"].split()[:2]) for key in said}
    assert {company.rpartition(" ")[0] for company, address in named if not address} <= names
    assert {company for company, address in named if address} <= {row["Name"] for row in accounts.values()}
    assert sum(not address for _, address in named) >= 8


def test_the_unmet_need(sample, labels) -> None:
    found = sample.truth["findings"]["unmet_need"]
    about_no_theme = [row for row in labels if row["channel"] == found["channel"] and not row["theme_ids"]]
    assert len(about_no_theme) == found["interviews"] >= 20


def test_usage_and_the_feature_that_nobody_adopts(sample) -> None:
    stream, counted, who = recovered.usage(sample.inbox)
    wanted = expected(sample, "amplitude.event")
    assert (stream.read, stream.bad, stream.duplicate) == (wanted["rows_read"], wanted["quarantined"], wanted["duplicate"])
    assert sum(counted.values()) == wanted["current"]
    for row in sample.truth["features"]:
        assert counted[row["feature"]] == row["events"]
        # An account all of whose events are anonymous cannot be seen.
        assert len(who.get(row["feature"], ())) <= row["accounts"]
    found = sample.truth["findings"]["unadopted_feature"]
    launched = next(r for r in sample.truth["features"] if r["feature"] == "Smart Suggestions")
    assert found["accounts"] / found["customers_at_release"] < 0.05
    assert launched["accounts"] / launched["customers_at_release"] > 0.5


def segment_of(row, accounts, by_domain, by_name) -> str:
    domain = row["email"].rpartition("@")[2].lower()
    account = accounts.get(row["account"]) or by_domain.get(domain) or by_name.get(row["company"])
    return account["Segment__c"] if account else "unknown"


def test_nps_by_segment_and_month(sample, answers, accounts) -> None:
    contacts = recovered.crm(sample.inbox, "Contact").current
    by_domain = {c["Email"].rpartition("@")[2]: accounts[c["AccountId"]] for c in contacts.values()}
    by_name = {a["Name"]: a for a in accounts.values()}
    scores: dict[str, list[int]] = {}
    monthly: Counter[tuple[str, str]] = Counter()
    for stream in answers:
        for row in stream.current.values():
            if row["score"] is None or row.get("Status") in ("Survey Preview", "1"):
                continue
            segment = segment_of(row, accounts, by_domain, by_name)
            scores.setdefault(segment, []).append(row["score"])
            monthly[row["moment"].strftime("%Y-%m-01"), segment] += 1
    for segment, wanted in sample.truth["nps"]["by_segment"].items():
        own = scores[segment]
        assert len(own) == wanted["n"]
        assert sum(s >= 9 for s in own) == wanted["promoters"]
        assert sum(s <= 6 for s in own) == wanted["detractors"]
        assert wanted["nps"] == pytest.approx(100 * (wanted["promoters"] - wanted["detractors"]) / wanted["n"], abs=0.001)
    by_month = {(r["month_start"], r["segment"]): r["n"] for r in sample.truth["nps"]["monthly"] if r["segment"] != "all"}
    assert by_month == dict(monthly)
    planted = sample.truth["nps"]["by_segment"]
    assert planted["enterprise"]["nps"] < planted["mid_market"]["nps"] < planted["smb"]["nps"]


def test_labels_name_existing_texts(sample, answers, labels) -> None:
    keys = Counter((row["source_system"], row["source_stream"], row["source_key"]) for row in labels)
    assert set(keys.values()) == {1}
    assert len(labels) == sample.truth["texts"]["total"]
    texts = {("delighted", "response", k) for k, r in answers[0].current.items() if r["Comment"]}
    texts |= {("qualtrics", "response", k) for k, r in answers[1].current.items() if r["Q2"] and "preview" not in k}
    texts |= {("zendesk", "ticket", k) for k in recovered.tickets(sample.inbox).current}
    texts |= {("salesforce", "task", k) for k, r in recovered.crm(sample.inbox, "Task").current.items() if r["Description"]}
    for system, stream in zip(("dovetail", "interviews"), recovered.interviews(sample.inbox), strict=True):
        texts |= {(system, "note", key) for key in stream.current}
    assert set(keys) == texts


def test_shares_of_texts(sample, labels) -> None:
    n = len(labels)
    assert 0.06 < sum(not row["theme_ids"] for row in labels) / n < 0.10
    assert 0.10 <= sum(";" in row["theme_ids"] for row in labels) / n <= 0.15
    assert 0.04 < sum(row["language"] != "en" for row in labels) / n < 0.12
    assert {row["sentiment"] for row in labels} == {"negative", "neutral", "positive", "mixed"}
    assert all(theme["mentions"] >= 30 for theme in sample.truth["themes"].values())


def rise(rows, weeks=8, baseline=26) -> float:
    start = date(2026, 6, 29) - timedelta(weeks=weeks)
    days = [
        date.fromisoformat(r["occurred_at"][:10])
        for r in rows
        if "data_export" in r["theme_ids"].split(";") and r["segment"] == "enterprise" and r["deleted"] == "0"
    ]
    recent = sum(day >= start for day in days)
    before = sum(start - timedelta(weeks=baseline) <= day < start for day in days)
    return (recent / weeks) / (before / baseline)


def test_the_rising_theme(sample, null_sample, labels) -> None:
    found = sample.truth["findings"]["rising_theme"]
    assert rise(labels) == pytest.approx(found["ratio"], abs=0.001)
    assert 1.8 < found["ratio"] < 2.2
    assert rise(recovered.labels(null_sample.root)) < 1.6


def test_the_churn_theme(sample, labels, accounts) -> None:
    found = sample.truth["findings"]["churn_theme"]
    churned = {key: row for key, row in accounts.items() if row["Type"] == "Former Customer"}
    assert len(churned) == found["churned_accounts"]
    assert sum(int(row["ARR__c"]) for row in churned.values()) == found["churned_arr"]
    kept = [r for r in labels if r["deleted"] == "0" and "reliability_outages" in r["theme_ids"].split(";")]
    per_account = Counter(r["account_id"] for r in kept)
    assert sum(per_account[key] for key in churned) / len(churned) == pytest.approx(
        found["mentions_per_churned_account"], abs=0.001
    )
    assert found["mentions_per_churned_account"] > 3 * found["mentions_per_customer"]
    assert set(found["complaining_accounts"]) <= set(churned)
    assert sum(int(churned[key]["ARR__c"]) for key in found["complaining_accounts"]) == found["complaining_arr"]
    touched = {r["account_id"] for r in kept if r["account_id"]}
    theme = sample.truth["themes"]["reliability_outages"]
    assert len(touched) == theme["accounts"]
    assert sum(int(accounts[key]["ARR__c"]) for key in touched & set(churned)) == theme["churned_arr"]


def test_the_lost_deals(sample, labels) -> None:
    found = sample.truth["findings"]["lost_deals"]
    deals = recovered.crm(sample.inbox, "Opportunity").current
    lost = {k: r for k, r in deals.items() if r["StageName"] == "Closed Lost" and r["Loss_Reason__c"] == found["loss_reason"]}
    assert len(lost) == found["deals"]
    assert sum(float(row["Amount"]) for row in lost.values()) == found["amount"]
    about = {r["source_key"] for r in labels if r["channel"] == "sales" and found["theme_id"] in r["theme_ids"].split(";")}
    noted = {row["WhatId"] for key, row in recovered.crm(sample.inbox, "Task").current.items() if key in about}
    assert len(set(lost) & noted) == found["deals_with_a_note_about_it"] == found["deals"]


def test_nps_drivers_are_in_order(sample) -> None:
    themes = sample.truth["themes"]
    order = sample.truth["findings"]["nps_drivers"]["strongest_first"]
    impact = [themes[theme]["leave_one_out_impact"] for theme in order]
    assert impact == sorted(impact)
    assert max(impact[:3]) < min(v["leave_one_out_impact"] for k, v in themes.items() if k not in order)


def test_null_company_has_no_findings(null_sample) -> None:
    truth = null_sample.truth
    assert truth["findings"] == {}
    segments = [truth["nps"]["by_segment"][s] for s in ("enterprise", "mid_market", "smb")]
    # Standard error of an NPS at these n is below 4: a difference of 14 would be a finding.
    assert max(s["nps"] for s in segments) - min(s["nps"] for s in segments) < 14
    scheduler = next(row for row in truth["features"] if row["feature"] == "Bulk Scheduler")
    assert scheduler["accounts"] / scheduler["customers_at_release"] > 0.5


def test_personal_data_is_listed(sample, labels) -> None:
    listed = (sample.root / "truth_personal.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(listed) == sum(sample.truth["texts"]["personal_data"].values())
    assert sum("phone" in row["personal"].split(";") for row in labels) == sample.truth["texts"]["personal_data"]["phone"]


def test_identity_traps(sample, accounts) -> None:
    first, second = sample.truth["accounts"]["nearly_equal_names"]
    assert first != second
    assert {first, second} <= {row["Name"] for row in accounts.values()}
    assert sample.truth["accounts"]["organization_links"]["domain"] >= 10
    assert sample.truth["accounts"]["unlinkable"]["responses"] > 20
