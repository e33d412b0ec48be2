"""Which quotes stand for a theme: typical of what is said, and not the same thing said by the same people twice."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Weights of what makes a quote worth showing next.
COVERS = 0.6
CONFIDENCE = 0.3
REPEATS = 0.8
NEW_CHANNEL = 0.15
NEW_SEGMENT = 0.05
# Shorter quotes ("too slow") say little by themselves; longer ones are not read.
GOOD_LENGTH = (40, 220)
WORD = re.compile(r"\w+")


def _terms(quote: str) -> Iterator[str]:
    words = WORD.findall(quote.lower())
    yield from words
    yield from (f"{first} {second}" for first, second in itertools.pairwise(words))


def similarities(quotes: Sequence[str]) -> Floats:
    """Cosine of the quotes' words and word pairs, rare ones weighing more; a quote without words is like no other."""
    vocabulary: dict[str, int] = {}
    found = [[vocabulary.setdefault(term, len(vocabulary)) for term in _terms(quote)] for quote in quotes]
    counts = np.zeros((len(quotes), max(1, len(vocabulary))))
    for row, columns in enumerate(found):
        np.add.at(counts[row], columns, 1.0)
    present = counts > 0
    rarity = np.log((1 + len(quotes)) / (1 + present.sum(axis=0))) + 1
    weights = np.where(present, 1 + np.log(np.maximum(counts, 1.0)), 0.0) * rarity
    length = np.linalg.norm(weights, axis=1, keepdims=True)
    unit = np.divide(weights, length, out=weights, where=length > 0)
    return np.asarray(unit @ unit.T)


def _readable(quotes: Sequence[str]) -> Floats:
    """1 for lengths that read well, falling towards 0 on both sides."""
    length = np.array([len(quote) for quote in quotes], dtype=np.float64)
    shortest, longest = GOOD_LENGTH
    return np.asarray(np.minimum(1.0, np.minimum(length / shortest, longest / np.maximum(length, 1.0))))


def select_quotes(
    quotes: Sequence[str], confidence: Sequence[float], channels: Sequence[str], segments: Sequence[str], wanted: int
) -> list[int]:
    """Positions of the quotes to show, best first; of equal quotes the earlier position wins.

    Each next quote is the one that stands for most of what the chosen ones do not yet stand for (facility location:
    Lin & Bilmes 2011), is least like any of them, and rather comes from a channel and segment that have not spoken.

    Args:
        quotes: candidates.
        confidence: how surely each shows the theme, 0–1.
        channels: channel of each.
        segments: segment of each.
        wanted: how many to choose at most.
    """
    if not quotes:
        return []
    similar = similarities(quotes)
    readable = _readable(quotes)
    sure = CONFIDENCE * np.asarray(confidence, dtype=np.float64)
    channel_of, segment_of = np.asarray(channels), np.asarray(segments)
    chosen: list[int] = []
    covered = np.zeros(len(quotes))
    most = similar.mean(axis=0).max() or 1.0
    while len(chosen) < min(wanted, len(quotes)):
        gain = np.maximum(similar - covered[:, None], 0.0).mean(axis=0) / most
        repeated = similar[chosen].max(axis=0) if chosen else np.zeros(len(quotes))
        score = (COVERS * gain + sure) * readable - REPEATS * repeated
        score += NEW_CHANNEL * ~np.isin(channel_of, channel_of[chosen])
        score += NEW_SEGMENT * ~np.isin(segment_of, segment_of[chosen])
        score[chosen] = -np.inf
        best = int(np.argmax(score))
        chosen.append(best)
        covered = np.maximum(covered, similar[best])
    return chosen
