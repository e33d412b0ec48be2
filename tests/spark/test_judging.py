"""Judging Arrow batches as Spark's workers do, without Spark: the judgements are those of the whole table at once."""

from __future__ import annotations

import hashlib
import pickle

import pyarrow as pa
import pytest

from earshot_spark.judging import JUDGED_SCHEMA, Judge
from insights.enrich import TEXT_SCHEMA, TEXT_THEME_SCHEMA, enrich
from insights.taxonomy import load_taxonomy
from orchestration.settings import InsightsSection

WORDS = [
    "The export fails with a timeout and search is slow. Pricing is too high for us.",
    "",
    "Danke!",
    "Setting up single sign-on took weeks; the documentation of the API is out of date.",
    "I love the new dashboard.",
]
TEXTS = pa.table({"text_sha256": [hashlib.sha256(words.encode()).hexdigest() for words in WORDS], "text": WORDS})


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(load_taxonomy(), (), InsightsSection())


@pytest.mark.parametrize("rows", [1, 2, len(WORDS)])
def test_batches_are_judged_as_the_whole_is(judge, rows):
    whole = enrich(TEXTS, judge.taxonomy, judge.labels, judge.encoder)
    assert whole.text_theme.num_rows > 0
    judged = pa.Table.from_batches(judge(iter(TEXTS.to_batches(max_chunksize=rows))))
    assert judged.schema == JUDGED_SCHEMA
    assert judged.drop_columns("themes").cast(TEXT_SCHEMA) == whole.text
    themes = [theme for row in judged["themes"].to_pylist() for theme in row]
    assert pa.Table.from_pylist(themes, TEXT_THEME_SCHEMA) == whole.text_theme
    assert all(theme["text_sha256"] == row["text_sha256"] for row in judged.to_pylist() for theme in row["themes"])


def test_texts_without_any_theme_have_empty_lists(judge):
    judged = pa.Table.from_batches(judge(iter(TEXTS.slice(1, 2).to_batches())))
    assert judged["themes"].to_pylist() == [[], []]


def test_a_judge_that_was_sent_finds_its_encoder_loaded(judge):
    sent = pickle.loads(pickle.dumps(judge))  # noqa: S301 - its own bytes
    assert (sent, sent.version) == (judge, judge.version)
    assert sent.encoder is judge.encoder
