"""Judges what a person wrote about a launch: a readiness guide, or a status update and which parts it lacks.

A guide says the new value, how the reader's role changes, and how to prepare customers. Each part that is found comes with the
words that say it, so that the judgement can be disputed. Parts under headings are found surely; in plain prose only the usual
turns of phrase are, and a text by somebody else has many others (benchmarks/digest_lint.py has the figures). English only.
"""

# ruff: noqa: E501 - a pattern reads best in one piece.

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Part = Literal["new_value", "role_change", "prepare_customers"]
Kind = Literal["readiness_guide", "status_update"]
PARTS: tuple[Part, ...] = ("new_value", "role_change", "prepare_customers")

_CUSTOMER = r"(customers?|accounts?|clients?|tenants?|admins?|administrators?|users?|buyers?|teams?|leads?|everybody)"
_TEAM = (
    r"(sales|sellers?|support|help desk|csms?|cs|aes?|customer success|account executives?|onboarding|agents?|"
    r"(account|partner|renewal|success|support|customer|sales|solutions?|field) (managers?|engineers?|teams?|leads?|reps?))"
)
_ROLE = rf"({_TEAM}|you|your (job|work|role|day|side|calls?))"
# Headings: on a line of their own or before a colon.
_HEADINGS: dict[Part, str] = {
    "new_value": r"(the |your )?(new )?(customer )?value|what (is|it is) ?(this|it)?|why (it|this) matters|what customers (get|gain)|"
    r"(the )?benefits?|in a nutshell|what'?s new",
    "role_change": r"((the|your|my) )?(new )?(role|part|job|work|workflow)( change(s|d)?)?|what (changes|it means|this means) for( your)? "
    r"[\w ]+|how (does it change|do(es)? (your|my)) [\w ]+|how (your|my) [\w ]+ changes?|your (role|work|workflow)",
    "prepare_customers": r"(with|for) (the|your) customers?|(how (to|do (you|we)) )?(help|prepar(e|ing)) (your |the )?customers?[\w ]*|"
    r"customer preparation|getting (customers|accounts) ready|customer roll-?out|rolling it out",
}
# What a sentence of a part looks like in prose.
_SIGNS: dict[Part, tuple[str, ...]] = {
    "new_value": (
        r"\b(what (is it|it is|customers gain|customers get)|why it matters|new value|benefits?)\b",
        r"\b(customers?|clients?|planners?|users?|teams?|admins?|administrators?|technicians?|\w+ers|\w+ors|\w+ists) "
        r"(can( now)?|will|get|see|no longer|now|gain|save|do not have to|start)\b",
        r"\b(saves?|cuts?|shortens?|removes?|speeds? up|halves|avoids?|reduces?|disappears?)\b",
        r"\b(lets?|allows?|enables?|gives?|means that) \w+",
        r"\b(so|which|that) (\w+ ){0,6}(stops?|disappears?|in (seconds|minutes)|without|no longer|do(es)? not have to)\b",
        r"\b(in (seconds|minutes)|instead of|rather than|without asking|at last)\b",
        r"\bfinds? \w+ by\b",
        r"\b(fewer|less|faster|sharper|easier|nobody|nothing gets lost|where it (took|used to)|keeps? working|own numbers)\b",
    ),
    "role_change": (
        rf"\b(what (changes|it means) for|for {_ROLE},? this means|how your (work|role|job) changes|your job)\b",
        rf"\b{_ROLE}\b[^.]{{0,60}}\b(no longer|stops?|instead|from now on|rather than|now owns?|will|should|from monday|from today|used to)\b",
        rf"\b(from (monday|today|now on)|no longer|stop|leave out)\b[^.]{{0,40}}\b{_ROLE}\b",
        r"\b(from monday|from today|from now on), \w+",
        rf"^{_ROLE}s?\s*:",
        rf"^(if you('re| are)|on your side|{_TEAM} (lead|demo|spend|quote|answer|open|show|check|offer|route|own)s?)\b",
        r"^\w+ replaces? [^;]*; (quote|use|offer|send|drop)\b",
        rf"^{_TEAM} [^.;]*\b(instead of|rather than|goes away)\b",
    ),
    "prepare_customers": (
        r"\b(how (to|do you) (help|prepare)|(to )?(get|getting)( \w+){1,3} ready|prepar(e|ing) (your|the|each)|customer preparation)\b",
        rf"\b(ask|tell|remind|send|have|let|walk|help|show|advise|invite)( \w+){{0,2}} {_CUSTOMER}\b",
        rf"\b{_CUSTOMER}('s \w+)? (should|must|need to|have to|list|decide|agree)\b[^.]*",
        r"\b(roll (it|this) out|begin with a pilot|start with (one|a)|pilot group|before (go-live|you switch|they load))\b",
        r"\bmake sure (the|your|each) (customer|account|client)",
        r"\b(suggest to|kick off with|line up|plan (half )?a (day|week|call) for|come prepared)\b",
        rf"\b{_CUSTOMER}( with [\w ]+)? ought to\b",
    ),
}
# A sentence about dates, progress and owners is a status, whoever is named in it.
_STATUS = re.compile(
    r"(?i)\b(status|eta|on track|delayed|blocked|blockers?|sprint|burn-?down|release candidate|known issues?|hotfix|rollout at|"
    r"headcount|roadmap review|maintenance|\d+ ?% (through|of)|ships? in|coming next|expected completion|is (out|live)|no date|banner|survey|attached|general availability)\b"
)
_PATTERNS = {part: tuple(re.compile(f"(?i){sign}") for sign in signs) for part, signs in _SIGNS.items()}
_TITLES = {part: re.compile(rf"(?im)^[ \t#>*_\-\d.]*({title})[ \t*_]*[:?\n–-]+[*_ \t]*") for part, title in _HEADINGS.items()}
# Headings may also follow one another on a line.
_INLINE = {part: re.compile(rf"(?i)(?:^|[.!?]\s+)({title})\s*:\s*") for part, title in _HEADINGS.items()}
_WORDS_OF_A_SECTION = 3
# What stands under a heading until somebody writes its section.
_PLACEHOLDER = re.compile(
    r"(?i)^\W*(tb[acd]\b.*|(details? |more |this |it )?((is |are |will )?(to (follow|come)|follows?|coming)|(is |are |will )?(yet |still )?(to )?be "
    r"(announced|confirmed|decided|defined|added|written)|pending|n/?a|none|nothing( (new|yet|to (say|add|report)))?|not yet( \w+)?|"
    r"unchanged|see (above|below)|no (changes?|details?|information|news))\b( (soon|later|here|yet|so far))?)\W*$"
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|\s*[•▪]\s*|^\s*[-*]\s+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """A part of a guide, and the words that say it."""

    part: Part
    words: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a text is.

    Attributes:
        found: parts that it has, in their usual order.
    """

    found: tuple[Found, ...]

    @property
    def missing(self) -> tuple[Part, ...]:
        """Parts that it lacks."""
        there = {found.part for found in self.found}
        return tuple(part for part in PARTS if part not in there)

    @property
    def kind(self) -> Kind:
        """A readiness guide has all three parts; anything else only tells what is going on."""
        return "status_update" if self.missing else "readiness_guide"


def judge(text: str) -> Judgement:
    """Find the three parts of a readiness guide in a text."""
    headed = _headed(text)
    # A heading says what ought to follow, not that it does.
    prose = text
    for part in PARTS:
        for pattern in (_TITLES[part], _INLINE[part]):
            prose = pattern.sub("\n", prose)
    sentences = [sentence.strip() for sentence in _SENTENCE.split(prose) if sentence and sentence.strip()]
    found = []
    for part in PARTS:
        words = headed.get(part) or next((s for s in sentences if _says(part, s)), None)
        if words:
            found.append(Found(part, words))
    return Judgement(tuple(found))


def _headed(text: str) -> dict[Part, str]:
    """What stands under the headings of the parts, where it is more than a word or two, no placeholder and no status."""
    heads = sorted(
        {(match.start(1), match.end(), part) for part in PARTS for match in _matches(part, text)}, key=lambda head: head[:2]
    )
    sections: dict[Part, str] = {}
    ends = [head[0] for head in heads[1:]] + [len(text)]
    for (_, start, part), end in zip(heads, ends, strict=False):
        words = text[start:end].strip(" \t\r\n*_#>-")
        if len(words.split()) >= _WORDS_OF_A_SECTION and not _PLACEHOLDER.match(words) and not _STATUS.search(words):
            sections.setdefault(part, words)
    return sections


def _matches(part: Part, text: str) -> list[re.Match[str]]:
    return [*_TITLES[part].finditer(text), *_INLINE[part].finditer(text)]


def _says(part: Part, sentence: str) -> bool:
    if _PLACEHOLDER.match(sentence) or _STATUS.search(sentence):
        return False
    return any(pattern.search(sentence) for pattern in _PATTERNS[part])
