"""Which account an unlinked record most likely is of: Splink's Fellegi-Sunter model over names and domains, on DuckDB.

The weights are those of the packaged model, not estimated in each workspace: the same records get the same answer on every
machine, however few there are. `benchmarks/training/identity.py` makes the model, `benchmarks/identity.py` measures it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from earshot_identity.company_words import CompanyWords, company_words

MODEL_FILE = Path(__file__).with_name("linkage_model.json")
# Part of the key under which results are kept: another number forgets them all.
METHOD_VERSION = 2
# A key that so many accounts share says nothing, and comparing them all would cost the most.
MOST_ACCOUNTS_PER_BLOCK = 300
# The likeliest account must be so many times likelier than the next.
RUNNER_UP_DISTANCE = 10.0

RESULT = pa.schema(
    [
        ("source_system", pa.string()),
        ("source_id", pa.string()),
        ("master_key", pa.string()),
        ("probability", pa.float64()),
        ("nearest_master_key", pa.string()),
        ("evidence", pa.string()),
        ("content_sha256", pa.string()),
    ]
)

_LINES_FIT = "(list_has_all(lines_l, lines_r) or list_has_all(lines_r, lines_l))"
_SAME_WORDS = "(name_l = name_r or words_l = words_r)"
_SHORTER = "least(length(name_l), length(name_r))"
_SLIPS = "damerau_levenshtein(name_l, name_r)"
_SAME_START = "left(name_l, 1) = left(name_r, 1)"
_LONG_SLIP = f"{_SLIPS} <= 1 + ({_SHORTER} >= 12)::int and {_SHORTER} >= 10 and {_LINES_FIT}"
_SHORT_SLIP = f"{_SLIPS} <= 1 and {_SHORTER} between 5 and 9 and {_SAME_START} and {_LINES_FIT}"
_CUT_SHORT = (
    "len(spoken_l) > 1 and len(spoken_l) = len(spoken_r) and list_bool_and(list_transform(list_zip(spoken_l, spoken_r), "
    "p -> least(length(p[1]), length(p[2])) >= 3 and (starts_with(p[1], p[2]) or starts_with(p[2], p[1]))))"
)
_SLIP_AS_WRITTEN = (
    "damerau_levenshtein(written_l, written_r) <= 1 + (least(length(written_l), length(written_r)) >= 12)::int "
    "and least(length(written_l), length(written_r)) >= 10"
)
# The record has the name that the account's domain has; the other way round a company took part of its parent's name.
_IS_LABEL_OF_LEFT = "side_l = 'account' and list_has_any(spellings_r, labels_l)"
_IS_LABEL_OF_RIGHT = "side_r = 'account' and list_has_any(spellings_l, labels_r)"
_AS_DOMAIN = f"(({_IS_LABEL_OF_LEFT}) or ({_IS_LABEL_OF_RIGHT}))"
_NAMELESS = "(name_l = '' or name_r = '')"
# Levels of each comparison, best first; the first that holds counts, "else" where none does.
COMPARISONS: Mapping[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "name": (
        _NAMELESS,
        (
            ("other number", "numbers_l <> numbers_r"),
            ("equal", f"{_SAME_WORDS} and lines_l = lines_r"),
            ("equal but for a line of business", f"{_SAME_WORDS} and {_LINES_FIT}"),
            ("another line of business", _SAME_WORDS),
            ("a letter once or twice", "squeezed_l = squeezed_r"),
            ("a slip in a long name", f"({_LONG_SLIP}) or ({_SLIP_AS_WRITTEN})"),
            ("a slip in a middling name", f"({_SHORT_SLIP}) and {_SHORTER} >= 7"),
            ("a slip in a short name", _SHORT_SLIP),
            ("words cut short", _CUT_SHORT),
            ("acronym", "list_contains(acronyms_l, name_r) or list_contains(acronyms_r, name_l)"),
            ("part of the other", "list_has_all(words_l, words_r) or list_has_all(words_r, words_l)"),
        ),
    ),
    "domain": (
        "len(domains_l) = 0 or len(domains_r) = 0",
        (
            ("equal", "list_has_any(domains_l, domains_r)"),
            (
                "other ending",
                f"list_has_any(labels_l, labels_r) and ({_NAMELESS} or squeezed_l = squeezed_r or ({_LONG_SLIP})"
                f" or ({_SHORT_SLIP}) or ({_SAME_WORDS} and {_LINES_FIT}) or ({_CUT_SHORT}) or {_AS_DOMAIN})",
            ),
        ),
    ),
    # Known only where it holds and says more than the name: a company need not have its name for a domain.
    "named_as_the_domain": (
        f"not coalesce({_AS_DOMAIN}, false) or squeezed_l = squeezed_r or ({_SAME_WORDS} and lines_l = lines_r)",
        (("in five letters or more", f"{_SHORTER} >= 5"),),
    ),
}


@dataclass(frozen=True, slots=True)
class Record:
    """An account record as it is compared.

    Attributes:
        key: the record, or the account.
        name_key: normalised name.
        domains: domains that identify companies.
    """

    key: str
    name_key: str | None
    domains: tuple[str, ...]


def link(unlinked: pa.Table, accounts: pa.Table, known: pa.Table | None = None) -> pa.Table:
    """Names the account of each unlinked record where one is far more likely than any other.

    Args:
        unlinked: source_system, source_id, name_key, domains (list), excluded (list of master keys).
        accounts: master_key, name_key, domains (list): a row for each name that an account is known by.
        known: what an earlier call returned; what has not changed since is taken from it.

    Returns:
        Rows of `RESULT`, one for each unlinked record, `master_key` null where nothing is likely enough.
    """
    rows = sorted(unlinked.to_pylist(), key=lambda row: (row["source_system"], row["source_id"]))
    names = sorted(accounts.to_pylist(), key=lambda row: (row["master_key"], row["name_key"] or ""))
    base = hashlib.sha256(json.dumps([METHOD_VERSION, _model(), names], sort_keys=True).encode()).hexdigest()
    for row in rows:
        row["content_sha256"] = hashlib.sha256(json.dumps([base, row], sort_keys=True).encode()).hexdigest()
    kept = {row["content_sha256"]: row for row in known.to_pylist()} if known is not None else {}
    fresh = [row for row in rows if row["content_sha256"] not in kept]
    found = _decide(fresh, names) if fresh and names else {}
    blank = dict.fromkeys(RESULT.names)
    return pa.Table.from_pylist(
        [
            kept.get(row["content_sha256"])
            or {**blank, **found.get(row["content_sha256"], {}), **{name: row[name] for name in row if name in blank}}
            for row in rows
        ],
        schema=RESULT,
    )


def _decide(fresh: Sequence[dict[str, Any]], names: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Best account by content hash of the record."""
    model = _model()
    records = [Record(row["content_sha256"], row["name_key"], tuple(row["domains"] or ())) for row in fresh]
    accounts = [Record(row["master_key"], row["name_key"], tuple(row["domains"] or ())) for row in names]
    excluded = {row["content_sha256"]: set(row.get("excluded") or ()) for row in fresh}
    candidates: dict[str, dict[str, tuple[float, str]]] = {}
    for key, master_key, probability, evidence in score(records, accounts):
        if master_key not in excluded[key]:
            of_record = candidates.setdefault(key, {})
            of_record[master_key] = max(of_record.get(master_key, (0.0, "")), (probability, evidence))
    return {key: best(of_record, model) for key, of_record in candidates.items()}


