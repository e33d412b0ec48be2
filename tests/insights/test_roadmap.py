"""Planned items are matched with themes by their words, surely or not at all."""

import pyarrow as pa
import pytest

from insights.assign import Example
from insights.embed import default_encoder
from insights.roadmap import SURE, match_items, roadmap_version
from insights.taxonomy import load_taxonomy

WORDS = {
    "R-1": "Scheduled exports\nCustomers export their data to CSV every night",
    "R-2": "Hardware keys at sign-in",
    "R-3": "Ledger rewrite",
    "R-4": "",
}


@pytest.fixture
def items():
    return pa.table(
        {
            "source_system": ["jira"] * len(WORDS),
            "item_key": list(WORDS),
            "words_sha256": [str(number) for number in range(len(WORDS))],
            "words": list(WORDS.values()),
        }
    )


def test_items_get_the_theme_that_they_are_surely_about(items):
    found = match_items(items, load_taxonomy(), (), default_encoder()).to_pylist()
    assert {row["item_key"]: row["theme_id"] for row in found} == {
        "R-1": "data_export",
        "R-2": "sso_security",
        "R-3": None,
        "R-4": None,
    }
    assert all((row["confidence"] is None) == (row["theme_id"] is None) for row in found)
    assert all(row["confidence"] >= SURE for row in found if row["theme_id"])


def test_a_label_teaches_it_and_makes_a_new_version(items):
    taxonomy = load_taxonomy()
    labels = [Example("Ledger rewrite", frozenset({"billing_invoicing"}))] * 3
    found = {row["item_key"]: row for row in match_items(items, taxonomy, labels, default_encoder()).to_pylist()}
    assert found["R-3"]["theme_id"] == "billing_invoicing"
    assert found["R-3"]["model_version"] == roadmap_version(taxonomy, labels, default_encoder())
    assert found["R-3"]["model_version"] != roadmap_version(taxonomy, (), default_encoder())
