"""Composes what a customer or seller writes: theme sentences, circumstances and a voice, from independently drawn parts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from demo import names, phrases
from demo.phrases_other import TONGUES, Tongue
from demo.rng import Dice

Channel = Literal["nps", "support", "sales", "research"]
Pattern = tuple[str | tuple["Pattern", ...], ...]
VOICES = ("plain", "terse", "angry", "non_native", "chatty", "formal")
LANGUAGES = ("en", "de", "fr", "es")
CARDS = ("4111 1111 1111 1111", "5555 5555 5555 4444", "3782 822463 10005")  # the card networks' test numbers
IBANS = ("DE89 3704 0044 0532 0130 00", "GB29 NWBK 6016 1331 9268 19", "FR14 2004 1010 0505 0001 3M02 606")  # textbook examples


@dataclass(frozen=True, slots=True)
class Statement:
    """What one item says about one theme; `theme` is None where it is about nothing in the taxonomy, tone is -1, 0 or 1."""

    theme: str | None
    tone: int


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who writes, or is quoted."""

    first_name: str
    last_name: str
    company: str
    city: str


@dataclass(frozen=True, slots=True)
class Composed:
    """A finished text: headline, body and the invented personal data that it contains, as (kind, value).

    `themed` are the sentences of the body that are about one theme, or None for no theme, where they stand in it unaltered.
    """

    subject: str
    body: str
    personal: tuple[tuple[str, str], ...]
    themed: tuple[tuple[str | None, str], ...] = ()


Label = Callable[[int, Composed], None]


def languages_of(theme: str | None) -> tuple[str, ...]:
    """Languages in which people write about a theme."""
    return ("en", *(code for code, tongue in TONGUES.items() if theme is None or theme in tongue.themes))


@cache
def _parse(pattern: str) -> Pattern:
    """Split a pattern into literals, slots (`{x}`) and choices, so that composing does no text parsing."""
    parts: list[str | tuple[Pattern, ...]] = []
    for piece in re.split(r"(\[[^]]*\]|\{\w+\})", pattern):
        if piece.startswith("["):
            parts.append(tuple(_parse(option) for option in piece[1:-1].split("|")))
        elif piece:
            parts.append(piece)
    return tuple(parts)


def _number(low: int, high: int) -> Callable[[Dice], str]:
    return lambda dice: str(dice.between(low, high))


def _of(options: tuple[str, ...] | list[str]) -> Callable[[Dice], str]:
    return lambda dice: dice.pick(options)


def _large(dice: Dice) -> str:
    value = dice.between(11, 98) * dice.pick((10, 100, 500)) + dice.pick((0, 0, dice.below(100)))
    return f"{value:,}" if dice.chance(0.5) else str(value)


SLOTS: dict[str, Callable[[Dice], str]] = {
    "{n}": _number(2, 9),
    "{n2}": _number(10, 19),
    "{nn}": _number(11, 95),
    "{big}": _large,
    "{big2}": _large,
    "{mins}": _number(8, 55),
    "{hrs}": _number(2, 14),
    "{nth}": _of(("third", "fourth", "fifth", "second", "sixth")),
    "{day}": _of(names.DAYS),
    "{day2}": _of(names.DAYS),
    "{month}": _of(names.MONTHS),
    "{time}": lambda dice: f"{dice.between(6, 11)}:{dice.pick(('00', '10', '15', '20', '30', '40', '45', '50'))}",
    "{time2}": lambda dice: f"{dice.between(13, 19)}:{dice.pick(('00', '05', '15', '25', '30', '45', '55'))}",
    "{team}": _of(names.TEAMS),
    "{team2}": _of(names.TEAMS),
    "{item}": _of(names.ITEMS),
    "{tool}": _of(names.TOOLS),
    "{idp}": _of(names.IDENTITY_PROVIDERS),
    "{role}": _of(names.ROLES),
    "{site}": _of(names.SITES),
    "{site2}": _of(names.SITES),
    "{browser}": _of(names.BROWSERS[:4]),
    "{browser2}": _of(names.BROWSERS[4:]),
    "{ref}": lambda dice: f"{dice.pick('ABCFGKMRT')}{dice.pick('DHLNPSX')}-{dice.between(1000, 9999)}",
    "{de_day}": _of(names.GERMAN_DAYS),
    "{de_month}": _of(names.GERMAN_MONTHS),
    "{fr_day}": _of(names.FRENCH_DAYS),
    "{fr_month}": _of(names.FRENCH_MONTHS),
    "{es_day}": _of(names.SPANISH_DAYS),
    "{es_month}": _of(names.SPANISH_MONTHS),
}


