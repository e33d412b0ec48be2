"""How a text or a clause feels, from −1 to 1: a valence lexicon with negation and degree, adapted to software feedback.

Lexicon values are VADER's (MIT), with the words of business software added or put right: in this domain "support",
"ticket" and "share" are things, not feelings, while "slow", "crashes" and "intuitive" are judgements.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from insights.classify import Lexicon
from insights.embed import Encoder, count_words, default_encoder

Label = Literal["negative", "neutral", "positive"]
LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")

# Scores within these bounds are neutral; chosen on product-review sentences (insights/README.md).
NEGATIVE_BELOW = -0.05
POSITIVE_ABOVE = 0.20

_NEUTRAL = """
support supported supporting supports ticket tickets help helps helping please share shares shared sharing security secure
secured like feature features solution solutions want wants number numbers alert alerts agree interest interests interested
chance challenge challenges play created creative demand demands join reach reached intelligence intelligent matter matters
novel fire fired firing opportunity opportunities party save saved important credit value values true certain certainly sure
well block launched launch hand top drop dropped cut criticism critical resolve resolution commit committed comment pay paid
payment charge charged profit stop stopped stops natural heavy strong legal trust trusted approval hi hello dear ok okay yes
united low super active cancel cancelled canceled definite thanks thank thx pls kind kindly sincerely cheers greetings friends
assets asset acceptable safety excel sunny treat agreed honest promised creating creates giving mandatory attachments
attachment dynamics grey apologise apologize resolved accepted agreement commitments commitment granted brave grand smart fan
hesitate dump killed kill miss offline alone vision treasure free energy engaged engagement retained fun special
"""
_VALENCES = """
-1.0 slow slowly outdated dated lag lags issue issues workaround workarounds error errors problem problems difficult
-1.0 difficulty hard harder struggle struggles struggling declined expired disconnects instead nowhere impossible confuses
-1.0 lacks lack refund refunds escalated churn competitor competitors unfortunately
-1.2 manual manually tedious repetitive lacking missing limited limiting basic delay delays delayed late expensive pricey
-1.2 overpriced costly
-1.3 complicated complex cluttered steep rigid inflexible unclear unintuitive inconsistent incomplete counterintuitive
-1.5 bug bugs buggy glitch glitches glitchy laggy sluggish clunky cumbersome confusing confused crash crashes crashed
-1.5 crashing freezes freeze frozen timeout timeouts unable cannot can't stuck duplicates incorrect wrong wrongly fails
-1.5 failed failing fail failure
-1.7 broken breaks broke downtime outage outages unreliable unstable frustrating frustrated frustration unresponsive
-1.7 overwhelming
-1.8 annoying annoyed disappointing disappointed disappointment painful painfully pain
-2.2 unusable unacceptable useless worthless nightmare disaster garbage terrible horrible awful worst
-1.4 ignored ignores ignoring nobody forever waste wasted wasting irrelevant corrupted lost loses overcharged blocker blocks
-1.4 blocked
0.9 works worked helpful handy useful clear clearly quickly
1.5 easy easier easily fast faster simple smooth smoothly reliable stable flexible responsive convenient efficient
1.8 intuitive seamless seamlessly effortless powerful snappy robust solid streamlined user-friendly timesaver quick
2.2 excellent outstanding fantastic amazing awesome delighted flawless flawlessly game-changer
1.0 improved improves improvement recommend recommended appreciate appreciated
"""
_PHRASES: Mapping[str, float] = {
    "best regards": -3.2,
    "best wishes": -3.2,
    "not acceptable": -2.0,
    "fed up": -2.0,
    "no longer": -0.8,
    "thank you": 0.4,
    "many thanks": 0.4,
    "save time": 1.8,
    "saves time": 1.8,
    "saves us": 1.6,
    "saves me": 1.6,
    "time saver": 1.8,
    "rock solid": 2.2,
    "no issues": 1.5,
    "no problems": 1.5,
    "no complaints": 1.6,
    "not bad": 0.8,
    "value for": 1.0,
    "well designed": 1.6,
    "works well": 1.5,
    "works great": 2.2,
    "easy to": 1.0,
    "hard to": -0.8,
    "too many": -1.3,
    "too much": -1.3,
    "too few": -1.3,
    "too long": -1.4,
    "takes ages": -1.6,
    "takes forever": -1.6,
    "not work": -1.6,
    "doesn't work": -1.6,
    "does not": -0.6,
    "doesn't": -0.6,
    "stopped working": -1.8,
    "would be": -0.5,
    "should be": -0.5,
    "should have": -0.6,
    "would like": -0.4,
    "we need": -0.6,
    "need a": -0.4,
    "needs to": -0.6,
    "i wish": -0.8,
    "wish there": -0.8,
    "waste of": -1.5,
    "no way": -1.3,
    "no one": -1.0,
    "not enough": -1.3,
    "makes no": -1.2,
    "out of": -0.4,
    "logged out": -0.8,
    "half the": -0.3,
    "still waiting": -1.5,
    "keeps": -0.6,
    "falls short": -1.5,
    "all or": -0.5,
}
_LEADS = frozenset(phrase.split()[0] for phrase in _PHRASES if " " in phrase)
_NEGATIONS = """
no not never none nobody nothing neither nor cannot cant can't without hardly barely rarely seldom lacks isn't isnt aren't
arent wasn't wasnt weren't werent don't dont doesn't doesnt didn't didnt won't wont wouldn't wouldnt couldn't couldnt
shouldn't shouldnt haven't havent hasn't hasnt hadn't hadnt ain't aint
"""
_BOOSTERS = """
absolutely completely considerably deeply entirely especially exceptionally extremely fully greatly highly hugely incredibly
really remarkably so substantially super thoroughly totally tremendously truly unbelievably utterly very way too much far
"""
_DAMPENERS = "almost kinda less little marginally occasionally partly slightly somewhat sort bit fairly mostly sometimes"
_BOOST = 0.293
_NEGATED = -0.74
_REACH = 3
_SPREAD = 15.0
_MIN_EXAMPLES = 5
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[!]+|[^\w\s]{2,}|[☀-➿\U0001F300-\U0001FAFF]")


class Sentiment:
    """Scores texts with the lexicon; the same text always has the same score."""

    name = "lexicon-1"

    def __init__(self) -> None:
        self._valence = _read_vader()
        self._valence.update(dict.fromkeys(_NEUTRAL.split(), 0.0))
        for line in _VALENCES.strip().splitlines():
            value, *words = line.split()
            self._valence.update(dict.fromkeys(words, float(value)))
        self._negations = frozenset(_NEGATIONS.split())
        self._boosters = dict.fromkeys(_BOOSTERS.split(), _BOOST) | dict.fromkeys(_DAMPENERS.split(), -_BOOST)

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Sentiment of each text, from −1 to 1; 0 where no word says anything."""
        totals = np.fromiter((self.valence(text) for text in texts), dtype=np.float64, count=len(texts))
        return squash(totals)

    def valence(self, text: str) -> float:
        """Sum of the valences of a text's words and phrases, with negation and degree."""
        words = _TOKEN.findall(text.lower().replace("’", "'"))
        valences, total, emphasis = self._valence, 0.0, 0
        for place, word in enumerate(words):
            value = valences.get(word, 0.0)
            if word in _LEADS and place + 1 < len(words):
                value += _PHRASES.get(f"{word} {words[place + 1]}", 0.0)
            if value:
                total += self._in_context(value, words, place)
            elif word[0] == "!":
                emphasis += len(word)
        return total + math.copysign(min(emphasis, 4) * _BOOST, total) if total else 0.0

    def _in_context(self, value: float, words: list[str], place: int) -> float:
        for distance, word in enumerate(reversed(words[max(0, place - _REACH) : place])):
            degree = self._boosters.get(word)
            if degree is not None and value:
                value += (degree if value > 0 else -degree) * (1 - 0.05 * distance)
            if word in self._negations:
                value *= _NEGATED
        return value


