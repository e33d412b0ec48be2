"""Makes the linkage model from a tuning set of made-up companies: `python -m benchmarks.training.identity`.

The tuning set is generated here and shares no name with the set that `benchmarks/identity.py` measures on: coined names and
surnames, their relatives (subsidiaries, branches, neighbours one letter away), and records of both as people type them.
"""

# ruff: noqa: SIM905 - word lists are read as text
from __future__ import annotations

import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "dbt_project" / "python"))

from earshot_identity.company_words import registered_label
from earshot_identity.linkage import COMPARISONS, MODEL_FILE, Record, best, score

SEED = 20
COMPANIES = 1500
JUDGED_SETS = 12
# Evidence must have been right so often to link; chosen on the third tuning set, see the README.
THRESHOLD = 0.93

HEADS = """bra cor dal fen gor hal jun kel lam mor nev ost pra quin rav sel tor ul ver wex yar zen bel cam dor el fir gra
hol in""".split()
MIDDLES = "a e i o u ar en il on ur ani eri oli umi ato isa eva ora ida".split()
TAILS = "ba ck dex fa gen ko lia mar nix pe quo ra sta tis va wen xo ya zo nd rt ls".split()
SURNAME_HEADS = """hart lind berg stein falk wester nor ander erik schn eich kauf rich mor cast gold black white law chandl pem
whit al hol""".split()
SURNAME_TAILS = "mann gren strom berger sson ley ridge well ington ier ez ini ov ova aux worth field bach hauser quist".split()
NOUNS = """anchor beacon cedar delta echo falcon granite harbor iris juniper keystone lantern meridian nova orchid
pioneer quartz river summit timber unity vertex willow zenith apex blue cobalt crown eagle first golden green
north royal silver star sun""".split()
TRADES = """bank insurance airlines foods energy pharmaceuticals motors retail hotels media logistics steel textiles
brewing publishing construction chemical hospital university airways electric water shipping furniture""".split()
LINES = "technology systems solutions services software laboratories consulting digital studios partners industries".split()
SILENT = "group holding international global enterprises".split()
PLACES = """germany france italia iberia brasil india japan nordic asia europe usa canada mexico london paris berlin munich
chicago texas milano madrid sydney deutschland polska nederland""".split()
ENDINGS = "com com com com io de co.uk fr it es net org eu com.au nl".split()
CUT = {
    "technology": "tech",
    "systems": "sys",
    "international": "intl",
    "services": "svcs",
    "industries": "ind",
    "group": "grp",
    "laboratories": "labs",
    "insurance": "ins",
    "pharmaceuticals": "pharma",
    "university": "univ",
    "electric": "elec",
}


@dataclass(frozen=True)
class Company:
    """A made-up company: its words, and its domain."""

    words: tuple[str, ...]
    domain: str | None

    @property
    def name(self) -> str:
        """Its normalised name."""
        return " ".join(self.words)


def coined(rng: random.Random) -> str:
    """A word that means nothing, seldom a short one."""
    return rng.choice(HEADS) + "".join(rng.choice(MIDDLES) for _ in range(rng.choice((0, 1, 1, 1, 2, 2)))) + rng.choice(TAILS)


def surname(rng: random.Random) -> str:
    """A family name."""
    return rng.choice(SURNAME_HEADS) + rng.choice(SURNAME_TAILS)


def company(rng: random.Random) -> Company:
    """A company of one of the usual shapes of names."""
    core = rng.choice((
        [coined(rng)], [coined(rng)], [coined(rng)], [surname(rng)], [rng.choice(NOUNS), rng.choice(NOUNS)],
        [surname(rng), surname(rng)], [coined(rng), rng.choice(TRADES)], [rng.choice(NOUNS), rng.choice(TRADES)],
        [surname(rng), rng.choice(TRADES)], [rng.choice(PLACES), rng.choice(NOUNS), rng.choice(TRADES)],
    ))  # fmt: skip
    lines = [rng.choice(LINES)] if rng.random() < 0.45 else []
    silent = [rng.choice(SILENT)] if rng.random() < 0.2 else []
    return Company((*core, *lines, *silent), domain(rng, core, lines) if rng.random() < 0.85 else None)


def domain(rng: random.Random, core: Sequence[str], lines: Sequence[str]) -> str:
    """A domain as companies choose them: the whole name, its core, initials, or another word."""
    words = [*core, *lines]
    shapes = ["".join(core), "".join(core), "".join(words), "-".join(words), core[0], "".join(w[0] for w in words), coined(rng)]
    chosen = rng.choice([shape for shape in shapes if len(shape) > 2])
    return f"{chosen}.{rng.choice(ENDINGS)}"


