"""Linkage of account records: names taken apart, answers that do not depend on order or company, and are kept by content."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from earshot_identity import linkage
from earshot_identity.company_words import company_words, registered_label
from earshot_identity.linkage import COMPARISONS, link

UNLINKED = pa.schema(
    [("source_system", pa.string()), ("source_id", pa.string()), ("name_key", pa.string()), ("domains", pa.list_(pa.string()))]
)
ACCOUNTS = [
    {"master_key": "crm:1", "name_key": "brightwater analytics", "domains": ["brightwater-analytics.com"]},
    {"master_key": "crm:2", "name_key": "karlsson nordvik", "domains": ["karlssonnordvik.se"]},
    {"master_key": "crm:3", "name_key": "karlsson nordvik", "domains": ["karlssonnordvik.fi"]},
    {"master_key": "crm:4", "name_key": "industria de diseno textil", "domains": ["inditex.com"]},
]


def unlinked(
    *names: str, domains: dict[str, list[str]] | None = None, excluded: dict[str, list[str]] | None = None
) -> pa.Table:
    rows = [
        {
            "source_system": "survey",
            "source_id": name,
            "name_key": name,
            "domains": (domains or {}).get(name),
            "excluded": (excluded or {}).get(name),
        }
        for name in names
    ]
    return pa.Table.from_pylist(rows, schema=UNLINKED.append(pa.field("excluded", pa.list_(pa.string()))))


def accounts(rows: list[dict[str, Any]] = ACCOUNTS) -> pa.Table:
    return pa.Table.from_pylist(rows)


def found(result: pa.Table) -> dict[str, str | None]:
    return dict(zip(result["source_id"].to_pylist(), result["master_key"].to_pylist(), strict=True))


def test_the_likeliest_account_is_taken_where_no_other_comes_near() -> None:
    names = (
        "brightwater anaylitcs",
        "karlsson nordvikk",
        "inditex",
        "brightwater hotels",
        "brightwater analytics 2",
        "wholly other",
    )
    result = link(unlinked(*names), accounts())
    assert found(result) == {
        "brightwater anaylitcs": "crm:1",
        # Two accounts have that name.
        "karlsson nordvikk": None,
        "inditex": "crm:4",
        "brightwater hotels": None,
        "brightwater analytics 2": None,
        "wholly other": None,
    }
    linked = [row for row in result.to_pylist() if row["master_key"]]
    assert all(0.9 < row["probability"] < 1 and row["evidence"] for row in linked)


def test_a_domain_tells_two_accounts_of_one_name_apart() -> None:
    record = unlinked("karlsson nordvik", domains={"karlsson nordvik": ["karlssonnordvik.fi"]})
    assert found(link(record, accounts())) == {"karlsson nordvik": "crm:3"}


def test_an_excluded_account_is_none_of_the_candidates() -> None:
    name = "brightwater anaylitcs"
    assert found(link(unlinked(name, excluded={name: ["crm:1"]}), accounts())) == {name: None}


def test_the_answer_does_not_depend_on_order_or_company() -> None:
    whole = link(unlinked("brightwater anaylitcs", "inditex", "karlsson"), accounts())
    assert link(unlinked("karlsson", "inditex", "brightwater anaylitcs"), accounts(ACCOUNTS[::-1])).equals(whole)
    alone = link(unlinked("inditex"), accounts())
    assert alone.to_pylist() == [row for row in whole.to_pylist() if row["source_id"] == "inditex"]


def test_what_has_not_changed_is_not_compared_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = link(unlinked("brightwater anaylitcs", "inditex"), accounts())
    compared: list[list[str | None]] = []
    score = linkage.score

    def watched(records: Any, *others: Any) -> Any:
        compared.append([record.name_key for record in records])
        return score(records, *others)

    monkeypatch.setattr(linkage, "score", watched)
    assert link(unlinked("brightwater anaylitcs", "inditex"), accounts(), first).equals(first)
    assert compared == []
    link(unlinked("brightwater anaylitcs", "another", "inditex"), accounts(), first)
    assert compared == [["another"]]
    changed = [*ACCOUNTS[:3], {**ACCOUNTS[3], "name_key": "inditex group"}]
    link(unlinked("inditex"), accounts(changed), first)
    assert compared == [["another"], ["inditex"]]


def test_nothing_to_compare_is_an_empty_answer() -> None:
    assert link(unlinked(), accounts()).schema == linkage.RESULT
    assert found(link(unlinked("inditex"), accounts().slice(0, 0))) == {"inditex": None}


def test_names_are_taken_apart() -> None:
    words = company_words("muller intl tech group 12", ["mail.mueller-tech.co.uk"])
    assert (words.name, words.words, words.lines, words.numbers) == ("muller12", ["12", "muller"], ["technology"], ["12"])
    assert words.labels == ["mullertech", "mullertechcom"]
    assert company_words("international business machines", []).acronyms == ["ibm"]
    # A name of nothing but common words keeps them.
    assert company_words("the group", []).words == ["group", "the"]
    assert [registered_label(name) for name in ("acme.com", "a.acme.com.br", "co.uk", "localhost")] == [
        "acme",
        "acme",
        "co",
        "",
    ]


def test_the_packaged_model_weighs_every_level() -> None:
    model = linkage._model()
    for name, (_, named) in COMPARISONS.items():
        assert set(model["weights"][name]) == {*(label for label, _ in named), "else"}
        for side in (0, 1):
            assert sum(weight[side] for weight in model["weights"][name].values()) == pytest.approx(1, abs=1e-4)
    assert 0.5 < model["threshold"] < 1
