"""The trained judge of messages from colleagues: what is asked and who should answer, with calibrated probabilities.

Reads one plain archive of arrays; nothing is unpickled, trained or downloaded at run time.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.special import softmax

from insights.embed import count_words, default_encoder
from insights.question_labels import OWNERS, QUALITIES
from insights.redact import KINDS
from insights.transformer import Encoder, expand, token_ids, tokenizer_of

MODEL_FILE = Path(__file__).parent / "question_model.npz"
WORD_BITS, CHARACTER_BITS = 15, 17
_PLACEHOLDER = re.compile(rf"\[({'|'.join(KINDS)})\]")
# Punctuation carries an ask.
_WORD = r"\w+|[?!.]"
_SPACE = re.compile(r"\s+")
HEADS = 12
_BLOCK = 512

Logits = npt.NDArray[np.float64]
Arrays = Mapping[str, npt.NDArray[Any]]


def tidy(text: str) -> str:
    """The text as the model reads it: placeholders as plain words, runs of blanks as one."""
    return _SPACE.sub(" ", _PLACEHOLDER.sub(lambda found: found[1].lower(), text)).strip()


def lexical_features(texts: Sequence[str]) -> sp.csr_matrix:
    """Static vector, hashed words with the punctuation that carries an ask, hashed characters: unweighted, one row a text."""
    from sklearn.feature_extraction.text import HashingVectorizer

    settings: dict[str, Any] = {"norm": None, "alternate_sign": False, "dtype": np.float32}
    words = HashingVectorizer(ngram_range=(1, 3), token_pattern=_WORD, n_features=2**WORD_BITS, **settings)
    characters = HashingVectorizer(analyzer="char_wb", ngram_range=(2, 5), n_features=2**CHARACTER_BITS, **settings)
    counts, distinct = count_words(texts)
    dense = sp.csr_matrix(default_encoder().encode_words(counts, distinct))
    # Characters are counted within words: once a word of the batch, then summed over the words of a text.
    spelled = characters.transform(distinct) if distinct else sp.csr_matrix((0, 2**CHARACTER_BITS), dtype=np.float32)
    blocks = [sp.csr_matrix(words.transform(texts)), sp.csr_matrix(counts @ spelled)]
    for block in blocks:
        block.sort_indices()
        block.data = 1 + np.log(block.data)
    return sp.csr_matrix(sp.hstack([dense, *blocks]))


def weigh(features: sp.csr_matrix, weights: npt.NDArray[np.float32]) -> sp.csr_matrix:
    """Columns times their weights, then each lexical block of a row scaled to length one."""
    dense = default_encoder().dimensions
    edges = (0, dense, dense + 2**WORD_BITS, dense + 2**WORD_BITS + 2**CHARACTER_BITS)
    weighted = sp.csr_matrix(features @ sp.diags_array(weights))
    blocks = []
    for first, last in pairwise(edges):
        block = sp.csr_matrix(weighted[:, first:last])
        lengths = np.sqrt(np.asarray(block.multiply(block).sum(axis=1)).ravel())
        scale = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
        blocks.append(sp.diags_array(scale.astype(np.float32)) @ block)
    return sp.csr_matrix(sp.hstack(blocks))


class QuestionModel:
    """Two judgements of a message from the arrays of a model file: a linear part and an encoder, their scores blended.

    Attributes:
        version: hash of the file; part of every judgement, so a new model judges everything again.
    """

    def __init__(self, arrays: Arrays, version: str) -> None:
        self.version = version
        self._idf = arrays["lexical.idf"].astype(np.float32)
        self._weights = arrays["lexical.weights"].astype(np.float32)
        self._intercept = arrays["lexical.intercept"]
        self._blend = arrays["blend"]
        self._heads = {name: array for name, array in arrays.items() if name.startswith("head.")}
        self._tokenizer = tokenizer_of(arrays["encoder.vocabulary"].tobytes().decode().split("\n"))
        own = {name.removeprefix("encoder."): array for name, array in arrays.items() if name.startswith("encoder.")}
        whole = {
            name: expand(array, own[f"{name}.scale"]) if f"{name}.scale" in own else array
            for name, array in own.items()
            if name != "vocabulary" and not name.endswith(".scale")
        }
        self._encoder = Encoder(whole, layers=sum(name.endswith(".qkv") for name in whole), heads=HEADS)

    def probabilities(self, texts: Sequence[str]) -> tuple[Logits, Logits]:
        """Probability of each quality, and of each owner given that something is asked; one row a text."""
        blocks = [[tidy(text) for text in texts[n : n + _BLOCK]] for n in range(0, len(texts), _BLOCK)]
        if not blocks:
            return np.zeros((0, len(QUALITIES))), np.zeros((0, len(OWNERS) - 1))
        # Almost all of it is linear algebra, which lets go of the interpreter: a block for each core at a time.
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            found = list(threads.map(self._block, blocks))
        quality, owner = (np.concatenate(part) for part in zip(*found, strict=True))
        return softmax(quality, axis=1), softmax(owner, axis=1)

    def _block(self, texts: Sequence[str]) -> tuple[Logits, Logits]:
        parts = zip(self.lexical_scores(texts), self.encoder_scores(texts), self._blend, strict=True)
        quality, owner = (lexical * share[0] + encoded * share[1] for lexical, encoded, share in parts)
        return quality, owner

    def lexical_scores(self, texts: Sequence[str]) -> tuple[Logits, Logits]:
        """Scores of the linear part: each quality, each owner but `none`."""
        scores = np.asarray(weigh(lexical_features(texts), self._idf) @ self._weights, dtype=np.float64) + self._intercept
        return scores[:, : len(QUALITIES)], scores[:, len(QUALITIES) :]

    def encoder_scores(self, texts: Sequence[str]) -> tuple[Logits, Logits]:
        """The same of the encoder."""
        vectors = self._encoder.encode(token_ids(self._tokenizer, texts))
        quality = vectors @ self._heads["head.quality"] + self._heads["head.quality.bias"]
        owner = vectors @ self._heads["head.owner"] + self._heads["head.owner.bias"]
        return quality.astype(np.float64), owner[:, : len(OWNERS) - 1].astype(np.float64)


@functools.cache
def default_model() -> QuestionModel:
    """The model that is shipped; read once a process."""
    return QuestionModel(read_arrays(MODEL_FILE), file_version())


def read_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """All arrays of a model file."""
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


@functools.cache
def file_version() -> str:
    """Short hash of the shipped model file."""
    return hashlib.sha256(MODEL_FILE.read_bytes()).hexdigest()[:12]
