"""Words that tell groups of texts apart: term counts, lexical vectors, distinctive terms and short readable labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer
from sklearn.utils.extmath import randomized_svd

# Scripts written without spaces are cut into characters, so that their bigrams take the place of words.
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff"
_TOKEN = rf"[{_UNSPACED}]|[^\W\d_{_UNSPACED}](?:[^\W_{_UNSPACED}]|['’](?=\w))+"
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
_COMMON = 0.1  # share of a group's texts that use a term, at least
_PLACEHOLDER = re.compile(r"\[[A-Z_]+\]")
# Words that carry no topic in feedback of several languages; English has its own, longer list.
_OTHER_STOP_WORDS = """
i'm i've i'd i'll it's don't doesn't didn't can't couldn't won't wouldn't isn't aren't wasn't that's there's what's
how's you're we're we've does did doing done just really very want wants need needs like know tell get got getting use
using used able way make makes thing things hi hello thanks thank ok okay yes im ive dont cant der die das den dem des
ein eine einen einem einer und oder aber ist sind war nicht kein keine ich wir sie er es mir mich uns mein meine unser
unsere mit für auf von vom zum zur in am an bei nach aus als auch wie wo was wann warum kann können muss wird werden
haben hat hatte sich dass wenn noch nur schon sehr le la les un une du de et ou mais est sont pas ne que qui quoi je
nous vous il elle ils elles mon ma mes notre nos votre vos ce cette ces dans sur pour par avec sans plus très au aux en
comment pourquoi où quand peut peux être avoir ai avons el los las una unos unas del al y o pero son no quien yo
nosotros ustedes mi mis nuestro nuestra su sus este esta con sin por para muy más cómo qué cuándo dónde puedo puede ser
estar hay se lo me os a um uma do da dos em na nas e mas é são não eu nós meu minha nosso nossa seu sua com sem muito
como gli uno di della dei è sono non che chi io noi mio mia nostro nostra senza per molto più come het een of maar is
zijn niet geen ik wij we hij zij mijn ons onze met voor op van bij naar uit ook hoe wat kan moet
"""
# The English list also holds words that are topics in feedback about software.
_TOPICS = frozenset(
    {
        "amount",
        "bill",
        "call",
        "computer",
        "detail",
        "fill",
        "find",
        "fire",
        "interest",
        "move",
        "show",
        "side",
        "system",
        "top",
    }
)
_STOP_WORDS = (ENGLISH_STOP_WORDS - _TOPICS) | frozenset(_OTHER_STOP_WORDS.split())


class TermCounter:
    """Counts words and word pairs over a vocabulary learned once, so that later texts are counted alike.

    Args:
        texts: texts to learn the vocabulary from.
        rare: terms in fewer texts than this are left out.
    """

    def __init__(self, texts: Sequence[str], rare: int = 2) -> None:
        self._counter = CountVectorizer(
            token_pattern=_TOKEN, ngram_range=(1, 2), min_df=rare, dtype=np.float32, preprocessor=_prepare
        )
        try:
            self.counts = sp.csr_matrix(self._counter.fit_transform(texts))
            self.terms: list[str] = self._counter.get_feature_names_out().tolist()
        except ValueError:  # no term is frequent enough
            self.counts = sp.csr_matrix((len(texts), 0), dtype=np.float32)
            self.terms = []

    @property
    def words(self) -> npt.NDArray[np.int64]:
        """Columns of single words."""
        return np.flatnonzero([" " not in term for term in self.terms])

    def count(self, texts: Sequence[str]) -> sp.csr_matrix:
        """Counts of the known terms, one row a text."""
        if not self.terms:
            return sp.csr_matrix((len(texts), 0), dtype=np.float32)
        return sp.csr_matrix(self._counter.transform(texts))


class LexicalSpace:
    """Latent semantic analysis of term counts: dense unit vectors in which texts with the same words are near.

    Attributes:
        rarity: inverse document frequency of each term, zero for a term of all texts.

    Args:
        counts: rows of `TermCounter`.
        dimensions: length of the vectors, fewer where the texts hold fewer terms.
        seed: of the randomised decomposition.
    """

    def __init__(self, counts: sp.csr_matrix, dimensions: int = 128, seed: int = 0) -> None:
        rows, columns = counts.shape
        present = np.asarray((counts > 0).sum(axis=0)).ravel()
        self.rarity: npt.NDArray[np.float32] = np.log((1 + rows) / (1 + present)).astype(np.float32)
        self._weights = self.rarity + 1
        size = min(dimensions, rows - 1, columns - 1)
        if size < 2:
            self._components = np.zeros((columns, 0), dtype=np.float32)
            return
        _, strengths, components = randomized_svd(self._weigh(counts), size, n_iter=2, random_state=seed)
        # Halfway to whitening: the few strongest directions are what all texts share, not what tells them apart.
        scale = 1 / np.sqrt(np.maximum(strengths, 1e-9))
        self._components = np.ascontiguousarray(components.T * scale, dtype=np.float32)

    def vectors(self, counts: sp.csr_matrix) -> npt.NDArray[np.float32]:
        """One unit vector a row; texts without a known term give zeros."""
        dense = np.asarray(self._weigh(counts) @ self._components, dtype=np.float32)
        lengths = np.linalg.norm(dense, axis=1, keepdims=True)
        scaled: npt.NDArray[np.float32] = np.divide(dense, lengths, out=np.zeros_like(dense), where=lengths > 1e-6)
        return scaled

    def _weigh(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        weighted = counts.copy()
        weighted.data = 1 + np.log(weighted.data)
        weighted = sp.csr_matrix(weighted.multiply(self._weights))
        lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
        return sp.csr_matrix(sp.diags(1 / np.maximum(lengths, 1e-9)).astype(np.float32) @ weighted)


def distinctive_terms(
    counts: sp.csr_matrix, terms: Sequence[str], groups: npt.NDArray[np.int64], n_groups: int, limit: int = 8
) -> list[list[str]]:
    """The terms of each group by class tf-idf, best first, without stop words and without repeating one another.

    Args:
        counts: term counts, one row a text.
        terms: names of the columns.
        groups: group of each row, -1 for none.
        n_groups: number of groups.
        limit: most terms a group.

    Returns:
        One list of terms a group; empty where the group's texts share no telling term.
    """
    telling = np.array([_is_telling(term) for term in terms], dtype=bool)
    inside = np.flatnonzero(groups >= 0)
    if not telling.any() or not len(inside):
        return [[] for _ in range(n_groups)]
    names = np.asarray(terms, dtype=object)[telling]
    present = (counts[inside][:, telling] > 0).astype(np.float32)
    member = sp.csr_matrix(
        (np.ones(len(inside), np.float32), (groups[inside], np.arange(len(inside)))), (n_groups, len(inside))
    )
    per_group = sp.csr_matrix(member @ present)
    per_group.sort_indices()
    sizes = np.maximum(np.bincount(groups[inside], minlength=n_groups), 1)
    shares = per_group.copy()
    shares.data = per_group.data / np.repeat(sizes, np.diff(per_group.indptr))
    total = np.asarray(shares.sum(axis=0)).ravel()
    rarity = np.log1p(shares.sum() / n_groups / np.maximum(total, 1e-9))
    found = []
    for group in range(n_groups):
        row = slice(shares.indptr[group], shares.indptr[group + 1])
        columns, seen = shares.indices[row], per_group.data[row]
        score = shares.data[row] * rarity[columns]
        # A word of a few texts is no name for the group, however rare it is elsewhere.
        score[(seen < min(2, sizes[group])) | (shares.data[row] < _COMMON)] = 0
        order = np.lexsort((names[columns].astype(str), -score))
        found.append(list(_without_repeats((str(names[columns[i]]) for i in order if score[i] > 0), limit)))
    return found


def make_labels(
    keywords: Sequence[Sequence[str]], quotes: Sequence[str], words: int = 3, taken: Iterable[str] = ()
) -> list[str]:
    """A short label a group: its first terms, more of them where two groups would read the same.

    Args:
        keywords: terms of each group, best first.
        quotes: most central text of each group, used where it has no terms.
        words: terms of a label.
        taken: labels of other groups.

    Returns:
        One label a group, all different.
    """
    labels: list[str] = []
    taken = set(taken)
    for terms, quote in zip(keywords, quotes, strict=True):
        tried = [", ".join(terms[:size]) for size in range(min(words, len(terms)), len(terms) + 1) if size]
        tried = tried or [_clip(quote)]
        label = next((text for text in tried if text not in taken), None)
        number = 2
        while label is None:
            candidate = f"{tried[0]} ({number})"
            label = None if candidate in taken else candidate
            number += 1
        taken.add(label)
        labels.append(label)
    return labels


def _prepare(text: str) -> str:
    return _PLACEHOLDER.sub(" ", text).lower()


def _is_telling(term: str) -> bool:
    words = term.split()
    if _IS_UNSPACED.match(words[0]):
        return len(words) == 2 and bool(_IS_UNSPACED.match(words[1]))
    return words[0] not in _STOP_WORDS and words[-1] not in _STOP_WORDS and len(term) <= 40


def _without_repeats(terms: Iterator[str], limit: int) -> Iterator[str]:
    used: set[str] = set()
    count = 0
    for term in terms:
        words = {_stem(word) for word in term.split()}
        if count == limit:
            return
        if words & used:
            continue
        used |= words
        count += 1
        yield "".join(term.split()) if _IS_UNSPACED.match(term) else term


def _stem(word: str) -> str:
    """Crude on purpose: inflections of one word must not fill a label."""
    return word[:6].removesuffix("s")


def _clip(text: str, length: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