def best(candidates: Mapping[str, tuple[float, str]], model: Mapping[str, Any]) -> dict[str, Any]:
    """The likeliest of the accounts, and whether it is likely enough.

    Args:
        candidates: probability and evidence by account, at least one.
        model: tells in `reliable` how often each evidence was right where no other account came near.
    """
    ranked = sorted(candidates.items(), key=lambda item: (-item[1][0], item[0]))
    nearest, (likelihood, evidence) = ranked[0]
    runner_up = ranked[1][1][0] if len(ranked) > 1 else 0.0
    is_alone = _odds(likelihood) >= RUNNER_UP_DISTANCE * _odds(runner_up)
    probability = model["reliable"].get(evidence, 0.0) if is_alone else 0.0
    return {
        "master_key": nearest if probability >= model["threshold"] else None,
        "probability": probability,
        "nearest_master_key": nearest,
        "evidence": evidence,
    }


def _odds(probability: float) -> float:
    return probability / max(1e-12, 1 - probability)


def score(
    records: Iterable[Record], accounts: Iterable[Record], model: Mapping[str, Any] | None = None
) -> list[tuple[str, str, float, str]]:
    """Key of the record, key of the account, probability that they are one company, and why, for every pair that meets."""
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    left, right = [_words(record) for record in records], [_words(account) for account in accounts]
    _thin(left, right)
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        tables = [_table(left, "record"), _table(right, "account")]
        settings = splink_settings(model or _model())
        linker = Linker(tables, settings, DuckDBAPI(connection), input_table_aliases=["record", "account"])
        pairs = linker.inference.predict().physical_name
        gammas = ", ".join(f"gamma_{name}" for name in COMPARISONS)
        found = connection.execute(
            f"SELECT DISTINCT key_l, key_r, side_l, match_probability, {gammas} FROM {pairs} ORDER BY ALL"
        ).fetchall()
    # Which of the two tables stands left is Splink's to say.
    return [
        (*((one, two) if side == "record" else (two, one)), probability, _evidence(levels))
        for one, two, side, probability, *levels in found
    ]


