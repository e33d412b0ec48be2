"""A text classifier for few examples or many: static vectors and words together, with calibrated probabilities.

It trains in about a second from phrases, so there is no model file to ship or to keep in step with a taxonomy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from insights.embed import Encoder, StaticEncoder, count_words, unit
from insights.threads import one_thread

Matrix = npt.NDArray[np.float32]
Targets = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float64]

# Up to here the exact solution in the span of the examples is fastest; beyond, a linear SVM.
SMALL = 1500
FOLDS = 3
# Weight of the word and character features beside the vectors, with few and with many examples.
FEW_LEXICAL = 0.5
MANY_LEXICAL = 0.7
# Weight of pairs of words beside single words; few examples share too few of them to learn from.
PAIRS = np.float32(1.15)
_WORD = r"\w+"
_REGULARISATION = 30.0
_SVM_REGULARISATION = 1.0
# Self-training on unlabelled text: neighbours, rounds of smoothing, and weight of a pseudo-label.
_NEIGHBOURS = 10
_SMOOTHING = 10
# Weight of the nearest unlabelled texts beside a text itself, and the cosine from which two texts are the same.
_COMPANY = 0.7
_EQUAL = 0.9999
_TRUST = 0.6
_MAX_UNLABELLED = 8000
# Temperature of cosines where there are too few examples to hold any out.
_COSINE_TEMPERATURE = 0.05
# What makes the regression's probabilities honest where its classes have one or two phrases, and from there up to enough of
# them: found on clinc150, on the training part of banking77 and on themes with the first 4, 8 and 12 of their seeds.
_BARE_TEMPERATURE = 0.5
_SHARPEST = 0.6
_ENOUGH = 16
_BLOCK = 1024
_NEAREST = 5
_SAMPLE = 500


class Lexicon:
    """tf-idf of words, of character 3- to 5-grams within words and, where asked for, of pairs of neighbouring words.

    The first two are computed once for each distinct word of a batch and summed over texts.

    Args:
        counts: occurrences of words, one row a text.
        words: words of the columns.
        paired: the same texts, where they are many enough to learn from pairs of words.
    """

    def __init__(self, counts: sp.csr_matrix, words: Sequence[str], paired: Sequence[str] = ()) -> None:
        self._vectorizers = (
            CountVectorizer(dtype=np.float32),
            CountVectorizer(analyzer="char_wb", ngram_range=(3, 5), dtype=np.float32),
        )
        self._idf = [_rarity(counts @ vectorizer.fit_transform(words)) for vectorizer in self._vectorizers]
        self._pairs: CountVectorizer | None = None
        if paired:
            self._pairs = CountVectorizer(ngram_range=(2, 2), token_pattern=_WORD, dtype=np.float32)
            self._rare_pairs = _rarity(self._pairs.fit_transform(paired))

    def transform(self, counts: sp.csr_matrix, words: Sequence[str], texts: Sequence[str]) -> sp.csr_matrix:
        """One row a text: the blocks of words and characters scaled to length one, that of pairs to `PAIRS`."""
        blocks = [
            _weighted(sp.csr_matrix(counts @ vectorizer.transform(words)), idf)
            for vectorizer, idf in zip(self._vectorizers, self._idf, strict=True)
        ]
        if self._pairs is not None:
            blocks.append(PAIRS * _weighted(self._pairs.transform(texts), self._rare_pairs))
        return sp.csr_matrix(sp.hstack(blocks))


def _rarity(counts: sp.csr_matrix) -> Matrix:
    """Smoothed inverse document frequency of each column."""
    documents = np.asarray((counts > 0).sum(axis=0)).ravel()
    return np.asarray(np.log((1 + counts.shape[0]) / (1 + documents)) + 1, dtype=np.float32)


def _weighted(counts: sp.csr_matrix, rarity: Matrix) -> sp.csr_matrix:
    """Sublinear tf-idf, rows scaled to length one."""
    counts.sort_indices()
    counts.data = (1 + np.log(counts.data)) * rarity[counts.indices]
    return _unit_rows(counts)


@dataclass(frozen=True)
class _Linear:
    """Weights of the vector and word features, and the intercepts, one column a class."""

    dense: Matrix
    sparse: Matrix
    intercept: Matrix

    def logits(self, dense: Matrix, sparse: sp.csr_matrix) -> npt.NDArray[np.float64]:
        return np.asarray(dense @ self.dense + sparse @ self.sparse + self.intercept, dtype=np.float64)


class TextClassifier:
    """Learns classes from example texts.

    Args:
        texts: the examples.
        targets: class of each example, from 0 on without gaps.
        encoder: what turns texts into vectors.
        weights: weight of each example; 1 when left out.
        unlabelled: further texts of the same kind, to learn from their neighbourhoods (self-training).
        emphasis: on shared words, against likeness of meaning; 1 is right for texts of one kind, more where few phrases must
            recognise what is said in many ways.
    """

    @one_thread
    def __init__(
        self,
        texts: Sequence[str],
        targets: Sequence[int],
        encoder: Encoder,
        *,
        weights: Sequence[float] | None = None,
        unlabelled: Sequence[str] = (),
        emphasis: float = 1.0,
    ) -> None:
        self._encoder = encoder
        self._emphasis = np.float32(emphasis if len(texts) <= SMALL else 1.0)
        self._targets = np.asarray(targets, dtype=np.int64)
        self.classes = int(self._targets.max()) + 1
        weighted = np.ones(len(texts)) if weights is None else np.asarray(weights, dtype=np.float64)
        pool = _evenly(unlabelled)
        everything = [*texts, *pool]
        self._lexicon = Lexicon(*count_words(everything), everything if len(texts) > SMALL else ())
        self._pool: tuple[Matrix, sp.csr_matrix] | None = None
        if pool:
            self._pool = self._features(pool)
        dense, sparse = self._features(texts)
        self._examples = _rows(dense, sparse)
        self.method, self._linear, self._temperature, self._spread = _choose(dense, sparse, self._targets, weighted)
        if pool:
            self._self_train(dense, sparse, weighted, pool)

    def _features(self, texts: Sequence[str]) -> tuple[Matrix, sp.csr_matrix]:
        counts, words = count_words(texts)
        if isinstance(self._encoder, StaticEncoder):
            dense = self._encoder.encode_words(counts, words)
        else:
            dense = self._encoder.encode(texts)
        return self._expand(dense, self._emphasis * self._lexicon.transform(counts, words, texts))

    def _expand(self, dense: Matrix, sparse: sp.csr_matrix) -> tuple[Matrix, sp.csr_matrix]:
        """Each text together with its nearest unlabelled ones: they say the same in other words."""
        if self._pool is None:
            return dense, sparse
        around = _neighbourhood(dense, self._pool[0])
        near_dense = unit(np.asarray(around @ self._pool[0], dtype=np.float32))
        near_sparse = sp.csr_matrix(around @ self._pool[1])
        return unit(dense + _COMPANY * near_dense), sp.csr_matrix(sparse + np.float32(_COMPANY) * near_sparse)

    @one_thread
    def probabilities(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Calibrated probability of each class, one row a text."""
        if not len(texts):
            return np.zeros((0, self.classes))
        found: npt.NDArray[np.float64] = softmax(self._linear.logits(*self._features(texts)) / self._temperature, axis=1)
        return found

    @one_thread
    def familiarity(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """How much a text resembles what was learned; low values are out of scope.

        Adds the likeness of the nearest examples and the best class's score, each in units of its spread among examples
        that were held out.
        """
        if not len(texts):
            return np.zeros(0)
        dense, sparse = self._features(texts)
        step = max(self._examples.shape[0] // _SAMPLE, 1)
        usual = self._likeness(self._examples[::step], themselves=True).std()
        best = self._linear.logits(dense, sparse).max(axis=1)
        found: npt.NDArray[np.float64] = self._likeness(_rows(dense, sparse)) / max(float(usual), 1e-6) + best / self._spread
        return found

    def _likeness(self, rows: sp.csr_matrix, *, themselves: bool = False) -> npt.NDArray[np.float64]:
        """Mean similarity of the five nearest examples, without the text itself where it is one of them."""
        found = []
        for first in range(0, rows.shape[0], _BLOCK):
            similar = np.asarray((rows[first : first + _BLOCK] @ self._examples.T).todense())
            k = min(_NEAREST + themselves, similar.shape[1])
            nearest = np.sort(np.partition(similar, -k, axis=1)[:, -k:], axis=1)
            found.append((nearest[:, :-1] if themselves and k > 1 else nearest).mean(axis=1))
        return np.concatenate(found).astype(np.float64)

    def _self_train(self, dense: Matrix, sparse: sp.csr_matrix, weights: Weights, pool: Sequence[str]) -> None:
        """Learn again, also from what the unlabelled texts are taken for, neighbourhood by neighbourhood."""
        more_dense, more_sparse = self._features(pool)
        smooth = softmax(self._linear.logits(more_dense, more_sparse) / self._temperature, axis=1)
        if len(pool) > 1:
            smooth = _smooth(smooth, _neighbourhood(more_dense, more_dense))
        pseudo, trust = smooth.argmax(axis=1), _TRUST * smooth.max(axis=1)
        basis = _span(dense, sparse, FEW_LEXICAL)
        rows = np.vstack([basis.project(dense, sparse), basis.project(more_dense, more_sparse)])
        targets, trusted = np.concatenate([self._targets, pseudo]), np.concatenate([weights, trust])
        self._linear, self._temperature = basis.back(_regress(rows, targets, trusted, self.classes)), 1.0
        self.method = f"{self.method}+self-training"


def _evenly(texts: Sequence[str]) -> list[str]:
    """At most so many texts, evenly spaced: the same every time, and from the whole of an ordered file."""
    step = max(len(texts) / _MAX_UNLABELLED, 1.0)
    return [texts[int(n * step)] for n in range(int(len(texts) / step))]


def _unit_rows(rows: sp.csr_matrix) -> sp.csr_matrix:
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    scale = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return sp.csr_matrix(sp.diags_array(scale.astype(np.float32)) @ rows)


def _neighbourhood(vectors: Matrix, others: Matrix) -> sp.csr_matrix:
    """Weights of the nearest others of each vector, which add up to one; an equal vector is no neighbour."""
    n, k = len(vectors), min(_NEIGHBOURS, len(others))
    places, weights = np.zeros((n, k), dtype=np.int64), np.zeros((n, k), dtype=np.float32)
    for first in _blocks(n):
        similar = vectors[first : first + _BLOCK] @ others.T
        similar[similar > _EQUAL] = -1
        nearest = np.argpartition(-similar, k - 1, axis=1)[:, :k]
        places[first : first + _BLOCK] = nearest
        weights[first : first + _BLOCK] = np.maximum(np.take_along_axis(similar, nearest, axis=1), 1e-3) ** 4
    weights /= weights.sum(axis=1, keepdims=True)
    found = sp.csr_matrix((weights.ravel(), places.ravel(), np.arange(0, n * k + 1, k)), shape=(n, len(others)))
    found.sort_indices()
    return found


def _blocks(n: int) -> range:
    return range(0, n, _BLOCK)


def _rows(dense: Matrix, sparse: sp.csr_matrix) -> sp.csr_matrix:
    """Both feature blocks side by side, weighted for likeness between texts."""
    return sp.csr_matrix(sp.hstack([sp.csr_matrix(dense), np.float32(FEW_LEXICAL) * sparse]))


# --- fitting ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Span:
    """The examples' own coordinate system: as many dimensions as examples, however many features there are."""

    dense: Matrix
    sparse: sp.csr_matrix
    axes: Matrix
    lexical: float

    def project(self, dense: Matrix, sparse: sp.csr_matrix) -> Matrix:
        kernel = dense @ self.dense.T + self.lexical**2 * np.asarray((sparse @ self.sparse.T).todense())
        return np.asarray(kernel @ self.axes, dtype=np.float32)

    def back(self, fitted: tuple[Matrix, Matrix]) -> _Linear:
        coefficients = self.axes @ fitted[0]
        sparse = self.lexical**2 * np.asarray(self.sparse.T @ coefficients)
        return _Linear((self.dense.T @ coefficients).astype(np.float32), sparse.astype(np.float32), fitted[1])


def _span(dense: Matrix, sparse: sp.csr_matrix, lexical: float) -> _Span:
    kernel = dense @ dense.T + lexical**2 * np.asarray((sparse @ sparse.T).todense())
    values, vectors = np.linalg.eigh(kernel.astype(np.float64))
    kept = values > 1e-5 * values.max()
    return _Span(dense, sparse, (vectors[:, kept] / np.sqrt(values[kept])).astype(np.float32), lexical)


def _regress(rows: Matrix, targets: Targets, weights: Weights, classes: int) -> tuple[Matrix, Matrix]:
    """Multinomial logistic regression; a class without examples gets a score that never wins."""
    model = LogisticRegression(C=_REGULARISATION, max_iter=150, tol=1e-4).fit(rows, targets, sample_weight=weights)
    return _columns(model, classes)


def _columns(model: LogisticRegression | LinearSVC, classes: int) -> tuple[Matrix, Matrix]:
    """Weights and intercepts of a fitted model, one column for every class that exists at all."""
    coefficients = np.zeros((model.coef_.shape[1], classes), dtype=np.float32)
    intercept = np.full(classes, -1e6, dtype=np.float32)
    if len(model.classes_) == 2:
        coefficients[:, model.classes_[1]] = model.coef_[0]
        intercept[model.classes_] = 0, model.intercept_[0]
    else:
        coefficients[:, model.classes_] = model.coef_.T
        intercept[model.classes_] = model.intercept_
    return coefficients, intercept


def _fit_regression(dense: Matrix, sparse: sp.csr_matrix, targets: Targets, weights: Weights, classes: int) -> _Linear:
    basis = _span(dense, sparse, FEW_LEXICAL)
    return basis.back(_regress(basis.project(dense, sparse), targets, weights, classes))


def _fit_svm(dense: Matrix, sparse: sp.csr_matrix, targets: Targets, weights: Weights, classes: int) -> _Linear:
    rows = sp.csr_matrix(sp.hstack([sp.csr_matrix(dense), MANY_LEXICAL * sparse]))
    model = LinearSVC(C=_SVM_REGULARISATION).fit(rows, targets, sample_weight=weights)
    coefficients, intercept = _columns(model, classes)
    split = dense.shape[1]
    return _Linear(coefficients[:split], np.float32(MANY_LEXICAL) * coefficients[split:], intercept)


def _fit_centroid(dense: Matrix, sparse: sp.csr_matrix, targets: Targets, weights: Weights, classes: int) -> _Linear:
    members = sp.csr_matrix((weights.astype(np.float32), (targets, np.arange(len(targets)))), shape=(classes, len(targets)))
    centres = (
        np.asarray(members @ sparse.todense(), dtype=np.float32) if sparse.shape[1] else np.zeros((classes, 0), np.float32)
    )
    return _Linear(unit(members @ dense).T, FEW_LEXICAL**2 * unit(centres).T, np.zeros(classes, dtype=np.float32))


# The folds that set the temperature hold fewer examples than the whole: all are fitted as the whole is.
_FEW_FITS = {"linear": _fit_regression, "centroid": _fit_centroid}
_MANY_FITS = {"linear": _fit_svm}


def _choose(dense: Matrix, sparse: sp.csr_matrix, targets: Targets, weights: Weights) -> tuple[str, _Linear, float, float]:
    """The kind of classifier that is most honest on held-out examples, fitted on all; its temperature; its scores' spread.

    Clean, balanced seeds favour the linear one; noisy or very few examples the centroid. The log loss decides, not the
    accuracy: a confident mistake costs more than silence.
    """
    classes = int(targets.max()) + 1
    typical = float(np.median(np.bincount(targets)))
    if np.bincount(targets).max() < 2:
        return "centroid", _fit_centroid(dense, sparse, targets, weights, classes), _COSINE_TEMPERATURE, 1.0
    if typical < FOLDS:
        return "linear", _fit_regression(dense, sparse, targets, weights, classes), _BARE_TEMPERATURE, 1.0
    fold = _folds(targets)
    results = {}
    kinds = _FEW_FITS if len(targets) <= SMALL else _MANY_FITS
    for name, fit in kinds.items():
        logits = np.zeros((len(targets), classes))
        for number in range(FOLDS):
            train, test = fold != number, fold == number
            if train.any() and test.any():
                logits[test] = fit(dense[train], sparse[train], targets[train], weights[train], classes).logits(
                    dense[test], sparse[test]
                )
        results[name] = (*_temperature(logits, targets, weights), max(float(logits.max(axis=1).std()), 1e-6))
    best = min(results, key=lambda name: results[name][1])
    temperature = results[best][0]
    if best == "linear" and len(targets) <= SMALL:
        # Few phrases resemble one another more than what people will write: sharper than the regression itself only where a
        # class has so few of them that the regression hardly dares to speak.
        temperature = max(temperature, 1.0) * min(max(typical / _ENOUGH, _SHARPEST), 1.0)
    return best, kinds[best](dense, sparse, targets, weights, classes), temperature, results[best][2]


def _folds(targets: Targets) -> npt.NDArray[np.int64]:
    """Folds that share out the examples of each class in turn; the same for the same examples."""
    fold = np.zeros(len(targets), dtype=np.int64)
    for target in np.unique(targets):
        members = np.flatnonzero(targets == target)
        fold[members] = np.arange(len(members)) % FOLDS
    return fold


def _temperature(logits: npt.NDArray[np.float64], targets: Targets, weights: Weights) -> tuple[float, float]:
    """The divisor that makes held-out probabilities most honest, and the log loss that is left."""
    rows = np.arange(len(targets))
    kept = logits[rows, targets] > -1e5

    def loss(log_temperature: float) -> float:
        found = log_softmax(logits[kept] / np.exp(log_temperature), axis=1)
        return -float(weights[kept] @ found[rows[: kept.sum()], targets[kept]])

    if not kept.any():
        return 1.0, np.inf
    found = minimize_scalar(loss, bounds=(-5, 3), method="bounded")
    return float(np.exp(found.x)), float(found.fun) / float(weights[kept].sum())


def _smooth(probabilities: npt.NDArray[np.float64], around: sp.csr_matrix) -> npt.NDArray[np.float64]:
    """Probabilities averaged over neighbourhoods: texts that lie close together are likely of one class."""
    smooth = probabilities
    for _ in range(_SMOOTHING):
        smooth = 0.5 * probabilities + 0.5 * (around @ smooth)
    return smooth
