"""Where in a text something is said: sentences and clauses with exact code-point offsets, and the quote to show for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_ABBREVIATIONS = (
    "e.g.",
    "i.e.",
    " vs.",
    " etc.",
    " Dr.",
    " Mr.",
    " Ms.",
    "Mrs.",
    " no.",
    " No.",
    "approx.",
    " z.B.",
    " bzw.",
    " incl.",
)
_NOT_AFTER_ABBREVIATION = "".join(rf"(?<!{re.escape(short)})" for short in _ABBREVIATIONS)
# A clause may end before a conjunction that starts a new statement; "and" needs a new subject after it.
_SUBJECT = (
    r"(?:i|we|you|he|she|it|they|there|this|that|these|those|the|our|my|your|their|its|his|her|a|an|no|some|every|each|all|please|"
    r"nobody|nothing|someone|everything|also|now|then|when|if|whenever)\b"
)
_CONTRAST = (
    r"(?:but|however|although|though|yet|whereas|while|except(?:\s+that)?|even\s+though|despite|unfortunately|otherwise"
    r"|aber|mais|pero|ma|maar)\b"
)
# The groups are the hard ends; blanks are passed over once for all that may follow them. A boundary that starts with a blank
# has something else than a blank behind it, so the order of the alternatives decides only where it did before.
_ENDS = (
    rf"(?:(?<=[.!?…]){_NOT_AFTER_ABBREVIATION}([\"'”’)\]]*\s+)|([^\S\r\n]*[\r\n]+\s*)|(?<=[。！？])()"
    rf"|\s+(?:(?=[•▪●]\s)()|[-–—]{{1,3}}\s+|(?={_CONTRAST}|(?:and|so|because|since)\s+{_SUBJECT}))"
    rf"|;\s+|,\s+(?={_CONTRAST}|(?:so|also|plus|which|because|since|and|or|nor|then|und|et|y|e|en)\s))"
)
# The look-ahead in front lets the engine pass over letters quickly: no boundary starts with one, but behind a full stop of a
# script without blanks, which few texts have.
_MARK = r"[\s,;\"'”’)\]]"
_BOUNDARY = re.compile(rf"(?={_MARK}){_ENDS}", re.IGNORECASE)
_BOUNDARY_UNSPACED = re.compile(rf"(?:(?={_MARK})|(?<=[。！？])){_ENDS}", re.IGNORECASE)
_UNSPACED_STOP = re.compile(r"[。！？]")
_LEAD = re.compile(
    r"(?:[\s,;:.!?…>*#•▪●()\[\]\"'“”‘’–—-]+|(?:and|but|however|although|though|yet|so|also|plus|because|since|or|nor|then|well|ok|okay)\b[\s,]*)+",
    re.IGNORECASE,
)
_TRAIL = " \t\r\n,;:.!?…*\"'“”‘’–—-"

MIN_WORDS = 3
MAX_WORDS = 40


@dataclass(frozen=True)
class Clauses:
    """The clauses of a batch of texts, in order.

    Attributes:
        text: for each clause, the position of its text in the batch.
        start: code-point offset of its first character.
        end: offset after its last character.
        words: the clauses themselves.
    """

    text: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    words: list[str]


def split_clauses(texts: Sequence[str]) -> Clauses:
    """All clauses of all texts; each lies within one text, and none is empty."""
    rows = [(place, start, end) for place, text in enumerate(texts) for start, end in clauses(text)]
    table = np.asarray(rows, dtype=np.int64).reshape(-1, 3)
    return Clauses(table[:, 0], table[:, 1], table[:, 2], [texts[place][start:end] for place, start, end in rows])


def clauses(text: str) -> list[tuple[int, int]]:
    """Offsets of a text's clauses: its sentences, cut where a conjunction or dash starts another statement.

    Fragments too short to say anything stay with their neighbour in the sentence.
    """
    found: list[tuple[int, int]] = []
    start, cut_softly = 0, False
    for end, following, hard in _boundaries(text):
        first, last = _trim(text, start, end)
        if first < last:
            if cut_softly and found and _needs_neighbour(text, found[-1], (first, last)):
                found[-1] = (found[-1][0], last)
            else:
                found.append((first, last))
            cut_softly = not hard
        elif hard:
            cut_softly = False
        start = following
    return [part for span in found for part in _shorten(text, span)]


def _boundaries(text: str) -> Iterator[tuple[int, int, bool]]:
    boundary = _BOUNDARY_UNSPACED if _UNSPACED_STOP.search(text) else _BOUNDARY
    for match in boundary.finditer(text):
        yield match.start(), match.end(), match.lastindex is not None
    yield len(text), len(text), True


def _needs_neighbour(text: str, left: tuple[int, int], right: tuple[int, int]) -> bool:
    return min(_count(text, left), _count(text, right)) < MIN_WORDS


def _count(text: str, span: tuple[int, int]) -> int:
    return len(text[span[0] : span[1]].split())


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _shorten(text: str, span: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Cut a clause without any punctuation into pieces that a reader can take in."""
    # So many words have a blank between each two of them at the least.
    if span[1] - span[0] < 2 * MAX_WORDS or _count(text, span) <= MAX_WORDS:
        yield span
        return
    words = [match.span() for match in re.compile(r"\S+").finditer(text, *span)]
    pieces = -(-len(words) // MAX_WORDS)
    size = -(-len(words) // pieces)
    for first in range(0, len(words), size):
        yield words[first][0], words[min(first + size, len(words)) - 1][1]


def quote(text: str, start: int, end: int) -> tuple[int, int]:
    """The part of a clause worth quoting: without the conjunction that leads in and the punctuation around it."""
    lead = _LEAD.match(text, start, end)
    first = lead.end() if lead else start
    last = end
    while last > first and text[last - 1] in _TRAIL:
        last -= 1
    return (first, last) if last > first else (start, end)
