"""Which language a text is in, with an honest confidence: too little text is `und`, never silently English.

The model is py3langid's (BSD): naive Bayes over byte n-grams found by an automaton. Its own loop takes one text at a
time; here the automaton runs over a whole batch at once, with the same scores.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNKNOWN = "und"
# Below this posterior a guess is wrong too often to be published.
THRESHOLD = 0.30
# A few sentences settle the language; the rest of a long text would only cost time.
MAX_BYTES = 400
BATCH = 4096
# Languages of business software's markets. Fewer candidates make short texts far more certain.
_LANGUAGES = (
    "ar bg cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv ms nl no pl pt ro ru sk sl sr sv th tl tr uk vi zh"
)


class LanguageDetector:
    """Labels texts with an ISO 639-1 code and a confidence between 0 and 1."""

    def __init__(self) -> None:
        model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        model.set_languages(_LANGUAGES.split())
        self._model = model
        self.labels = np.asarray(model.nb_classes)
        self._next = np.frombuffer(model.tk_nextmove, dtype=model.tk_nextmove.typecode)
        self._row = np.asarray(model.tk_row, dtype=np.int64) << 8
        self._output = np.asarray(model.tk_output, dtype=np.int64)
        self._weights = np.asarray(model.nb_ptc, dtype=np.float32)
        self._prior = np.asarray(model.nb_pc, dtype=np.float32)

    def detect(self, texts: Sequence[str]) -> tuple[list[str], npt.NDArray[np.float64]]:
        """Language and confidence of each text; `und` where the confidence is too low to say."""
        languages: list[str] = []
        confidences: list[npt.NDArray[np.float64]] = []
        for first in range(0, len(texts), BATCH):
            found = self.posteriors(texts[first : first + BATCH])
            best = found.argmax(axis=1)
            confidence = found[np.arange(len(best)), best]
            languages += np.where(confidence >= THRESHOLD, self.labels[best], UNKNOWN).tolist()
            confidences.append(confidence)
        return languages, np.concatenate(confidences) if confidences else np.zeros(0)

    def posteriors(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Probability of each language, one row a text."""
        encoded = [_encode(text) for text in texts]
        lengths = np.asarray([len(data) for data in encoded], dtype=np.int64)
        scores: npt.NDArray[np.float64] = self._scores(encoded, lengths) / np.sqrt(np.maximum(lengths, 1))[:, None]
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores /= scores.sum(axis=1, keepdims=True)
        for label in {label for label in self.labels if (self.labels == label).sum() > 1}:
            first, *others = np.flatnonzero(self.labels == label)
            scores[:, first] += scores[:, others].sum(axis=1)
            scores[:, others] = 0.0
        return scores

    def _scores(self, encoded: Sequence[bytes], lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Log-odds of each language from counts of the features that the automaton emits."""
        # The longest first: those that still have letters at a step are then the first ones.
        order = np.argsort(-lengths, kind="stable")
        longest = int(lengths.max(initial=0))
        joined = b"".join(encoded[place].ljust(longest, b"\0") for place in order)
        letters = np.ascontiguousarray(np.frombuffer(joined, dtype=np.uint8).reshape(len(encoded), longest).T)
        reading = np.searchsorted(-lengths[order], -np.arange(longest), side="left")
        state = np.zeros(len(encoded), dtype=np.int64)
        texts, features = [], []
        for step, alive in enumerate(reading):
            state = self._next[self._row[state[:alive]] + letters[step, :alive]].astype(np.int64)
            feature = self._output[state]
            hit = np.flatnonzero(feature >= 0)
            texts.append(order[hit])
            features.append(feature[hit])
        if not texts:
            return np.zeros((len(encoded), len(self.labels)))
        where = (np.concatenate(texts), np.concatenate(features))
        counts = sp.csr_matrix((np.ones(len(where[0]), dtype=np.float32), where), shape=(len(encoded), len(self._weights)))
        counts.sum_duplicates()
        counts.data = np.log1p(counts.data)
        scores = np.asarray(counts @ self._weights, dtype=np.float64)
        scores[counts.getnnz(axis=1) > 0] += self._prior
        return scores


def _encode(text: str) -> bytes:
    if text.isupper():
        text = text.lower()
    data = unicodedata.normalize("NFC", text[:MAX_BYTES]).encode("utf-8", errors="surrogatepass")
    # Cut at a character, not within one.
    return data[:MAX_BYTES].decode("utf-8", errors="ignore").encode("utf-8") if len(data) > MAX_BYTES else data


@functools.cache
def default_detector() -> LanguageDetector:
    """The detector used by the enrichment; loaded once a process."""
    return LanguageDetector()
