"""How often a driver of the NPS is shown where there is none, and whether planted ones are found in their order.

Simulated companies: 700 answers of 110 accounts with moods of their own, twelve themes, comments by about two thirds. Run
`python -m benchmarks.nps_drivers`; it ends non-zero where more than one company in twenty shows a driver that is not there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from statsmodels.stats.proportion import proportion_confint

sys.path.append(str(Path(__file__).resolve().parents[1] / "dbt_project" / "python"))

from earshot_statistics.drivers import Drivers, find_drivers

ACCOUNTS, ANSWERS, THEMES = 110, 700, 12
# As the mart has it (variable driver_q).
SHOWN_BELOW = 0.02
GOAL = 0.05
PLANTED = {2: -2.0, 7: -1.2, 9: -0.7}


def company(seed: int, effects: dict[int, float]) -> Drivers:
    """The drivers found in one simulated company; mentioning a theme shifts the mood by its effect."""
    rng = np.random.default_rng(seed)
    accounts = rng.integers(0, ACCOUNTS, ANSWERS)
    mentions = (rng.random((ANSWERS, THEMES)) < rng.uniform(0.04, 0.12, THEMES)).astype(float)
    mood = 0.4 + rng.normal(0, 0.4, ACCOUNTS)[accounts] + rng.normal(0, 1, ANSWERS)
    for theme, effect in effects.items():
        mood += effect * mentions[:, theme]
    net = np.where(mood > 0.5, 100.0, np.where(mood > -0.3, 0.0, -100.0))
    return find_drivers(net, mentions, accounts, (mentions.sum(axis=1) > 0) | (rng.random(ANSWERS) < 0.6))


def shown(found: Drivers) -> set[int]:
    """Themes that the mart would call drivers."""
    return set(np.flatnonzero((found.q < SHOWN_BELOW) & (found.importance_low > 0)).tolist())


def told(what: str, hits: int, companies: int) -> str:
    """A share of the companies with its Wilson interval."""
    low, high = proportion_confint(hits, companies, method="wilson")
    return f"| {what} | {hits} of {companies} | {100 * hits / companies:.1f} % | {100 * low:.1f} to {100 * high:.1f} % |"


def main() -> int:
    """Simulates, prints a table, and says by its exit code whether the goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=400)
    parser.add_argument("--planted", type=int, default=60)
    options = parser.parse_args()
    false = sum(bool(shown(company(seed, {}))) for seed in range(1_000, 1_000 + options.companies))
    found = [company(seed, PLANTED) for seed in range(5_000, 5_000 + options.planted)]
    strongest = sum(2 in shown(one) for one in found)
    ordered = sum(one.effect[2] < one.effect[7] < one.effect[9] < 0 for one in found)
    lines = [
        "| companies | | share | 95 % |",
        "|---|---|---|---|",
        told("without drivers that show one all the same", false, options.companies),
        told("with drivers that show the strongest", strongest, options.planted),
        told("with drivers whose effects lie in the planted order", ordered, options.planted),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(false > GOAL * options.companies)


if __name__ == "__main__":
    raise SystemExit(main())
