"""Real runs that are killed on their way: what is published stays whole, and the next run ends as an undisturbed one."""

import shutil
from collections import Counter

from benchmarks.faults import PUBLICATION, STAGES, Kill, drawn, killed_in_a_row, mart_hashes

# One in a file's transaction, one that leaves dbt writing alone, one between gate and publication.
KILLS = [Kill("Loading", 0.8, group=True), Kill("Transforming", 6.0, group=False), Kill("Gate and publish", 0.3, group=True)]


def test_killed_runs_publish_nothing_by_halves_and_the_next_one_converges(company, tmp_path):
    base = tmp_path / "base"
    shutil.copytree(company, base, symlinks=True, ignore=shutil.ignore_patterns("warehouse.duckdb", "parquet", ".earshot"))
    # Hashes of addresses depend on the salt; everything else is made anew.
    (base / ".earshot").mkdir(mode=0o700)
    shutil.copy(company / ".earshot" / "salt", base / ".earshot" / "salt")
    found = killed_in_a_row(base, mart_hashes(company / "warehouse.duckdb"), dict(enumerate(KILLS)))
    assert found.broken == []
    assert [outcome.in_time for outcome in found.outcomes] == [True] * len(KILLS), found.outcomes
    assert {outcome.left for outcome in found.outcomes} <= {"last good", "new"}


def test_a_seed_draws_the_same_kills_again_and_reaches_every_stage():
    seconds = dict.fromkeys(STAGES, 2.0)
    kills = [drawn(2026, number, seconds) for number in range(200)]
    assert kills == [drawn(2026, number, seconds) for number in range(200)] != [drawn(1, n, seconds) for n in range(200)]
    assert min(Counter(kill.stage for kill in kills)[stage] for stage in (*STAGES, PUBLICATION)) >= 10
