"""Which themes a clause is about: a linear model over static vectors and words, calibrated, that may also stay silent.

It is trained when it is needed, within a second, from the taxonomy's seeds and descriptions and whatever labels the
workspace has collected: it improves with every label and needs no model file.

A theme that was merged, split or retired goes on being recognised as what it was; what it is called today is looked up
afterwards. So none of these changes moves a single mention of another theme, and totals stay what they were.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from insights.classify import TextClassifier
from insights.embed import Encoder, default_encoder
from insights.redact import PLACEHOLDER
from insights.taxonomy import Problem, Taxonomy, TaxonomyError, Theme

Scores = npt.NDArray[np.float64]
VERSION = "assign-6"
THRESHOLD = 0.45
# Customers say things in many ways: with many seeds a shared word tells more than a similar meaning; few share too few.
_EMPHASIS = 2.0
_MANY_PHRASES = 16
# Beside names and descriptions alone, phrases about nothing would outnumber every theme.
_FEW_PHRASES = 4
_FAINT_BACKGROUND = 0.02
_BACKGROUND = Path(__file__).parent / "background.txt"


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled clause: the themes that it is about; none for one that is about no theme."""

    text: str
    themes: frozenset[str]


class ThemeModel:
    """Scores clauses against the themes of a taxonomy.

    Attributes:
        ids: active themes, which texts are assigned to.
        classes: themes that are told apart: those of the file as they were before they were merged, split or retired.

    Args:
        taxonomy: the themes; their seeds, names and descriptions are the first training data.
        labels: clauses that people have labelled.
        encoder: what turns clauses into vectors.
    """

    def __init__(self, taxonomy: Taxonomy, labels: Sequence[Example] = (), encoder: Encoder | None = None) -> None:
        self._encoder = encoder or default_encoder()
        self._taxonomy = taxonomy
        self.ids = [theme.id for theme in taxonomy.active]
        self.classes = tuple(_classes(taxonomy))
        self.labels = tuple(labels)
        self.version = theme_model_version(taxonomy, self.labels, self._encoder)
        self._exclusions = [tuple(phrase.casefold() for phrase in theme.exclusions) for theme in self.classes]
        self._parts: dict[str, TextClassifier] = {}
        texts, targets = self._training_data()
        typical = float(np.median(np.bincount(targets, minlength=len(self.classes) + 1)[: len(self.classes)]))
        self._model = TextClassifier(
            texts,
            targets,
            self._encoder,
            weights=[
                _FAINT_BACKGROUND if typical < _FEW_PHRASES and target == len(self.classes) else 1.0 for target in targets
            ],
            emphasis=_EMPHASIS if typical >= _MANY_PHRASES else 1.0,
        )

    def _training_data(self) -> tuple[list[str], list[int]]:
        """Phrases and the place of their theme; the place after the last theme means none."""
        whole = _wholes(self._taxonomy)
        heard = [(example.text, {whole.get(theme, theme) for theme in example.themes}) for example in self.labels]
        pairs = [
            (phrase, place)
            for place, theme in enumerate(self.classes)
            for phrase in (*_phrases(theme), *(text for text, themes in heard if theme.id in themes))
        ]
        nothing = [*background(), *(text for text, themes in heard if not themes)]
        pairs += [(phrase, len(self.classes)) for phrase in nothing]
        return [phrase for phrase, _ in pairs], [place for _, place in pairs]

    def score(self, clauses: Sequence[str]) -> Scores:
        """Probability of each class for each clause, one row a clause; excluded themes have 0."""
        if not clauses:
            return np.zeros((0, len(self.classes)))
        scores = self.probabilities(clauses)[:, : len(self.classes)]
        self._exclude(clauses, scores)
        rounded: Scores = np.round(scores, 4)
        return rounded

    def today(self, theme_id: str, clause: str) -> str:
        """What today's taxonomy calls a theme in a clause: its heir, the part that the clause is most like, or itself."""
        theme = self._taxonomy[theme_id]
        while theme.merged_into or theme.split_into:
            following = theme.merged_into or self._part(theme.id, clause)
            theme = self._taxonomy[following]
        return theme.id

    def _part(self, theme_id: str, clause: str) -> str:
        if theme_id not in self._parts:
            parts = self._taxonomy[theme_id].split_into
            taught = [(e.text, part) for part in parts for e in self.labels if part in e.themes]
            pairs = [*((phrase, part) for part in parts for phrase in _phrases(self._taxonomy[part])), *taught]
            targets = [parts.index(part) for _, part in pairs]
            self._parts[theme_id] = TextClassifier([phrase for phrase, _ in pairs], targets, self._encoder)
        best = int(self._parts[theme_id].probabilities([PLACEHOLDER.sub(" ", clause)])[0].argmax())
        return self._taxonomy[theme_id].split_into[best]

    def probabilities(self, clauses: Sequence[str]) -> Scores:
        """Probability of each class, and of none in the last column, before exclusions and rounding."""
        return self._model.probabilities([PLACEHOLDER.sub(" ", clause) for clause in clauses])

    def _exclude(self, clauses: Sequence[str], scores: Scores) -> None:
        folded: list[str] | None = None
        for place, phrases in enumerate(self._exclusions):
            for row in np.flatnonzero(scores[:, place] >= 0.05) if phrases else ():
                folded = folded or [clause.casefold() for clause in clauses]
                if any(phrase in folded[row] for phrase in phrases):
                    scores[row, place] = 0.0

    @property
    def method(self) -> str:
        """How assignments were made, for the `method` column."""
        return f"{VERSION}:{self._model.method}:{'labels' if self.labels else 'seeds'}"