def relative(rng: random.Random, of: Company) -> Company:
    """Another company whose name is near: a subsidiary, a branch, a neighbour by a letter or by its trade."""
    words, kind = list(of.words), rng.random()
    own: str | None = None
    if kind < 0.35:
        words = [*words, rng.choice(PLACES)]
        own = (
            f"{''.join(of.words[:1])}.{rng.choice(ENDINGS)}"
            if rng.random() < 0.4
            else of.domain
            if rng.random() < 0.3
            else None
        )
    elif kind < 0.5:
        words = (
            [*words, rng.choice(PLACES), str(rng.randint(1, 400))] if rng.random() < 0.5 else [*words, str(rng.randint(2, 90))]
        )
    elif kind < 0.65:
        words = [*words, rng.choice(TRADES)]
    elif kind < 0.7:
        line = [word for word in words if word not in LINES]
        words = [*line, rng.choice(TRADES if line == words else [word for word in LINES if word not in words])]
        own = domain(rng, words, []) if rng.random() < 0.5 else None
    elif kind < 0.9:
        words = [surname(rng), *words] if rng.random() < 0.5 else [*words[:-1], coined(rng)]
        own = domain(rng, words, []) if rng.random() < 0.5 else None
    else:
        # Neighbours by a letter are short names.
        words = [mistyped(rng, words[0], 1), *words[1:]] if len(of.name) < 9 else [*words, rng.choice(TRADES)]
        own = domain(rng, words, []) if rng.random() < 0.75 else None
    return Company(tuple(words), own)


def mistyped(rng: random.Random, word: str, times: int) -> str:
    """A word with letters lost, doubled, swapped or hit beside."""
    letters = list(word)
    for _ in range(times):
        at = rng.randrange(len(letters))
        what = rng.random()
        if what < 0.3 and len(letters) > 3:
            del letters[at]
        elif what < 0.55:
            letters.insert(at, letters[at])
        elif what < 0.8 and at + 1 < len(letters):
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        else:
            letters[at] = rng.choice("abcdefghijklmnopqrstuvwxyz")
    return "".join(letters)