class TrainedSentiment:
    """Learns a workspace's own tone from labelled texts: vectors and words, with the lexicon's score beside them.

    Heads do not carry over from one domain to another (insights/README.md), so there is none to ship: train one here.

    Args:
        examples: texts and their labels, at least a handful of each label.
        encoder: what turns texts into vectors.
    """

    def __init__(self, examples: Sequence[tuple[str, Label]], encoder: Encoder | None = None) -> None:
        counted = Counter(mood for _, mood in examples)
        few = [mood for mood in LABELS if counted[mood] < _MIN_EXAMPLES]
        if few:
            raise ValueError(f"at least {_MIN_EXAMPLES} examples of each label are needed; too few: {', '.join(few)}")
        self._encoder = encoder or default_encoder()
        self._words = default_sentiment()
        texts, targets = [text for text, _ in examples], [LABELS.index(mood) for _, mood in examples]
        self._lexicon = Lexicon(*count_words(texts))
        self._model = LogisticRegression(C=3.0, max_iter=300).fit(self._features(texts), targets)
        content = "\n".join(sorted(f"{text}\t{mood}" for text, mood in examples))
        self.name = f"trained-{hashlib.sha256(content.encode()).hexdigest()[:12]}"

    def _features(self, texts: Sequence[str]) -> sp.csr_matrix:
        scores = self._words.score(texts).astype(np.float32)
        known = np.stack([scores, scores < NEGATIVE_BELOW, scores > POSITIVE_ABOVE], axis=1).astype(np.float32)
        return sp.csr_matrix(
            sp.hstack(
                [
                    sp.csr_matrix(self._encoder.encode(texts)),
                    self._lexicon.transform(*count_words(texts), texts),
                    sp.csr_matrix(known),
                ]
            )
        )

    def probabilities(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Probability of negative, neutral and positive, one row a text."""
        found: npt.NDArray[np.float64] = self._model.predict_proba(self._features(texts))
        return found

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Sentiment of each text, from −1 to 1: how much likelier positive than negative it is."""
        found = self.probabilities(texts)
        difference: npt.NDArray[np.float64] = found[:, 2] - found[:, 0]
        return difference


def squash(totals: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Sums of valences as scores between −1 and 1."""
    scores: npt.NDArray[np.float64] = totals / np.sqrt(totals * totals + _SPREAD)
    return scores


def label(scores: npt.NDArray[np.float64]) -> list[Label]:
    """The label of each score."""
    places = np.where(scores < NEGATIVE_BELOW, 0, np.where(scores > POSITIVE_ABOVE, 2, 1))
    return [LABELS[place] for place in places]


def _read_vader() -> dict[str, float]:
    spec = importlib.util.find_spec("vaderSentiment")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package 'vaderSentiment' is not installed; install the project's dependencies again")
    path = Path(next(iter(spec.submodule_search_locations))) / "vader_lexicon.txt"
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return {word: float(value) for word, value, *_ in lines}


@functools.cache
def default_sentiment() -> Sentiment:
    """The scorer used by the enrichment; loaded once a process."""
    return Sentiment()
