"""Real runs that are killed on their way: what is published stays whole, and the next run ends as an undisturbed one."""

import shutil

from benchmarks.faults import STAGES, Kill, campaign, mart_hashes

# One in a file's transaction, one that leaves dbt writing alone, one between gate and publication.
KILLS = [Kill("Loading", 0.8, group=True), Kill("Transforming", 6.0, group=False), Kill("Gate and publish", 0.3, group=True)]


def test_killed_runs_publish_nothing_by_halves_and_the_next_one_converges(company, tmp_path):
    base = tmp_path / "base"
    shutil.copytree(company, base, symlinks=True, ignore=shutil.ignore_patterns("warehouse.duckdb", "parquet", ".earshot"))
    # Hashes of addresses depend on the salt; everything else is made anew.
    (base / ".earshot").mkdir(mode=0o700)
    shutil.copy(company / ".earshot" / "salt", base / ".earshot" / "salt")
    tally = campaign(base, mart_hashes(company / "warehouse.duckdb"), KILLS, tmp_path, in_a_row=len(KILLS))
    assert tally.broken == []
    assert tally.converged == 1
    assert sum(tally.kills.values()) == len(KILLS), tally
    assert set(tally.kills) <= set(STAGES)