def _render(pattern: Pattern, dice: Dice, own: dict[str, str]) -> str:
    out = []
    for part in pattern:
        if isinstance(part, tuple):
            out.append(_render(dice.pick(part), dice, own))
        elif part in own:
            out.append(own[part])
        elif part in SLOTS:
            out.append(SLOTS[part](dice))
        else:
            out.append(part)
    return "".join(out)


class _Writer:
    """Draws sentences for one text, never the same pattern twice."""

    def __init__(self, dice: Dice, speaker: Speaker, off_topic: tuple[str, ...]) -> None:
        self.dice = dice
        self.off_topic = off_topic
        self.own = {"{place}": speaker.city, "{company}": speaker.company, "{name}": speaker.first_name}
        self.used: set[str] = set()
        self.themed: list[tuple[str | None, str]] = []

    def about(self, theme: str | None, options: tuple[str, ...]) -> str:
        """A sentence that is about a theme, or about none."""
        self.themed.append((theme, self.one(options)))
        return self.themed[-1][1]

    def one(self, options: tuple[str, ...]) -> str:
        """A sentence from one of the patterns, its first letter in upper case."""
        pattern = self.dice.pick(options)
        if pattern in self.used:
            pattern = self.dice.pick(options)
        self.used.add(pattern)
        text = _render(_parse(pattern), self.dice, self.own)
        return text[:1].upper() + text[1:]

    def maybe(self, share: float, options: tuple[str, ...]) -> list[str]:
        """A sentence in that share of texts."""
        return [self.one(options)] if self.dice.chance(share) else []


def compose(
    dice: Dice, channel: Channel, statements: tuple[Statement, ...], speaker: Speaker, voice: str, language: str
) -> Composed:
    """Write one item.

    Args:
        dice: source of every choice.
        channel: `nps` texts are short, `support` ones have a headline and manners, `sales` ones are a seller's note, `research`
            ones an interviewer's.
        statements: what it says, the main point first.
        speaker: who says it.
        voice: one of VOICES; other languages than English have one voice.
        language: one of LANGUAGES.
    """
    writer = _Writer(dice, speaker, phrases.UNMET_NEED if channel == "research" else phrases.OFF_TOPIC)
    if voice == "angry" and statements[0].tone >= 0:
        voice = "plain"
    if language != "en":
        subject, paragraphs = _foreign(writer, channel, statements, TONGUES[language])
    elif channel == "sales":
        subject, paragraphs = _note(writer, statements)
    elif channel == "research":
        subject, paragraphs = _interview(writer, statements)
    elif channel == "support":
        subject, paragraphs = _ticket(writer, statements, voice)
    else:
        subject, paragraphs = "", _comment(writer, statements, voice)
    personal: list[tuple[str, str]] = []
    if channel != "nps" or len(paragraphs) > 1:
        place = len(paragraphs) if channel == "nps" else max(1, len(paragraphs) - 1)
        personal = _personal(writer, paragraphs, place, speaker, language)
    if channel == "support" and voice == "formal" and language == "en":
        paragraphs.append(f"{speaker.first_name} {speaker.last_name}")
        personal.append(("name", f"{speaker.first_name} {speaker.last_name}"))
    elif channel in ("sales", "research") and language == "en" and any(speaker.first_name in p for p in (*paragraphs, subject)):
        personal.append(("name", speaker.first_name))
    in_lines = channel in ("sales", "research") or voice == "formal"
    break_at = "\n\n" if channel == "support" and voice != "terse" else "\n" if in_lines else " "
    body = break_at.join(p for p in paragraphs if p)
    themed = ((theme, sentence) for theme, sentence in writer.themed if sentence in body and speaker.first_name not in sentence)
    return Composed(subject, body, tuple(personal), tuple(themed))


def _say(writer: _Writer, statement: Statement, *, long: bool) -> list[str]:
    """The sentences for one statement."""
    dice = writer.dice
    if statement.theme is None:
        return [writer.about(None, writer.off_topic)]
    words = phrases.ENGLISH[statement.theme]
    if statement.tone > 0:
        return [writer.about(statement.theme, words.praise), *writer.maybe(0.4, phrases.GAIN)]
    if statement.tone == 0:
        return [
            *writer.maybe(0.5 if long else 0.2, phrases.CONTEXT),
            writer.about(statement.theme, words.asks),
            *writer.maybe(0.25 if long else 0.1, words.asks),
        ]
    said = [writer.about(statement.theme, words.trouble)]
    if dice.chance(0.45 if long else 0.25):
        second = writer.about(statement.theme, words.trouble)
        said += [second] if second != said[0] else []
    said += writer.maybe(0.6 if long else 0.0, phrases.DETAIL)
    said += writer.maybe(0.5 if long else 0.4, phrases.HARM)
    return said + writer.maybe(0.4 if long else 0.15, words.asks)


