"""Text to vectors: a static encoder that ships inside a package, an optional transformer, one interface for both.

The static encoder works word by word: equal words of a batch are tokenised and looked up once, so its cost follows the
vocabulary of a batch, not its length.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy.sparse as sp
from safetensors.numpy import load_file
from tokenizers import Tokenizer

Vectors = npt.NDArray[np.float32]


class EncoderUnavailableError(RuntimeError):
    """An encoder cannot be used; the message says why and what to do."""


class Encoder(Protocol):
    """Anything that turns texts into unit vectors.

    Attributes:
        name: identifies model and settings; part of every model version.
        dimensions: length of the vectors.
    """

    name: str
    dimensions: int

    def __hash__(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, in order; a text without any word gives the zero vector."""
        ...


def count_words(texts: Sequence[str] | pl.Series) -> tuple[sp.csr_matrix, list[str]]:
    """Occurrences of whitespace-separated words, one row a text; and the words of the columns, sorted.

    Sorted columns make every later sum over a text's words independent of the batch that the text came in.
    """
    series = pl.Series("word", texts, dtype=pl.String)
    frame = (
        pl.DataFrame({"text": np.arange(len(series), dtype=np.int64), "word": series})
        .with_columns(pl.col("word").str.replace_all(r"\s+", " ").str.strip_chars(" ").str.split(" "))
        .explode("word")
        .filter(pl.col("word").str.len_bytes() > 0)
    )
    words = frame["word"].unique().sort()
    numbered = pl.DataFrame({"word": words, "code": np.arange(len(words), dtype=np.int64)})
    codes = frame.join(numbered, on="word", how="left", maintain_order="left")
    ones = np.ones(len(codes), dtype=np.float32)
    shape = (len(series), len(words))
    matrix = sp.csr_matrix((ones, (codes["text"].to_numpy(), codes["code"].to_numpy())), shape=shape)
    matrix.sum_duplicates()
    return matrix, words.to_list()


def unit(vectors: npt.NDArray[np.float32]) -> Vectors:
    """Rows scaled to length one; zero rows stay zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return scaled


class StaticEncoder:
    """Sum of token vectors, scaled to length one (WordLlama, 256 dimensions, shipped in its package).

    The package's own loader looks for the tokenizer where its wheel does not put it and then tries to download it;
    reading both files directly keeps the encoder offline.
    """

    name = "wordllama-0.4-256"
    dimensions = 256

    def __init__(self) -> None:
        spec = importlib.util.find_spec("wordllama")
        if spec is None or not spec.submodule_search_locations:
            raise RuntimeError("the package 'wordllama' is not installed; install the project's dependencies again")
        root = Path(next(iter(spec.submodule_search_locations)))
        self._tokenizer = Tokenizer.from_file(str(root / "tokenizers" / "l2_supercat_tokenizer_config.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        weights = load_file(str(root / "weights" / "l2_supercat_256.safetensors"))
        self._vectors = np.ascontiguousarray(weights["embedding.weight"], dtype=np.float32)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, in order; a text without any word gives the zero vector."""
        counts, words = count_words(texts)
        return self.encode_words(counts, words)

    def encode_words(self, counts: sp.csr_matrix, words: Sequence[str]) -> Vectors:
        """The same from words that were counted already."""
        if not words:
            return np.zeros((counts.shape[0], self.dimensions), dtype=np.float32)
        return unit(np.asarray(counts @ self.word_vectors(words), dtype=np.float32))

    def word_vectors(self, words: Sequence[str]) -> Vectors:
        """Sum of the token vectors of each word, not scaled."""
        encodings = self._tokenizer.encode_batch_fast(list(words), add_special_tokens=False)
        ids = [encoding.ids for encoding in encodings]
        starts = np.cumsum([0, *map(len, ids)])
        flat = np.fromiter((i for word in ids for i in word), dtype=np.int64, count=int(starts[-1]))
        tokens = sp.csr_matrix((np.ones(len(flat), dtype=np.float32), flat, starts), shape=(len(words), len(self._vectors)))
        return np.asarray(tokens @ self._vectors, dtype=np.float32)


@functools.cache
def default_encoder() -> StaticEncoder:
    """The encoder used when nothing else is asked for; loaded once a process."""
    return StaticEncoder()
