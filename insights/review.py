"""What a person should look at next: clauses whose theme is a close call, worded as questions that an answer settles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from insights.assign import THRESHOLD, Example, ThemeModel
from insights.embed import Encoder
from insights.evidence import split_clauses
from insights.taxonomy import Taxonomy
from insights.threads import one_thread

MIN_WORDS = 4
MAX_CLAUSES = 50_000
_GUESSES = 3
_BATCH = 8192


@dataclass(frozen=True, slots=True)
class Doubt:
    """A clause whose theme is uncertain.

    Attributes:
        key: names the clause when it is answered.
        clause: its words.
        guesses: likeliest themes of today and their probabilities, best first.
    """

    key: str
    clause: str
    guesses: tuple[tuple[str, float], ...]


@one_thread
def uncertain(
    texts: Iterable[str], taxonomy: Taxonomy, labels: Sequence[Example], limit: int, encoder: Encoder | None = None
) -> list[Doubt]:
    """The closest calls among redacted texts, the themes taking turns, so that no one theme fills the list.

    Args:
        texts: redacted texts, those of most interest first; clauses beyond the 50,000th are not looked at.
        taxonomy: the themes.
        labels: what was answered before; its clauses are not asked again.
        limit: how many.
        encoder: turns clauses into vectors; the static one by default.
    """
    known = {example.text for example in labels}
    clauses = [
        words
        for words in dict.fromkeys(split_clauses(list(texts)).words)
        if len(words.split()) >= MIN_WORDS and words not in known
    ][:MAX_CLAUSES]
    model = ThemeModel(taxonomy, labels, encoder)
    active = set(model.ids)
    found: dict[str, list[tuple[float, str, Doubt]]] = {}
    for first in range(0, len(clauses), _BATCH):
        batch = clauses[first : first + _BATCH]
        scores = model.score(batch)
        for words, row in zip(batch, scores, strict=True):
            guesses: dict[str, float] = {}
            for place in np.argsort(-row, kind="stable")[:_GUESSES]:
                theme = model.today(model.classes[int(place)].id, words)
                if theme in active:
                    guesses.setdefault(theme, float(row[place]))
            if guesses:
                best, probability = next(iter(guesses.items()))
                doubt = Doubt(key_of(words), words, tuple(guesses.items()))
                found.setdefault(best, []).append((abs(probability - THRESHOLD), words, doubt))
    ranked = [[doubt for *_, doubt in sorted(doubts, key=lambda each: each[:2])] for _, doubts in sorted(found.items())]
    turns = (doubt for turn in zip_longest(*ranked) for doubt in turn if doubt is not None)
    return [doubt for doubt, _ in zip(turns, range(limit), strict=False)]


def key_of(clause: str) -> str:
    """The short name of a clause."""
    return hashlib.sha256(clause.encode()).hexdigest()[:10]