def splink_settings(model: Mapping[str, Any]) -> Any:
    """The comparisons with the weights of a model, as Splink's settings."""
    import splink.comparison_level_library as levels
    from splink import SettingsCreator, block_on
    from splink.comparison_library import CustomComparison

    comparisons: list[Any] = []
    for name, (is_null, named) in COMPARISONS.items():
        weights = model["weights"][name]
        made: list[Any] = [levels.CustomLevel(is_null, "unknown").configure(is_null_level=True)]
        for label, condition in (*named, ("else", None)):
            level = levels.CustomLevel(condition, label) if condition else levels.ElseLevel()
            made.append(level.configure(m_probability=weights[label][0], u_probability=weights[label][1]))
        comparisons.append(CustomComparison(comparison_levels=made, output_column_name=name))
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="unique_id",
        blocking_rules_to_generate_predictions=[block_on("blocks", arrays_to_explode=["blocks"])],
        comparisons=comparisons,
        probability_two_random_records_match=model["prior"],
        retain_intermediate_calculation_columns=True,
        retain_matching_columns=True,
        additional_columns_to_retain=["key", "side"],
    )


def _evidence(levels: Sequence[int]) -> str:
    """The levels that a pair reached, in words."""
    said = []
    for (name, (_, named)), level in zip(COMPARISONS.items(), levels, strict=True):
        if level >= 0:
            said.append(f"{name}: {(*(label for label, _ in named), 'else')[len(named) - level]}")
    return "; ".join(said)


def _words(record: Record) -> tuple[str, CompanyWords]:
    return record.key, company_words(record.name_key, record.domains)


def _thin(left: Sequence[tuple[str, CompanyWords]], right: Sequence[tuple[str, CompanyWords]]) -> None:
    """Takes the keys away under which too many accounts, or no record, would meet."""
    crowd = Counter(key for _, words in right for key in words.blocks)
    sought = {key for _, words in left for key in words.blocks}
    for _, words in (*left, *right):
        words.blocks[:] = [key for key in words.blocks if key in sought and 0 < crowd[key] <= MOST_ACCOUNTS_PER_BLOCK]


def _table(rows: Sequence[tuple[str, CompanyWords]], side: str) -> pa.Table:
    texts = pa.list_(pa.string())
    kinds = {"name": pa.string(), "written": pa.string(), "squeezed": pa.string()}
    columns = [pa.field(name, kinds.get(name, texts)) for name in CompanyWords.__slots__]
    schema = pa.schema(
        [pa.field("unique_id", pa.int64()), pa.field("key", pa.string()), pa.field("side", pa.string()), *columns]
    )
    return pa.Table.from_pylist(
        [{"unique_id": number, "key": key, "side": side, **asdict(words)} for number, (key, words) in enumerate(rows)],
        schema=schema,
    )


def _model() -> dict[str, Any]:
    model: dict[str, Any] = json.loads(MODEL_FILE.read_text("utf-8"))
    return model