def _phrases(theme: Theme) -> list[str]:
    return list(dict.fromkeys(phrase for phrase in (*theme.seeds, theme.name, theme.description) if phrase))


def _wholes(taxonomy: Taxonomy) -> dict[str, str]:
    """For each part of a split theme the theme that was first split."""
    above = {part: theme.id for theme in taxonomy.themes for part in theme.split_into}
    found = dict(above)
    for part in above:
        while found[part] in above:
            found[part] = above[found[part]]
    return found


def _classes(taxonomy: Taxonomy) -> Iterator[Theme]:
    """Themes as they were before they were merged, split or retired, in the order of the file."""
    parts = _wholes(taxonomy)
    for theme in taxonomy.themes:
        handed_over = theme.merged_into is not None and set(theme.seeds) <= set(taxonomy[theme.merged_into].seeds)
        if theme.id not in parts and (theme.status == "active" or not handed_over) and _phrases(theme):
            yield theme


@functools.cache
def background() -> tuple[str, ...]:
    """Phrases about no theme in particular."""
    lines = _BACKGROUND.read_text(encoding="utf-8").splitlines()
    return tuple(line for line in map(str.strip, lines) if line and not line.startswith("#"))


def theme_model_version(taxonomy: Taxonomy, labels: Sequence[Example] = (), encoder: Encoder | None = None) -> str:
    """Identifies what a model depends on, without training it."""
    known = sorted(_told(example) for example in labels)
    content = "\n".join([VERSION, taxonomy.version, (encoder or default_encoder()).name, *background(), *known])
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _told(example: Example) -> str:
    return f"{example.text}\t{','.join(sorted(example.themes))}"


def read_examples(path: Path) -> list[Example]:
    """Labelled clauses, one JSON object a line with `text` and `themes`.

    Raises:
        TaxonomyError: a line is no such object; the message names file and line.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            found.append(Example(str(record["text"]), frozenset(map(str, record["themes"]))))
        except (ValueError, KeyError, TypeError) as error:
            what = f"is not a label ({type(error).__name__}: {error})"
            remedy = 'write {"text": "…", "themes": ["theme_id"]} on each line, [] for no theme'
            raise TaxonomyError(str(path), [Problem("", "", what, remedy, number)]) from error
    return found