def typed(rng: random.Random, of: Company) -> Record:
    """How somebody refers to a company in a survey or a ticket."""
    words, kind = list(of.words), rng.random()
    if kind < 0.3:
        longest = max(range(len(words)), key=lambda at: len(words[at]))
        words[longest] = mistyped(rng, words[longest], 1 if rng.random() < 0.8 else 2)
    elif kind < 0.45:
        words = [word for word in words if word not in LINES] or words
    elif kind < 0.55:
        words = [CUT.get(word, word) for word in words]
    elif kind < 0.65:
        words = (
            ["".join(words)]
            if rng.random() < 0.6
            else [words[0][: len(words[0]) // 2], words[0][len(words[0]) // 2 :], *words[1:]]
        )
    elif kind < 0.75 and len(words) > 2:
        words = ["".join(word[0] for word in words)]
    elif kind < 0.82 and len(words) > 1:
        words = [word[: rng.randint(4, 5)] for word in words]
    elif kind < 0.9:
        words = [*words, rng.choice(SILENT)]
    elif of.domain:
        words = [registered_label(of.domain)]
    else:
        rng.shuffle(words)
    return Record("", " ".join(words), written_domain(rng, of))


def written_domain(rng: random.Random, of: Company) -> tuple[str, ...]:
    """The domain of the address: none (free mail), its own, another ending, another domain altogether."""
    chance = rng.random()
    if of.domain is None or chance < 0.6:
        return ()
    if chance < 0.7:
        return (of.domain,)
    label = registered_label(of.domain)
    return (f"{label}.{rng.choice(ENDINGS)}",) if chance < 0.94 else (f"{coined(rng)}.{rng.choice(ENDINGS)}",)


@dataclass(frozen=True)
class TuningSet:
    """Accounts, the records that exact methods leave, and the account of each (missing where it has none)."""

    accounts: tuple[Record, ...]
    records: tuple[Record, ...]
    truth: dict[str, str]


def tuning_set(seed: int = SEED, companies: int = COMPANIES) -> TuningSet:
    """Half of the relatives are accounts too, the other half strangers."""
    rng = random.Random(seed)
    known: list[Company] = []
    strangers: list[Company] = []
    taken: set[str] = set()
    while len(known) < companies:
        one = company(rng)
        # Two companies of one name are rare.
        if one.name in taken and rng.random() < 0.9:
            continue
        taken.add(one.name)
        known.append(one)
        if rng.random() < 0.4:
            (known if rng.random() < 0.5 else strangers).append(relative(rng, one))
    strangers += [company(rng) for _ in range(companies // 3)]
    accounts = tuple(Record(f"a{at}", one.name, (one.domain,) if one.domain else ()) for at, one in enumerate(known))
    names = Counter(account.name_key for account in accounts)
    domains = Counter(name for account in accounts for name in account.domains)
    readings: dict[str, set[int]] = defaultdict(set)
    for at, one in enumerate(known):
        spoken = "".join(word for word in one.words if word not in SILENT)
        for reading in (spoken, registered_label(one.domain or "")):
            readings[reading].add(at)
    records, truth = [], {}
    for at, one in enumerate((*known, *strangers)):
        for _ in range(2):
            said = typed(rng, one)
            is_left = names[said.name_key] != 1 and all(domains[name] != 1 for name in said.domains)
            # What reads just like another account's name or domain is that account, for all that anybody can tell.
            read = "".join(word for word in (said.name_key or "").split() if word not in SILENT)
            if is_left and readings.get(read, {at}) <= {at}:
                key = f"r{len(records)}"
                records.append(Record(key, said.name_key, said.domains))
                if at < len(known):
                    truth[key] = f"a{at}"
    return TuningSet(accounts, tuple(records), truth)


def flat_model() -> dict[str, Any]:
    """Weights that say nothing, to see which levels pairs reach."""
    weights = {name: {label: [0.1, 0.1] for label, _ in (*named, ("else", ""))} for name, (_, named) in COMPARISONS.items()}
    return {"prior": 0.1, "weights": weights, "threshold": THRESHOLD, "reliable": {}}


def estimated(pairs: Iterable[tuple[str, str, float, str]], truth: dict[str, str]) -> dict[str, Any]:
    """Weights counted from pairs whose truth is known, with half a pair of each kind added to each level."""
    model = flat_model()
    same: dict[tuple[str, str], float] = defaultdict(lambda: 0.5)
    other: dict[tuple[str, str], float] = defaultdict(lambda: 0.5)
    matches = total = 0
    for record, account, _, evidence in pairs:
        is_same = truth.get(record) == account
        matches, total = matches + is_same, total + 1
        for said in evidence.split("; ") if evidence else ():
            name, label = said.split(": ")
            (same if is_same else other)[name, label] += 1
    for name, levels in model["weights"].items():
        sums = [sum(counts[name, label] for label in levels) for counts in (same, other)]
        for label in levels:
            levels[label] = [round(counts[name, label] / whole, 7) for counts, whole in zip((same, other), sums, strict=True)]
    # A record whose domain is one account's alone is linked before; what is counted here are domains that two accounts share,
    # whose names decide. Still an equal domain says more than a like one.
    equal, like = (model["weights"]["domain"][label] for label in ("equal", "other ending"))
    shift = equal[1] - (least := min(equal[1], round(equal[0] / (20 * like[0] / like[1]), 10)))
    equal[1], model["weights"]["domain"]["else"][1] = least, model["weights"]["domain"]["else"][1] + shift
    model["prior"] = round(matches / total, 7)
    return model


def by_record(pairs: Iterable[tuple[str, str, float, str]]) -> dict[str, dict[str, tuple[float, str]]]:
    """Probability and evidence by account, of each record."""
    found: dict[str, dict[str, tuple[float, str]]] = defaultdict(dict)
    for record, account, probability, evidence in pairs:
        found[record][account] = max(found[record].get(account, (0.0, "")), (probability, evidence))
    return found


class _Always(dict[str, float]):
    """Trusts any evidence."""

    def get(self, key: str, default: float | None = None) -> float:  # type: ignore[override]
        return 1.0


def decisions(pairs: Iterable[tuple[str, str, float, str]], truth: dict[str, str]) -> list[tuple[str, bool]]:
    """Evidence for the likeliest account of each record where no other comes near, and whether it is the right one."""
    everything = {"reliable": _Always(), "threshold": 1.0}
    found = []
    for record, candidates in by_record(pairs).items():
        chosen = best(candidates, everything)
        if chosen["master_key"] is not None:
            found.append((chosen["evidence"], truth.get(record) == chosen["master_key"]))
    return found


def reliability(outcomes: Iterable[tuple[str, bool]]) -> dict[str, float]:
    """How often each evidence was right, drawn slightly to one half."""
    right, seen = Counter[str](), Counter[str]()
    for evidence, is_right in outcomes:
        seen[evidence] += 1
        right[evidence] += is_right
    return {evidence: round((right[evidence] + 0.5) / (count + 1), 4) for evidence, count in sorted(seen.items())}


def main() -> None:
    """Counts the weights on one set of companies, how reliable evidence is on others, and tries the model on one more."""
    counted, held = tuning_set(SEED), tuning_set(SEED + 1)
    model = estimated(score(counted.records, counted.accounts, flat_model()), counted.truth)
    outcomes = []
    for at in range(2, 2 + JUDGED_SETS):
        judged = tuning_set(SEED + at)
        outcomes += decisions(score(judged.records, judged.accounts, model), judged.truth)
    model["reliable"] = reliability(outcomes)
    candidates = by_record(score(held.records, held.accounts, model))
    for threshold in (0.99, 0.98, 0.97, 0.95, 0.93, 0.9, 0.85, 0.8):
        chosen = {record: best(of_record, model | {"threshold": threshold}) for record, of_record in candidates.items()}
        linked = {record: row["master_key"] for record, row in chosen.items() if row["master_key"]}
        right = sum(held.truth.get(record) == account for record, account in linked.items())
        print(f"threshold {threshold}: precision {right / max(1, len(linked)):.4f}, recall {right / len(held.truth):.4f}")
    MODEL_FILE.write_text(json.dumps(model, indent=2) + "\n", "utf-8")
    for name, levels in model["weights"].items():
        for label, (same, other) in levels.items():
            print(f"{name:<10}{label:<36}{same:>10.4f}{other:>10.4f}{same / other:>12.2f}")
    for evidence, share in sorted(model["reliable"].items(), key=lambda item: -item[1]):
        print(f"{share:>8.4f}  {evidence}")


if __name__ == "__main__":
    main()
