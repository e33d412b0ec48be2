"""Does the readiness score say, before a launch, which launches will fail on readiness? Brier scores on launches never seen.

Launches are simulated from what prepares teams, not from the score: each team has a knowledge, an ability and material of its
own, what is measured of them is a handful of people's courses and checks, and whether a launch fails is drawn from the weakest
team's weakest part, with a good deal of luck. That it is the weakest part is assumed, not shown: this says what the score is
worth if it is so, and that it claims nothing where failures are luck. The score's formula is that of
`alignment.launch_team_readiness`. Three forecasts are calibrated on one half of the launches and judged on the other: the base
rate, awareness alone, and the readiness score.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]
LAUNCHES, TEAMS, SEEDS = 400, 3, 20
ASSETS = 5


@dataclass(frozen=True, slots=True)
class Launches:
    """Simulated launches.

    Attributes:
        awareness: score as `alignment.launch_readiness` has it, 1 to 5.
        readiness: score of the least ready team, 1 to 5.
        failed: whether it failed on readiness.
    """

    awareness: Floats
    readiness: Floats
    failed: NDArray[np.bool_]


def ladder(share: Floats) -> Floats:
    """A share as a step of the ladder."""
    return 1 + 4 * share


def simulate(seed: int, launches: int = LAUNCHES, *, linked: bool = True) -> Launches:
    """Draw launches.

    Args:
        seed: equal seeds draw equal launches.
        launches: how many.
        linked: False draws failures that readiness has nothing to do with.
    """
    draws = np.random.default_rng(seed)
    effort = draws.beta(2, 1.5, (launches, 1))  # a well-run launch does everything better
    shape = (launches, TEAMS)
    true = {
        part: np.clip(0.75 * effort + 0.25 * draws.random(shape) + draws.normal(0, 0.15, shape), 0.02, 0.98)
        for part in ("knowledge", "ability")
    }
    assets = np.clip(0.6 * effort + 0.4 * draws.random(shape), 0.02, 0.98)
    # Announcing is cheap: most launches are known, whatever else was done.
    aware = np.clip(0.8 + 0.1 * effort + draws.normal(0, 0.12, shape), 0.05, 0.99)
    people = draws.integers(4, 12, shape)
    measured = {part: draws.binomial(people, share) / people for part, share in true.items()}
    there = draws.binomial(ASSETS, assets) / ASSETS
    readiness = ladder(np.minimum(np.minimum(measured["knowledge"], measured["ability"]), there).min(axis=1))
    heard = draws.binomial(people, aware)
    awareness = ladder(heard.sum(axis=1) / people.sum(axis=1))
    weakest = np.minimum(np.minimum(true["knowledge"], true["ability"]), assets).min(axis=1)
    risk = 1 / (1 + np.exp(6 * (weakest - 0.3))) if linked else np.full(launches, 0.4)
    return Launches(awareness, readiness, draws.random(launches) < risk)


def brier(forecast: Floats, failed: NDArray[np.bool_]) -> float:
    """Mean squared distance of the forecasts from what happened; 0 is perfect."""
    return float(np.mean((forecast - failed) ** 2))


def forecast(score: Floats, launches: Launches, seen: NDArray[np.bool_]) -> Floats:
    """Chance of failing of the launches not seen, from a score calibrated on those seen."""
    model = LogisticRegression().fit(score[seen, None], launches.failed[seen])
    chances: Floats = model.predict_proba(score[~seen, None])[:, 1]
    return chances


def backtest(seed: int, *, linked: bool = True) -> dict[str, float]:
    """Brier scores on the second half of simulated launches."""
    launches = simulate(seed, linked=linked)
    seen = np.arange(len(launches.failed)) < len(launches.failed) // 2
    truth = launches.failed[~seen]
    return {
        "base_rate": brier(np.full(len(truth), launches.failed[seen].mean()), truth),
        "awareness_only": brier(forecast(launches.awareness, launches, seen), truth),
        "readiness": brier(forecast(launches.readiness, launches, seen), truth),
    }


def main() -> int:
    """Print means and standard errors over seeds, with failures linked to readiness and without."""
    for linked, title in ((True, "failures depend on the weakest part"), (False, "failures are luck")):
        rows = [backtest(seed, linked=linked) for seed in range(SEEDS)]
        print(f"{title} ({SEEDS} × {LAUNCHES // 2} held-out launches)")
        for name in rows[0]:
            values = np.array([row[name] for row in rows])
            better = np.array([row["base_rate"] for row in rows]) - values
            print(
                f"  {name:15} Brier {values.mean():.4f} ± {values.std(ddof=1) / np.sqrt(SEEDS):.4f}, "
                f"better than the base rate by {better.mean():+.4f} ± {better.std(ddof=1) / np.sqrt(SEEDS):.4f}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