def _body(writer: _Writer, statements: tuple[Statement, ...], *, long: bool) -> list[list[str]]:
    """Sentences per statement, later ones led in by a turn of phrase."""
    blocks = []
    for number, statement in enumerate(statements):
        said = _say(writer, statement, long=long)
        if number:
            differs = statement.tone * statements[0].tone < 0
            said.insert(0, writer.one(phrases.BUT_TURNS if differs else phrases.TURNS))
        blocks.append(said)
    return blocks


def _comment(writer: _Writer, statements: tuple[Statement, ...], voice: str) -> list[str]:
    dice = writer.dice
    sentences = [s for block in _body(writer, statements, long=False) for s in block]
    if dice.chance(0.15):
        sentences.insert(0, writer.one(phrases.SHORT[statements[0].tone]))
    if statements[0].tone < 0:
        sentences += writer.maybe(0.35, phrases.ASIDES[voice])
    spoken = [_spoken(dice, s, voice) for s in sentences if s]
    if dice.chance(0.12):
        return ["\n".join(s for s in spoken if s)]
    return spoken


def _ticket(writer: _Writer, statements: tuple[Statement, ...], voice: str) -> tuple[str, list[str]]:
    dice = writer.dice
    theme = statements[0].theme
    topic = phrases.OFF_TOPIC_SUBJECTS if theme is None else phrases.ENGLISH[theme].subjects
    vague = theme and (statements[0].tone > 0 or dice.chance(0.3))
    subject = writer.one(phrases.VAGUE_SUBJECTS if vague else topic)
    paragraphs = [writer.one(phrases.OPENINGS[voice])]
    lead = writer.maybe(0.4, phrases.CONTEXT) if statements[0].tone < 0 else []
    for number, block in enumerate(_body(writer, statements, long=True)):
        paragraphs.append(" ".join(_spoken(dice, s, voice) for s in ([*lead, *block] if number == 0 else block)))
    if statements[0].tone < 0:
        paragraphs += writer.maybe(0.5, phrases.ASIDES[voice])
    paragraphs.append(writer.one(phrases.CLOSINGS[voice]))
    return subject.lower() if voice == "terse" else subject, [p for p in paragraphs if p]


def _note(writer: _Writer, statements: tuple[Statement, ...]) -> tuple[str, list[str]]:
    """A seller's note: the customer's words reported, or quoted."""
    dice = writer.dice
    lines = [writer.one(phrases.NOTE_HEADS)]
    for block in _body(writer, statements, long=False):
        said = " ".join(block)
        if dice.chance(0.3):
            lines.append(dice.pick(("Their words: ", "Quote: ", "Verbatim: ")) + f'"{said}"')
        else:
            lines.append(dice.pick(("", "- ", "They say: ", "")) + _reported(said))
    lines.append(writer.one(phrases.NOTE_FEET))
    return writer.one(phrases.NOTE_SUBJECTS), [line for line in lines if line]


def _interview(writer: _Writer, statements: tuple[Statement, ...]) -> tuple[str, list[str]]:
    """An interviewer's note: what the customer said, as bullets of their own words."""
    lines = [writer.one(phrases.INTERVIEW_HEADS)]
    for block in _body(writer, statements, long=True):
        lines += [f"- {said}" for said in block]
    lines += writer.maybe(0.5, phrases.INTERVIEW_FEET)
    return writer.one(phrases.INTERVIEW_TITLES), lines


def _foreign(writer: _Writer, channel: Channel, statements: tuple[Statement, ...], tongue: Tongue) -> tuple[str, list[str]]:
    dice = writer.dice
    sentences: list[str] = []
    for statement in statements:
        if statement.theme is None:
            sentences.append(writer.one(tongue.off_topic))
            continue
        trouble, praise = tongue.themes[statement.theme]
        sentences.append(writer.one(praise if statement.tone > 0 else trouble))
        sentences += writer.maybe(0.5, tongue.gain if statement.tone > 0 else tongue.harm)
    body = " ".join(sentences)
    if channel == "nps":
        return "", [body]
    lines = [writer.one(tongue.openings), body, writer.one(tongue.closings)]
    if channel == "sales":
        lines = [writer.one(phrases.NOTE_HEADS), f"Mail: {body}", writer.one(phrases.NOTE_FEET)]
    return writer.one(tongue.subjects) if dice.chance(0.9) else "", [line for line in lines if line]


