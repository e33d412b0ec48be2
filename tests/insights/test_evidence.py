"""Clauses and quotes: exact offsets, nothing lost, fragments kept with their neighbours."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.evidence import MAX_WORDS, clauses, quote, split_clauses


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Love the product, but exports are slow and the API times out. Support was helpful!",
            ["Love the product", "exports are slow", "the API times out", "Support was helpful"],
        ),
        ("I like it, e.g. the charts. No SSO", ["I like it, e.g. the charts", "No SSO"]),
        ("Too slow.", ["Too slow"]),
        ("- no SSO\n- too pricey; we may leave soon", ["no SSO", "too pricey", "we may leave soon"]),
        ("Good, but slow", ["Good, but slow"]),
        ("", []),
        (" \n\t ", []),
        ("遅すぎる。使いにくい。", ["遅すぎる。", "使いにくい。"]),
        ("Version 2.5 costs 3.50 a month", ["Version 2.5 costs 3.50 a month"]),
    ],
)
def test_texts_are_cut_where_a_new_statement_starts(text, expected):
    assert [text[slice(*quote(text, *span))] for span in clauses(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "It broke.\n• no export\n• no print, but the rest works",
            ["It broke.", "• no export", "• no print", "but the rest works"],
        ),
        ("It is slow • no", ["It is slow", "• no"]),
        (
            "全部だめ。 however it runs;then stops!画面が白い",
            ["全部だめ。", "however it runs;then stops!画面が白い"],
        ),
        (
            "We pay, so we ask   —   it is slow and they know it; please, because we wait",
            ["We pay, so we ask", "it is slow", "and they know it; please", "because we wait"],
        ),
    ],
)
def test_every_kind_of_boundary_ends_a_clause_softly_or_hard(text, expected):
    assert [text[slice(*span)] for span in clauses(text)] == expected


def test_a_text_without_punctuation_is_cut_to_readable_pieces():
    text = " ".join(f"word{n}" for n in range(3 * MAX_WORDS + 5))
    pieces = [text[a:b] for a, b in clauses(text)]
    assert " ".join(pieces) == text
    assert max(len(piece.split()) for piece in pieces) <= MAX_WORDS


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["slow", "but", "and the", ".", "!", "\n", ";", " ", ", ", "😀", "é", "。", "“", "ok"])
        | st.text(max_size=5)
    ).map("".join)
)
def test_clauses_are_ordered_disjoint_and_lose_no_letter(text):
    spans = clauses(text)
    position, kept = 0, ""
    for start, end in spans:
        assert position <= start < end <= len(text)
        first, last = quote(text, start, end)
        assert start <= first < last <= end
        kept += text[start:end]
        position = end
    assert [c for c in kept if c.isalnum()] == [c for c in text if c.isalnum()]


def test_batches_point_back_to_their_texts():
    found = split_clauses(["One thing. Another thing.", "", "Third"])
    assert found.text.tolist() == [0, 0, 2]
    assert found.words == ["One thing.", "Another thing.", "Third"]
    assert split_clauses([]).words == []
