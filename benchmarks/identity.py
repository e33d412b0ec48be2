"""How well records of real companies, as people write them, find their account: `python -m benchmarks.identity`.

Accounts, records and look-alikes are those of `data/companies.txt`, loaded as a CRM and a survey and resolved by the very dbt
models of the pipeline. Fails below a precision of 0.99 or a recall of 0.90.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import duckdb

from connectors.registry import load_specs
from orchestration.build_layout import ensure_layout
from orchestration.settings import DBT_PROJECT

COMPANIES = Path(__file__).parent / "data" / "companies.txt"
LEAST_PRECISION, LEAST_RECALL = 0.99, 0.90
RESAMPLES = 2000
SEED = 7


@dataclass(frozen=True)
class Said:
    """A record as somebody wrote it.

    Attributes:
        company: number of the block that it stands in.
        account: CRM id of its account; None for a look-alike.
        name: what is written.
        domain: domain of the address, if any.
    """

    company: int
    account: str | None
    name: str
    domain: str | None


@dataclass(frozen=True)
class Outcome:
    """A record with the account that it was linked to.

    Attributes:
        said: the record.
        linked: CRM id of the account, None where it stays unlinked.
        method: how.
    """

    said: Said
    linked: str | None
    method: str


def read_companies(path: Path = COMPANIES) -> tuple[list[tuple[str, str, str]], list[Said]]:
    """Accounts as (id, name, domain), and the records."""
    accounts, records = [], []
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    for number, line in enumerate(lines):
        name, domain, written, others = (part.strip() for part in line.split("|"))
        key = f"001X{number:011d}"
        accounts.append((key, name, domain))
        for account, texts in ((key, written), (None, others)):
            for text in filter(None, (text.strip() for text in texts.split(";"))):
                said, _, mail = text.partition("@")
                records.append(Said(number, account, said.strip(), mail.strip() or None))
    return accounts, records


def resolve(accounts: Sequence[tuple[str, str, str]], records: Sequence[Said], folder: Path) -> list[Outcome]:
    """The records through the models of the pipeline."""
    build = folder / "build.duckdb"
    with duckdb.connect(str(build)) as connection:
        ensure_layout(connection, load_specs().values())
        system = "false, 'made-here.csv', 1, 1, now(), 'batch-1'"
        names = "_deleted, _file, _line, _sequence, _loaded_at, _batch"
        connection.executemany(
            f"insert into raw.salesforce__account (id, name, website, {names}) values (?, ?, ?, {system})", accounts
        )
        connection.executemany(
            f"insert into raw.delighted__response (response_id, company, email_domain, score, {names}) "
            f"values (?, ?, ?, 9, {system})",
            [(str(at), said.name, said.domain) for at, said in enumerate(records)],
        )
    environment = os.environ | {"EARSHOT_BUILD_DB": str(build), "EARSHOT_MARTS_DB": str(folder / "marts.duckdb")}
    folders = ["--project-dir", DBT_PROJECT, "--profiles-dir", DBT_PROJECT, "--target-path", folder / "target"]
    kinds = ["--resource-type", "model", "--resource-type", "seed"]
    command = [Path(sys.executable).with_name("dbt"), "--quiet", "build", "--select", "+int_account_match", *kinds, *folders]
    subprocess.run(command, check=True, env=environment | {"EARSHOT_DBT_PYTHON": str(DBT_PROJECT / "python")})
    with duckdb.connect(str(build), read_only=True) as connection:
        found = {
            int(key): (linked, method)
            for key, linked, method in connection.execute(
                """
                select response_id, split_part(master_key, ':', 2), match_method
                from staging.stg_delighted__response
                join intermediate.int_account_match on source_system = 'delighted' and source_id = account_reference
                """
            ).fetchall()
        }
    return [Outcome(said, *found.get(at, (None, "none"))) for at, said in enumerate(records)]


def precision(outcomes: Sequence[Outcome]) -> float:
    """Share of the links that are right."""
    links = [outcome for outcome in outcomes if outcome.linked]
    return sum(outcome.linked == outcome.said.account for outcome in links) / max(1, len(links))


def recall(outcomes: Sequence[Outcome]) -> float:
    """Share of the records with an account that found it."""
    known = [outcome for outcome in outcomes if outcome.said.account]
    return sum(outcome.linked == outcome.said.account for outcome in known) / max(1, len(known))


def _pairs(outcomes: Sequence[Outcome]) -> tuple[Counter[str], int]:
    """Pairs of records, the account's own included, that are said to be one company, are one, and both."""
    together: Counter[str] = Counter()
    by_account: dict[str, list[str | None]] = {}
    for outcome in outcomes:
        if outcome.linked:
            by_account.setdefault(outcome.linked, [outcome.linked]).append(outcome.said.account)
    for truths in by_account.values():
        for one, two in combinations(truths, 2):
            together["said"] += 1
            together["right"] += one is not None and one == two
    sizes = Counter(outcome.said.account for outcome in outcomes if outcome.said.account)
    return together, sum((size + 1) * size // 2 for size in sizes.values())


def pair_precision(outcomes: Sequence[Outcome]) -> float:
    """Share of the pairs that were put together that belong together."""
    together, _ = _pairs(outcomes)
    return together["right"] / max(1, together["said"])


def pair_recall(outcomes: Sequence[Outcome]) -> float:
    """Share of the pairs that belong together that were put together."""
    together, all_pairs = _pairs(outcomes)
    return together["right"] / max(1, all_pairs)


def interval(figure: Callable[[Sequence[Outcome]], float], outcomes: Sequence[Outcome]) -> tuple[float, float]:
    """95 % bootstrap interval; whole companies are drawn, since the records of one are alike."""
    rng = random.Random(SEED)
    blocks: dict[int, list[Outcome]] = {}
    for outcome in outcomes:
        blocks.setdefault(outcome.said.company, []).append(outcome)
    values = sorted(
        figure([one for block in rng.choices(list(blocks.values()), k=len(blocks)) for one in block]) for _ in range(RESAMPLES)
    )
    return values[int(0.025 * RESAMPLES)], values[int(0.975 * RESAMPLES)]


def main() -> int:
    """Prints the figures; fails where they are below what is promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", action="store_true", help="also print what was linked wrongly and what was missed")
    show_errors = parser.parse_args().errors
    accounts, records = read_companies()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        outcomes = resolve(accounts, records, Path(folder))
    known = sum(said.account is not None for said in records)
    seconds = time.monotonic() - started
    print(f"{len(accounts)} accounts, {known} records of them, {len(records) - known} look-alikes; {seconds:.0f} s")
    rest = [outcome for outcome in outcomes if outcome.method in ("probabilistic", "none")]
    print(f"{'':<34}{'records':>8}{'precision':>27}{'recall':>27}")
    unseen = [outcome for outcome in outcomes if outcome.said.company % 2 == 0]
    for label, chosen, one, two in (
        ("all methods, links", outcomes, precision, recall),
        ("  of companies never looked at", unseen, precision, recall),
        ("all methods, pairs of records", outcomes, pair_precision, pair_recall),
        ("left by exact methods, links", rest, precision, recall),
    ):
        cells = [
            f"{figure(chosen):.4f} ({low:.4f} - {high:.4f})"
            for figure in (one, two)
            for low, high in [interval(figure, chosen)]
        ]
        print(f"{label:<34}{len(chosen):>8}{cells[0]:>27}{cells[1]:>27}")
    for method, count in sorted(Counter(outcome.method for outcome in outcomes).items()):
        linked = [outcome for outcome in outcomes if outcome.method == method]
        print(f"  {method:<32}{count:>8}" + (f"{precision(linked):>12.4f}" if method != "none" else ""))
    if show_errors:
        names = {key: name for key, name, _ in accounts}
        for outcome in outcomes:
            if outcome.linked != outcome.said.account:
                truth, linked = (names.get(key or "", "-") for key in (outcome.said.account, outcome.linked))
                print(f"{outcome.method:<14}{outcome.said.name} @{outcome.said.domain} | {linked} | truth {truth}")
    return int(precision(outcomes) < LEAST_PRECISION or recall(outcomes) < LEAST_RECALL)


if __name__ == "__main__":
    sys.exit(main())