_REPORTED = {"we": "they", "our": "their", "us": "them", "ours": "theirs", "my": "their", "your": "our", "you": "we"}
_WORD = re.compile(r"\b(" + "|".join(_REPORTED) + r")\b", re.IGNORECASE)


def _reported(said: str) -> str:
    """Turn direct speech into a seller's report: "we" becomes "they", "your" becomes "our"."""

    def swap(match: re.Match[str]) -> str:
        word = match.group()
        other = _REPORTED[word.lower()]
        return other.capitalize() if word[0].isupper() and word != "US" else other

    return _WORD.sub(swap, said)


def _spoken(dice: Dice, sentence: str, voice: str) -> str:
    """Colour a sentence by its author's voice."""
    return _COLOURS.get(voice, _typed)(dice, sentence)


def _terse(dice: Dice, sentence: str) -> str:
    sentence = sentence[:1].lower() + sentence[1:]
    if not sentence.endswith("."):
        return sentence
    if dice.chance(0.3):
        sentence = re.sub(r"^(we|it|the|there) (is|are|was|have) ", "", sentence)
    return sentence[:-1] + dice.pick((".", ".", ";", " -"))


def _angry(dice: Dice, sentence: str) -> str:
    if not dice.chance(0.35):
        return sentence
    return re.sub(r"\b(not|never|nothing|again|nobody)\b", lambda m: m.group().upper(), sentence).replace(".", "!")


def _non_native(dice: Dice, sentence: str) -> str:
    sentence = re.sub(r"\b(the|a|an) ", lambda m: "" if dice.chance(0.45) else m.group(), sentence)
    return re.sub(r"\bdoes not\b", lambda m: dice.pick(("don't", m.group())), sentence)


def _chatty(dice: Dice, sentence: str) -> str:
    return sentence.rstrip(".") + dice.pick(("!", " 😅", " 🙈", "…", " 🤔")) if dice.chance(0.25) else sentence


def _typed(dice: Dice, sentence: str) -> str:
    """Three sentences in a hundred get two letters swapped."""
    if not dice.chance(0.03) or len(sentence) <= 30:
        return sentence
    slip = dice.between(5, len(sentence) - 8)
    pair = sentence[slip : slip + 2]
    return sentence[:slip] + pair[::-1] + sentence[slip + 2 :] if pair.isalpha() and pair.islower() else sentence


_COLOURS: dict[str, Callable[[Dice, str], str]] = {
    "terse": _terse,
    "angry": _angry,
    "non_native": _non_native,
    "chatty": _chatty,
}


def _personal(writer: _Writer, paragraphs: list[str], place: int, speaker: Speaker, language: str) -> list[tuple[str, str]]:
    """Add invented personal data to some texts; numbers and addresses come from ranges reserved for examples."""
    dice = writer.dice
    if language != "en" or not dice.chance(0.06):
        return []
    kind = dice.pick(("phone", "phone", "email", "email", "card", "iban", "ip"))
    if kind == "phone":
        number = dice.below(100)
        value = dice.pick((f"+1 202 555 01{number:02d}", f"(415) 555-01{number:02d}", f"+44 20 7946 0{number + 100:03d}"))
    elif kind == "email":
        person = f"{ascii_word(speaker.first_name)}.{ascii_word(speaker.last_name)}{dice.between(10, 99)}"
        value = f"{person}@example.{dice.pick(('com', 'org', 'net'))}"
    elif kind == "ip":
        value = f"203.0.113.{dice.between(1, 254)}"
    else:
        value = dice.pick(CARDS if kind == "card" else IBANS)
    pattern = dice.pick(phrases.PERSONAL_LINES[kind])
    line = _render(_parse(pattern), dice, {**writer.own, "{value}": value})
    paragraphs.insert(place, line)
    return [(kind, value)]


_FOLD = str.maketrans("áàâäãåçéèêëíìîïñóòôöõøúùûüÿß", "aaaaaaceeeeiiiinoooooouuuuys")


def ascii_word(word: str) -> str:
    """Lower-case, unaccented letters of a word, for addresses and domains."""
    return re.sub(r"[^a-z0-9]", "", word.lower().translate(_FOLD))
