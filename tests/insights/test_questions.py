"""Judgements of messages from colleagues, and earlier questions that say the same."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from sklearn.feature_extraction.text import HashingVectorizer

from insights.embed import default_encoder
from insights.question_labels import OWNERS, QUALITIES, read_messages
from insights.question_model import CHARACTER_BITS, WORD_BITS, lexical_features
from insights.questions import judge_questions, question_model_version, similar_answered

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def judge(*texts):
    return judge_questions(pa.table({"text_sha256": [str(n) for n in range(len(texts))], "text": list(texts)})).to_pylist()


def questions(*rows):
    columns = ("question_id", "text", "asked_at", "answered_at")
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    stamp = pa.timestamp("us", tz="UTC")
    schema = pa.schema([("question_id", pa.string()), ("text", pa.string()), ("asked_at", stamp), ("answered_at", stamp)])
    return pa.Table.from_pylist(found, schema=schema)


@pytest.mark.parametrize(
    ("text", "quality", "owner"),
    [
        ("I get error 502 on every export since this morning, is there a workaround?", "mechanics", "support_engineering"),
        (
            "What do my customers' admins have to do before the switch, and who should go first?",
            "readiness",
            "product_ops",
        ),
        ("Thanks a lot everybody, great launch!", "not_question", "none"),
    ],
)
def test_plain_messages(text, quality, owner):
    (found,) = judge(text)
    assert (found["quality"], found["owner"]) == (quality, owner)
    assert 0 < found["quality_confidence"] <= 1
    assert 0 < found["owner_confidence"] <= 1


def test_a_judgement_does_not_depend_on_its_batch():
    texts = [message.text for message in read_messages("d")[:40]]
    together, backwards = judge(*texts), judge(*reversed(texts))[::-1]
    alone = [judge(text)[0] for text in texts[:5]]
    for n, found in enumerate(together):
        assert found["quality"] == backwards[n]["quality"]
        assert found["quality_confidence"] == pytest.approx(backwards[n]["quality_confidence"], abs=1e-4)
        if n < len(alone):
            assert alone[n]["quality_confidence"] == pytest.approx(found["quality_confidence"], abs=1e-4)


def test_characters_counted_word_by_word_are_those_of_the_whole_text():
    texts = ["the export, the EXPORT and the exports", "Ο ΛΟΓΟΣ Σ", "İstanbul a\x1cb naïve", "", "a", "何時ですか ?!", "export"]
    whole = HashingVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), n_features=2**CHARACTER_BITS, norm=None, alternate_sign=False, dtype=np.float32
    ).transform(texts)
    counted = lexical_features(texts)[:, default_encoder().dimensions + 2**WORD_BITS :]
    np.testing.assert_array_equal(counted.indptr, whole.indptr)
    np.testing.assert_array_equal(counted.indices, whole.indices)
    np.testing.assert_array_equal(counted.data, 1 + np.log(whole.data))
    assert lexical_features([""]).nnz == 0


def test_every_row_comes_back_in_order_with_labels_from_the_lists():
    odd = ["", "   ", "👍", "\x00", "?" * 5000, "word " * 3000, "[NAME] [EMAIL]", "何時ですか", None]
    found = judge(*odd)
    assert [row["text_sha256"] for row in found] == [str(n) for n in range(len(odd))]
    assert {row["model_version"] for row in found} == {question_model_version()}
    for row in found:
        assert row["quality"] in QUALITIES
        assert row["owner"] in OWNERS
        assert (row["owner"] == "none") == (row["quality"] == "not_question")
    assert found[0]["quality"] == found[2]["quality"] == "not_question"


def test_no_messages_no_judgements():
    empty = pa.table({"text_sha256": pa.array([], pa.string()), "text": pa.array([], pa.string())})
    assert judge_questions(empty).num_rows == 0


def test_an_earlier_answered_question_is_found_and_the_nearest_wins():
    hour = timedelta(hours=1)
    ask = "Can admins limit who exports the audit log?"
    found = similar_answered(
        questions(
            ("far", "Who brings the cake on Friday?", START, START + hour),
            ("old", "can admins limit who exports the audit log", START, START + hour),
            ("near", "Can the admins limit who can export audit logs, please?", START, START + hour),
            ("new", ask, START + 2 * hour, None),
        )
    ).to_pylist()
    matches = {row["question_id"]: row for row in found}
    assert matches["new"]["similar_question_id"] == "old"
    assert matches["new"]["similarity"] == pytest.approx(1, abs=0.05)
    assert "far" not in matches


def test_only_what_was_answered_by_then_counts():
    hour = timedelta(hours=1)
    ask = "Can admins limit who exports the audit log?"
    unanswered = questions(("old", ask, START, None), ("new", ask, START + hour, None))
    later = questions(("old", ask, START, START + 2 * hour), ("new", ask, START + hour, None))
    itself = questions(("only", ask, START, START))
    assert similar_answered(unanswered).num_rows == 0
    assert similar_answered(later).num_rows == 0
    assert similar_answered(itself).num_rows == 0
    assert similar_answered(questions()).num_rows == 0


def test_blocks_do_not_change_what_is_found(monkeypatch):
    rows = [
        (f"q{n:03}", f"Question {n % 50}: how is limit {n % 50} of plan {n % 7} set?", START + timedelta(hours=n), None)
        for n in range(120)
    ]
    rows = [(name, text, asked, asked + timedelta(minutes=30)) for name, text, asked, _ in rows]
    whole = similar_answered(questions(*rows)).to_pylist()
    monkeypatch.setattr("insights.questions._BLOCK", 7)
    assert similar_answered(questions(*rows)).to_pylist() == [
        {**row, "similarity": pytest.approx(row["similarity"], abs=1e-5)} for row in whole
    ]
    assert len(whole) > 60
