"""The graph under discovery: exact neighbours, connected groups, labels of terms; each held to a plain reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.communities import GraphSettings, condense, find_groups, nearest, sharpen, unit
from insights.keywords import LexicalSpace, TermCounter, distinctive_terms, make_labels


def cloud(rng: np.random.Generator, rows: int, columns: int = 12) -> np.ndarray:
    return unit(rng.standard_normal((rows, columns)).astype(np.float32))


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(2, 400), k=st.integers(1, 12), seed=st.integers(0, 99))
def test_nearest_is_what_a_full_sort_finds(rows: int, k: int, seed: int) -> None:
    vectors = cloud(np.random.default_rng(seed), rows)
    full = vectors @ vectors.T
    np.fill_diagonal(full, -np.inf)
    found, cosines = nearest(vectors, k)
    size = min(k, rows - 1)
    assert found.shape == (rows, size)
    np.testing.assert_allclose(cosines, -np.sort(-full, axis=1)[:, :size], atol=1e-5)
    np.testing.assert_allclose(np.take_along_axis(full, found, axis=1), cosines, atol=1e-5)


def test_nearest_among_others_includes_equal_rows() -> None:
    pool = cloud(np.random.default_rng(1), 300)
    found, cosines = nearest(pool[5:8], 2, among=pool)
    assert found[:, 0].tolist() == [5, 6, 7]
    np.testing.assert_allclose(cosines[:, 0], 1, atol=1e-5)


def planted(groups: int, size: int, noise: float = 0.12, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(groups), size)
    centres = cloud(rng, groups, 40)
    return unit((centres[labels] + noise * rng.standard_normal((len(labels), 40))).astype(np.float32)), labels


@pytest.mark.parametrize(("size", "noise"), [(4, 0.06), (12, 0.1), (60, 0.12)])
def test_planted_groups_are_found(size: int, noise: float) -> None:
    vectors, labels = planted(10, size, noise)
    found = find_groups(vectors, np.ones(len(vectors), np.int64), np.full(len(vectors), -1), GraphSettings())
    # Every group found is pure, and few are cut in pieces.
    assert all(len(set(labels[found == group])) == 1 for group in range(found.max() + 1))
    assert (found >= 0).mean() > 0.95
    assert 10 <= found.max() + 1 <= 20


def test_noise_stays_out() -> None:
    vectors, _ = planted(6, 20)
    lonely = cloud(np.random.default_rng(9), 5, 40)
    everything = np.vstack([vectors, lonely])
    found = find_groups(everything, np.ones(len(everything), np.int64), np.full(len(everything), -1), GraphSettings(floor=0.6))
    assert (found[-5:] == -1).all()
    assert (found[:-5] >= 0).mean() > 0.95


def test_what_was_said_often_is_a_group_alone() -> None:
    vectors = np.eye(5, dtype=np.float32)
    counts = np.array([1, 2, 3, 9, 1])
    found = find_groups(vectors, counts, np.full(5, -1), GraphSettings(smallest=3))
    assert found.tolist() == [-1, -1, 0, 1, -1]


def test_earlier_groups_hold_as_much_as_loyalty_says() -> None:
    vectors, labels = planted(4, 30, noise=0.05)
    ones, merged = np.ones(len(vectors), np.int64), labels // 2

    def pieces(loyalty: float) -> int:
        found = find_groups(vectors, ones, merged, GraphSettings(loyalty=loyalty, same=1.1))
        assert all(len(set(merged[found == group])) == 1 for group in range(found.max() + 1))
        return int(found.max()) + 1

    # Two unlike groups that an earlier run held for one come apart, unless loyalty outweighs all the evidence.
    assert pieces(0) == 4
    assert pieces(5) == 2


def test_sharpening_brings_groups_apart() -> None:
    vectors, labels = planted(8, 30, noise=0.3)
    sharper = sharpen(vectors, labels)
    same = labels[:, None] == labels[None, :]

    def gap(rows: np.ndarray) -> float:
        cosines = rows @ rows.T
        return float((cosines[same].mean() - cosines[~same].mean()) / cosines[same].std())

    assert gap(sharper) > 1.2 * gap(vectors)


def test_condensing_keeps_inner_products() -> None:
    vectors, _ = planted(6, 30, noise=0.05)
    fewer = condense(vectors, 12)
    assert fewer.shape == (len(vectors), 12)
    np.testing.assert_allclose(fewer @ fewer.T, vectors @ vectors.T, atol=0.15)
    assert condense(vectors, 40) is vectors


TEXTS = ["The invoice is wrong", "wrong invoice again", "invoice tax", "login fails", "the login page", "a login, again"]


def test_terms_are_those_of_the_group() -> None:
    counter = TermCounter(TEXTS, rare=1)
    first, second = distinctive_terms(counter.counts, counter.terms, np.array([0, 0, 0, 1, 1, 1]), 2)
    assert first[0] == "invoice"
    assert second[0] == "login"
    assert "the" not in first + second
    assert distinctive_terms(counter.counts, counter.terms, np.full(6, -1), 2) == [[], []]


def test_placeholders_are_no_terms() -> None:
    terms = TermCounter(["mail [EMAIL] or call [PHONE]", "mail [EMAIL]"], rare=1).terms
    assert "email" not in terms
    assert "mail" in terms


def test_later_texts_are_counted_alike() -> None:
    counter = TermCounter(TEXTS, rare=1)
    assert (counter.count(TEXTS) != counter.counts).nnz == 0
    space = LexicalSpace(counter.counts)
    vectors = space.vectors(counter.counts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert not space.vectors(counter.count(["nothing known here"])).any()
    # More words in common are nearer.
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[3]


@pytest.mark.parametrize("texts", [[], [""], ["?!"]])
def test_no_terms_is_no_failure(texts: list[str]) -> None:
    counter = TermCounter(texts, rare=1)
    assert counter.terms == []
    assert LexicalSpace(counter.counts).vectors(counter.counts).shape == (len(texts), 0)
    assert counter.count(["a text"]).shape == (1, 0)


def test_labels_are_different_and_never_empty() -> None:
    labels = make_labels(
        [["a", "b", "c", "d"], ["a", "b", "c", "e"], [], [], ["a"], ["a"]], ["q", "q", "same  quote", "same quote", "", ""]
    )
    assert labels == ["a, b, c", "a, b, c, e", "same quote", "same quote (2)", "a", "a (2)"]
    assert make_labels([[]], ["x" * 100])[0] == "x" * 59 + "…"
