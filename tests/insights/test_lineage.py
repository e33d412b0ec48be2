"""Merging, splitting and retiring themes: every mention keeps its place, only its name of today changes."""

import hashlib
from datetime import UTC, datetime

import polars as pl
import pyarrow as pa
import pytest

from insights import taxonomy as tx
from insights.assign import Example, ThemeModel
from insights.enrich import enrich
from insights.taxonomy import Theme, load_taxonomy

AT = datetime(2026, 5, 1, tzinfo=UTC)
TEXTS = [
    "The CSV export is missing columns. Exports to Excel fail every night.",
    "The invoice shows the wrong amount and we were charged twice.",
    "Pages load slowly since Monday, and the CSV export fails.",
    "The Android app crashes on startup.",
    "Importing contacts from a spreadsheet fails half-way.",
    "Exporting the data to a file takes an hour; importing it again fails.",
    "Thank you very much",
]
PARTS = (
    Theme("export_gaps", "Missing columns in exports", seeds=("columns are missing in the export", "the csv lacks fields")),
    Theme("export_failures", "Exports that fail", seeds=("the export fails", "exports to Excel fail", "export takes hours")),
)


def judged(taxonomy, labels=()):
    table = pa.table({"text_sha256": [hashlib.sha256(text.encode()).hexdigest() for text in TEXTS], "text": TEXTS})
    return pl.DataFrame(enrich(table, taxonomy, labels).text_theme)


@pytest.fixture(scope="module")
def taxonomy():
    return load_taxonomy()


@pytest.fixture(scope="module")
def before(taxonomy):
    found = judged(taxonomy)
    assert {"data_export", "data_import"} <= set(found["theme_id"])
    assert found["theme_id"].equals(found["theme_id_today"].rename("theme_id"))
    return found


def unchanged(found):
    """All that a change of names must leave alone."""
    return found.select("text_sha256", "theme_id", "confidence", "quote_start", "quote_end", "sentiment")


def test_a_merge_renames_mentions_and_moves_none(taxonomy, before):
    after = judged(tx.merge(taxonomy, ["data_import"], "data_export", at=AT))
    assert unchanged(after).equals(unchanged(before))
    renamed = after.filter(pl.col("theme_id") == "data_import")
    assert set(renamed["theme_id_today"]) == {"data_export"}
    rest = after.filter(pl.col("theme_id") != "data_import")
    assert rest["theme_id"].equals(rest["theme_id_today"].rename("theme_id"))


def test_a_split_gives_each_mention_to_one_part(taxonomy, before):
    split = tx.split(taxonomy, "data_export", PARTS, at=AT)
    after = judged(split)
    assert unchanged(after).equals(unchanged(before))
    exports = after.filter(pl.col("theme_id") == "data_export")
    assert set(exports["theme_id_today"]) <= {"export_gaps", "export_failures"}
    model = ThemeModel(split)
    assert model.today("data_export", "columns are missing in our export") == "export_gaps"
    assert model.today("data_export", "our export fails every day") == "export_failures"


def test_a_part_that_is_merged_on_is_followed_to_its_heir(taxonomy):
    split = tx.split(taxonomy, "data_export", PARTS, at=AT)
    merged = tx.merge(split, ["export_failures"], "reliability_outages", at=AT)
    assert ThemeModel(merged).today("data_export", "our export fails every day") == "reliability_outages"


def test_a_retired_theme_is_silent_and_nothing_else_moves(taxonomy, before):
    retired = tx.retire(taxonomy, "mobile_app", at=AT)
    assert unchanged(judged(retired)).equals(unchanged(before))
    assert "mobile_app" not in ThemeModel(retired).ids


def test_labels_of_a_part_teach_the_whole_and_the_choice(taxonomy):
    split = tx.split(taxonomy, "data_export", PARTS, at=AT)
    heard = "the nightly dump never arrives"
    labels = [
        Example(f"the {when} dump never arrives", frozenset({"export_failures"})) for when in ("daily", "weekly", "hourly")
    ]
    taught = ThemeModel(split, labels)
    place = [theme.id for theme in taught.classes].index("data_export")
    assert taught.score([heard])[0][place] > ThemeModel(split).score([heard])[0][place] + 0.2
    assert taught.today("data_export", heard) == "export_failures"
