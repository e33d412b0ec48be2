"""False alarms, power and speed of the theme alerts, on simulated companies whose truth is known.

The peer, on the same data in the same run, is what a dashboard usually does: a z-score of this week's raw count against
the mean and standard deviation of the weeks before, at 3. Run `python benchmarks/anomaly.py`; it ends non-zero where more
than 5 % of quiet weeks alert.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.append(str(Path(__file__).resolve().parents[1] / "dbt_project" / "python"))

from earshot_statistics import anomaly

Floats = npt.NDArray[np.float64]
GOAL = 0.05
CHANNELS = np.array([1.0, 0.7, 0.4, 0.2])


@dataclass(frozen=True)
class Company:
    """How a simulated company talks.

    Attributes:
        feedback: items a week in each of three segments.
        scatter: overdispersion of themes from week to week; `uneven` gives every fifth theme ten times as much.
        waves: the survey channel speaks in waves of two weeks a quarter.
    """

    feedback: float
    scatter: float
    uneven: bool
    waves: bool


QUIET = [
    Company(feedback, scatter, uneven, waves)
    for feedback in (10.0, 40.0, 200.0)
    for scatter, uneven in ((0.0, False), (0.1, False), (0.05, True))
    for waves in (False, True)
]
THEMES, SEGMENTS, WEEKS = 22, 3, 104


def simulate(company: Company, rng: np.random.Generator, growth: float = 1.0) -> tuple[Floats, Floats]:
    """Mentions and feedback of shape (themes × (all + segments), channels, weeks); theme 0 grows in segment 2 at the end."""
    volume = company.feedback * CHANNELS[None, :, None] / CHANNELS.sum() * np.ones((SEGMENTS, 1, WEEKS))
    if company.waves:
        volume[:, 0] *= np.where(np.arange(WEEKS) % 13 < 2, 4.0, 0.5)
    feedback = rng.poisson(volume).astype(np.float64)
    share = rng.dirichlet(np.full(THEMES, 0.8)) * 1.2
    share[0] = 0.08
    scatter = np.where(company.uneven & (np.arange(THEMES) % 5 == 4), 10, 1) * max(company.scatter, 1e-6)
    mood = rng.gamma(1 / scatter[:, None, None], scatter[:, None, None], (THEMES, SEGMENTS, WEEKS))
    leaning = rng.gamma(4, 0.25, (THEMES, 1, len(CHANNELS), 1))
    mean = share[:, None, None, None] * leaning * mood[:, :, None] * feedback
    mean[0, 2, :, WEEKS - anomaly.RECENT_WEEKS :] *= growth
    said = np.minimum(rng.poisson(mean), feedback)
    cells = np.concatenate([said.sum(axis=1, keepdims=True), said], axis=1)
    heard = np.broadcast_to(np.concatenate([feedback.sum(axis=0, keepdims=True), feedback]), cells.shape)
    return cells.reshape(-1, len(CHANNELS), WEEKS), heard.reshape(-1, len(CHANNELS), WEEKS)


def peer_alerts(mentions: Floats) -> npt.NDArray[np.bool_]:
    """Cells and weeks whose raw count lies 3 standard deviations above the mean of the weeks before."""
    count = mentions.sum(axis=1)
    length, gap = anomaly.BASELINE_WEEKS, anomaly.RECENT_WEEKS
    weeks = np.maximum(anomaly.trailing_sum(np.ones_like(count), length, gap), 1)
    mean = anomaly.trailing_sum(count, length, gap) / weeks
    deviation = np.sqrt(np.maximum(anomaly.trailing_sum(count**2, length, gap) / weeks - mean**2, 0))
    return np.asarray((count > mean + 3 * deviation) & (count > 0) & (weeks >= anomaly.MINIMUM_BASELINE_WEEKS))


def quiet_weeks(company: Company, companies: int, seed: int) -> tuple[float, float, float]:
    """Shares of judged weeks in which anything alerts, anything trends, and in which the peer alerts."""
    alerts, moves, peers = [], [], []
    for number in range(companies):
        mentions, feedback = simulate(company, np.random.default_rng([seed, number]))
        verdict = anomaly.judge(mentions, feedback)
        known = np.isfinite(verdict.q).any(axis=0)
        alerts.append((verdict.q[:, known] < anomaly.ALERT).any(axis=0))
        moves.append(np.isin(verdict.trend[:, known], ["new", "rising", "falling"]).any(axis=0))
        peers.append(peer_alerts(mentions)[:, known].any(axis=0))
    return tuple(float(np.concatenate(found).mean()) for found in (alerts, moves, peers))  # type: ignore[return-value]


def power(company: Company, companies: int, seed: int) -> tuple[float, float, float]:
    """Mean weekly mentions before a doubling, and how often it is called rising, and alerts, within its eight weeks."""
    cell = SEGMENTS  # theme 0, last segment
    before, rising, alerted = [], [], []
    for number in range(companies):
        mentions, feedback = simulate(company, np.random.default_rng([seed, number]), growth=2.0)
        verdict = anomaly.judge(mentions, feedback)
        weeks = slice(WEEKS - anomaly.RECENT_WEEKS, WEEKS)
        before.append(mentions[cell, :, : WEEKS - anomaly.RECENT_WEEKS].sum(axis=0).mean())
        rising.append((verdict.trend[cell, weeks] == "rising").any())
        alerted.append((verdict.q[cell, weeks] < anomaly.ALERT).any())
    return float(np.mean(before)), float(np.mean(rising)), float(np.mean(alerted))


def speed(cells: int) -> tuple[float, float]:
    """CPU seconds for so many theme cells of two years, and the process's peak memory in MB."""
    rng = np.random.default_rng(1)
    mentions = rng.poisson(3.0, (cells, len(CHANNELS), WEEKS)).astype(np.float64)
    began = time.process_time()
    anomaly.judge(mentions, np.full(mentions.shape, 30.0))
    return time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Prints the three tables; returns 1 where quiet weeks alert too often."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=40, help="simulated companies per line")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    print("Quiet companies: share of weeks in which any theme × segment cell ...")
    print("items a week  scatter  uneven  waves   alerts  trends   z > 3 on raw counts (peer)")
    missed = 0
    for company in QUIET:
        alerts, moves, peers = quiet_weeks(company, arguments.companies, arguments.seed)
        missed += alerts > GOAL
        print(
            f"{company.feedback:12.0f}  {company.scatter:7.2f}  {company.uneven!s:>6}  {company.waves!s:>5}   "
            f"{alerts:6.3f}  {moves:6.3f}   {peers:6.3f}"
        )
    print("\nA doubling over eight weeks in one segment: found by ...")
    print("mentions a week before   trend   alert")
    for feedback in (10.0, 25.0, 50.0, 100.0, 200.0, 400.0):
        before, rising, alerted = power(Company(feedback, 0.05, False, True), arguments.companies, arguments.seed)
        print(f"{before:22.1f}   {rising:5.2f}   {alerted:5.2f}")
    seconds, memory = speed(10_000)
    print(f"\n10,000 cells × {WEEKS} weeks: {seconds:.2f} CPU-s, peak {memory:.0f} MB")
    print(f"{missed} of {len(QUIET)} kinds of company above {GOAL}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
