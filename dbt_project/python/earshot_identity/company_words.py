"""A company's name and domains as they are compared: which words carry the name, which only say what kind of company it is."""

# ruff: noqa: SIM905 - word lists are read as text
from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

# Small words, and words for a company's place in a group: with or without them it is the same company.
_SILENT = frozenset(
    """a an and the of for in at by de la le les du des di do da dos das del della el los las y e et und en van von der die das
    den group groupe gruppe grupo gruppo groep holding holdings international internacional internationale global worldwide
    enterprise enterprises entreprises unternehmensgruppe firma company corporate hq headquarters""".split()
)
# What a company does, where many do it: its absence says little, another one in its place says much.
_LINES = frozenset(
    """technology systems solutions services software laboratories consulting consultancy
    digital studios partners associates industries
    products works networks online platforms""".split()
)
_SPELLED_OUT = {
    "intl": "international",
    "internatl": "international",
    "mfg": "manufacturing",
    "manuf": "manufacturing",
    "tech": "technology",
    "techs": "technology",
    "technologies": "technology",
    "technologie": "technology",
    "technologien": "technology",
    "tecnologia": "technology",
    "tecnologias": "technology",
    "tecnologie": "technology",
    "teknoloji": "technology",
    "system": "systems",
    "systeme": "systems",
    "sistemas": "systems",
    "systemes": "systems",
    "sys": "systems",
    "solution": "solutions",
    "losungen": "solutions",
    "soluciones": "solutions",
    "solucoes": "solutions",
    "service": "services",
    "servicios": "services",
    "servizi": "services",
    "svcs": "services",
    "svc": "services",
    "lab": "laboratories",
    "labs": "laboratories",
    "laboratory": "laboratories",
    "studio": "studios",
    "partner": "partners",
    "assoc": "associates",
    "industry": "industries",
    "industrie": "industries",
    "industrias": "industries",
    "ind": "industries",
    "network": "networks",
    "platform": "platforms",
    "telekom": "telecom",
    "bros": "brothers",
    "univ": "university",
    "natl": "national",
    "grp": "group",
    "gp": "group",
    "hldgs": "holdings",
    "mgmt": "management",
    "mgt": "management",
    "pharma": "pharmaceuticals",
    "pharmaceutical": "pharmaceuticals",
    "engg": "engineering",
    "comm": "communications",
    "comms": "communications",
    "amer": "america",
    "dept": "department",
    "dist": "distribution",
    "ctr": "center",
    "centre": "center",
    "hosp": "hospital",
}
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ı": "i", "þ": "th", "ð": "d"})
# Second levels under which registries give out names.
_REGISTRY_LEVELS = frozenset("ac co com edu go gob gov gouv gv ind ltd me mil ne net nom nic or org plc sch web".split())
_SHORTEST_ACRONYM = 3


@dataclass(frozen=True, slots=True)
class CompanyWords:
    """What is compared of one account record.

    Attributes:
        name: words that carry the name, together, in their order.
        written: all its words as they are written, together.
        squeezed: its name without the second of two equal letters.
        words: the same, sorted.
        lines: what kind of company it says it is, sorted.
        numbers: words with digits: branches, years.
        spoken: two or more words that carry the name, in their order, for names that are cut short.
        acronyms: initials of its words.
        spellings: how its name may be written as a domain, its initials aside.
        labels: registered names of its domains, without their endings.
        domains: its domains.
        blocks: keys under which records that could be the same meet.
    """

    name: str
    written: str
    squeezed: str
    words: list[str]
    lines: list[str]
    numbers: list[str]
    spoken: list[str]
    acronyms: list[str]
    spellings: list[str]
    labels: list[str]
    domains: list[str]
    blocks: list[str]


def company_words(name_key: str | None, domains: Sequence[str]) -> CompanyWords:
    """Takes a normalised name and its domains apart.

    Args:
        name_key: name without case, accents, punctuation and legal form; None where there is none.
        domains: domains that identify companies.
    """
    written = "".join(folded(word) for word in (name_key or "").translate(_LETTERS).split())
    tokens = [folded(_SPELLED_OUT.get(word, word)) for word in (name_key or "").translate(_LETTERS).split()]
    silent, lines = {folded(word) for word in _SILENT}, {folded(word) for word in _LINES}
    spoken = [word for word in tokens if word not in silent] or tokens
    carrying = [word for word in spoken if word not in lines] or spoken
    kinds = sorted({word for word in spoken if word in lines} - set(carrying))
    name = "".join(carrying)
    acronyms = sorted(
        {initials for words in (tokens, spoken, carrying) if len(initials := _initials(words)) >= _SHORTEST_ACRONYM}
    )
    whole = {"".join(tokens), "".join(spoken), written}
    labels = sorted({folded(label) for domain in domains if (label := registered_label(domain))})
    return CompanyWords(
        name=name,
        written=written,
        squeezed="".join(letter for letter, _ in itertools.groupby(name)),
        words=sorted(set(carrying)),
        lines=kinds,
        numbers=sorted(word for word in spoken if any(letter.isdigit() for letter in word)),
        spoken=carrying if len(carrying) > 1 else [],
        acronyms=acronyms,
        spellings=sorted(whole - {""}),
        labels=sorted({*labels, *(f"{label}com" for label in labels)}),
        domains=sorted(set(domains)),
        blocks=_blocks([*carrying, written], name, acronyms, labels),
    )


def registered_label(domain: str) -> str:
    """The part of a domain that somebody chose: `acme` of `mail.acme.co.uk`."""
    parts = [part for part in domain.translate(_LETTERS).replace("-", "").split(".") if part]
    if len(parts) < 2:
        return ""
    has_registry_level = len(parts) > 2 and parts[-2] in _REGISTRY_LEVELS and len(parts[-1]) == 2
    return parts[-3 if has_registry_level else -2]


def folded(word: str) -> str:
    """A word without the second letter of a written-out umlaut, so that Mueller is Muller."""
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def _initials(words: Sequence[str]) -> str:
    return "".join(word[0] for word in words) if len(words) > 1 else ""


def _blocks(carrying: Sequence[str], name: str, acronyms: Sequence[str], labels: Sequence[str]) -> list[str]:
    """Beginnings and ends, so that one typing error leaves one of them whole."""
    written = {*carrying, name, *labels} - {""}
    keys = {f"begin:{word[:4]}" for word in written}
    keys |= {f"end:{word[-4:]}" for word in written if len(word) > 4}
    keys |= {f"short:{short}" for short in acronyms}
    return sorted(keys | {f"short:{word}" for word in (name, *labels) if _SHORTEST_ACRONYM <= len(word) <= 6})
