"""How often the published NPS intervals hold the true NPS, in simulated companies whose truth is known.

Answers of one account resemble each other (a Dirichlet-multinomial with the stated intra-account correlation). Each
scenario is also given the plain adjusted Wald interval, which ignores that, so the price of ignoring accounts is visible.
Run `python benchmarks/nps_coverage.py`; it ends non-zero where a scenario that the marts would publish falls below the goal.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.append(str(Path(__file__).resolve().parents[1] / "dbt_project" / "python"))

from earshot_statistics.bootstrap import adjusted_wald, nps_change_interval, nps_interval

GOAL = 0.93


@dataclass(frozen=True)
class Scenario:
    """A cell as a company might have it."""

    accounts: int
    answers: float
    correlation: float
    promoters: float
    detractors: float


SCENARIOS = [
    Scenario(accounts, answers, correlation, *mix)
    for accounts, answers in ((10, 1.0), (10, 3.0), (25, 1.0), (25, 2.0), (60, 1.5), (200, 3.0))
    for correlation in (0.0, 0.3)
    for mix in ((0.4, 0.3), (0.75, 0.05), (0.1, 0.65))
]


def draw(scenario: Scenario, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """One simulated cell: a row per account with its promoters, detractors and answers."""
    p, d = scenario.promoters, scenario.detractors
    shares = np.tile([p, 1 - p - d, d], (scenario.accounts, 1))
    if scenario.correlation > 0:
        shares = rng.dirichlet(shares[0] * (1 / scenario.correlation - 1), size=scenario.accounts)
        shares = shares / shares.sum(axis=1, keepdims=True)
    answers = 1 + rng.poisson(scenario.answers - 1, scenario.accounts)
    counts = rng.multinomial(answers, shares)
    return np.column_stack([counts[:, 0], counts[:, 2], answers])


def published_interval(cell: npt.NDArray[np.int64], rng: np.random.Generator) -> tuple[float, float]:
    """The interval as the marts publish it: adjusted Wald, widened to the accounts' bootstrap where they repeat."""
    promoters, detractors, n = (int(total) for total in cell.sum(axis=0))
    plain = adjusted_wald(promoters, detractors, n)
    if n == len(cell):
        return plain.low, plain.high
    clustered = nps_interval(cell, rng, resamples=1000)
    return min(plain.low, clustered.low), max(plain.high, clustered.high)


def coverage(scenario: Scenario, trials: int, seed: int) -> tuple[float, float, float]:
    """Shares of simulated cells whose published and whose plain interval hold the truth, and the published mean width."""
    rng = np.random.default_rng(seed)
    truth = 100 * (scenario.promoters - scenario.detractors)
    published = plain = 0
    width = 0.0
    for _ in range(trials):
        cell = draw(scenario, rng)
        low, high = published_interval(cell, rng)
        ignoring = adjusted_wald(*(int(total) for total in cell.sum(axis=0)))
        published += low <= truth <= high
        plain += ignoring.low <= truth <= ignoring.high
        width += high - low
    return published / trials, plain / trials, width / trials


def false_changes(trials: int, seed: int) -> float:
    """Share of month pairs without a change, same accounts asked twice, whose difference interval leaves out 0."""
    rng = np.random.default_rng(seed)
    scenario = Scenario(40, 1.5, 0.3, 0.45, 0.25)
    wrong = 0
    for _ in range(trials):
        shares = rng.dirichlet(np.array([0.45, 0.30, 0.25]) * (1 / 0.3 - 1), size=scenario.accounts)
        months = []
        for _ in range(2):
            answers = rng.poisson(scenario.answers, scenario.accounts)
            counts = rng.multinomial(answers, shares / shares.sum(axis=1, keepdims=True))
            months.append(np.column_stack([counts[:, 0], counts[:, 2], answers]))
        interval = nps_change_interval(np.hstack(months), rng, resamples=1000)
        wrong += not interval.low <= 0 <= interval.high
    return wrong / trials


def main() -> int:
    """Prints one line per scenario; returns 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    print("accounts  answers/account  correlation  promoters  detractors   published  plain Wald   width   seconds")
    missed = 0
    for scenario in SCENARIOS:
        began = time.perf_counter()
        published, plain, width = coverage(scenario, arguments.trials, arguments.seed)
        missed += published < GOAL
        print(
            f"{scenario.accounts:8d}  {scenario.answers:15.1f}  {scenario.correlation:11.1f}  {scenario.promoters:9.2f}  "
            f"{scenario.detractors:10.2f}   {published:9.3f}  {plain:10.3f}  {width:6.1f}  {time.perf_counter() - began:8.1f}"
        )
    wrong = false_changes(arguments.trials, arguments.seed)
    print(f"\nfalse changes between months of the same accounts: {wrong:.3f} (nominal 0.050)")
    print(f"{missed} of {len(SCENARIOS)} scenarios below {GOAL}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
