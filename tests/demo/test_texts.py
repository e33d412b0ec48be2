"""What the invented customers write is varied, complete and free of template remains."""

import re
from collections import Counter
from itertools import chain

import pytest

from demo import phrases
from demo.company import Company
from demo.phrases_other import TONGUES
from demo.plan import THEMES, make_plan
from demo.rng import Dice
from demo.texts import LANGUAGES, SLOTS, VOICES, Composed, Speaker, Statement, compose, languages_of

SPEAKER = Speaker("Ana", "Kestrel", "Undden Robotics", "Leeds")
OWN_SLOTS = {"{place}", "{company}", "{name}", "{value}"}


@pytest.fixture(scope="module")
def written() -> list[tuple[str, Composed]]:
    plan = make_plan(Company(1, 7, planted=True))
    return [
        (channel, plan.text(channel, item))
        for channel in ("nps", "support", "sales", "research")
        for item in range(len(plan.channel(channel)))
        if plan.channel(channel).wordy[item]
    ]


def patterns() -> list[str]:
    found: list[str] = []
    for words in phrases.ENGLISH.values():
        found += chain.from_iterable(words)
    for name, value in vars(phrases).items():
        if not name.isupper():
            continue
        if isinstance(value, tuple) and value and isinstance(value[0], str):
            found += value
        elif isinstance(value, dict) and value is not phrases.ENGLISH:
            found += chain.from_iterable(value.values())
    for tongue in TONGUES.values():
        found += chain(tongue.openings, tongue.closings, tongue.harm, tongue.gain, tongue.subjects, tongue.off_topic)
        found += chain.from_iterable(chain.from_iterable(tongue.themes.values()))
    return found


def test_patterns_are_well_formed() -> None:
    assert len(patterns()) > 700
    for pattern in patterns():
        assert re.sub(r"\[[^][]*\]", "", pattern).count("[") == 0, pattern
        assert pattern.count("[") == pattern.count("]"), pattern
        assert "|" not in re.sub(r"\[[^][]*\]", "", pattern), pattern
        for slot in re.findall(r"\{\w*\}?", pattern):
            assert slot in SLOTS.keys() | OWN_SLOTS, pattern


def test_texts_are_distinct(written: list[tuple[str, Composed]]) -> None:
    bodies = [text.body for _, text in written]
    assert len(bodies) > 4_000
    assert len(set(bodies)) / len(bodies) >= 0.95
    for channel in ("nps", "support", "sales", "research"):
        own = [text.body for c, text in written if c == channel]
        assert len(set(own)) / len(own) >= 0.95, channel


def test_sentences_are_distinct(written: list[tuple[str, Composed]]) -> None:
    sentences = [s for _, text in written for s in re.split(r"(?<=[.!?;])\s+|\n+", text.body) if len(s) > 20]
    assert len(sentences) > 10_000
    assert len(set(sentences)) / len(sentences) >= 0.60
    # No sentence is a signature of the generator.
    assert Counter(sentences).most_common(1)[0][1] / len(sentences) < 0.02


def test_no_template_remains(written: list[tuple[str, Composed]]) -> None:
    for _, text in written:
        assert not re.search(r"[{}\[\]|]", text.subject + text.body), text
        assert "  " not in text.body, text
        assert text.body.strip(), text


@pytest.mark.parametrize("theme", THEMES)
def test_no_theme_leans_on_one_word(theme: str) -> None:
    """The commonest word of four letters or more is in less than half of a theme's complaints and requests."""
    words = phrases.ENGLISH[theme]
    assert len(words.trouble) >= 8
    assert len(words.asks) >= 4
    assert len(words.praise) >= 3
    common = set("with that they what from this have into when than their there could which your".split())  # noqa: SIM905
    every = [*words.trouble, *words.asks]
    counted = Counter(
        w for pattern in every for w in set(re.findall(r"[a-z]{4,}", re.sub(r"\{\w+\}", "", pattern.lower()))) - common
    )
    word, times = counted.most_common(1)[0]
    assert times / len(every) < 0.5, word


@pytest.mark.parametrize("voice", VOICES)
def test_a_voice_changes_the_words(voice: str) -> None:
    said = (Statement("data_export", -1),)
    own = [compose(Dice(i), "support", said, SPEAKER, voice, "en").body for i in range(40)]
    other = "plain" if voice != "plain" else "formal"
    assert sum(a != compose(Dice(i), "support", said, SPEAKER, other, "en").body for i, a in enumerate(own)) > 35


def test_same_dice_same_text() -> None:
    said = (Statement("data_export", -1), Statement("mobile_app", 1))
    assert compose(Dice(1, "x"), "nps", said, SPEAKER, "plain", "en") == compose(
        Dice(1, "x"), "nps", said, SPEAKER, "plain", "en"
    )
    assert compose(Dice(1, "x"), "nps", said, SPEAKER, "plain", "en") != compose(
        Dice(2, "x"), "nps", said, SPEAKER, "plain", "en"
    )


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_other_languages(language: str) -> None:
    covered = [theme for theme in THEMES if language in languages_of(theme)]
    assert len(covered) >= 12
    for theme in covered:
        for tone in (-1, 0, 1):
            text = compose(Dice(theme, tone), "support", (Statement(theme, tone),), SPEAKER, "plain", language)
            assert len(text.body) > 20
    assert all(theme in THEMES for theme in TONGUES[language].themes)


def test_personal_data_is_in_the_text_and_invented(written: list[tuple[str, Composed]]) -> None:
    found = [(kind, value, text) for _, text in written for kind, value in text.personal]
    assert Counter(kind for kind, _, _ in found).keys() >= {"phone", "email", "card", "iban", "ip", "name"}
    for kind, value, text in found:
        assert value in text.body or value in text.subject, (kind, value, text)
        if kind == "email":
            assert re.search(r"@example\.(com|org|net)$", value)
        if kind == "phone":
            assert re.search(r"555[ -]01\d\d$|7946 0\d{3}$", value)
        if kind == "ip":
            assert value.startswith("203.0.113.")
