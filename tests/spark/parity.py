"""Judges and builds one workspace on DuckDB and on Spark, and compares judgements and every public mart: `make parity`.

Needs Java 17 and minutes, so it is no part of `make test`; tests/spark/test_compare.py holds the comparison itself there.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from spark.compare import Parity, compare_judgements, compare_marts

from orchestration.assets.transformed import dbt_variables
from orchestration.settings import load_settings

PROJECT = Path(__file__).resolve().parents[2]

# Tables of judgements that Spark makes itself.
JUDGED = ("text", "text_theme")
# What really cannot be the same, and why. A mart that is named here and holds all the same fails, so that the list stays true.
UNLIKE: dict[str, str] = {}


def main() -> int:
    """Make the workspace where it is not there, judge its texts and build it on Spark, compare.

    Returns:
        0 where all judgements and tables are the same on both sides, 1 where one is not,
        2 where Spark could not judge the texts or build all models.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the workspace, the tables and Spark's warehouse are put")
    parser.add_argument("--size", default="0.3", help="size of the sample company (default: %(default)s)")
    parser.add_argument("--master", default="local[2]", help="Spark's master (default: %(default)s)")
    parser.add_argument("--compare-only", action="store_true", help="compare what an earlier call built")
    known = parser.parse_args()
    workspace, warehouse = known.folder / "workspace", known.folder / "spark"
    built = True if known.compare_only else build(workspace, known.folder / "tables", warehouse, known.size, known.master)
    parities = compare_judgements(known.folder / "judged", known.folder / "tables" / "enriched")
    parities += compare_marts(workspace / "warehouse.duckdb", warehouse)
    report(parities)
    if not built:
        return 2
    return 0 if all(parity.holds != (parity.mart in UNLIKE) for parity in parities) else 1


def build(workspace: Path, tables: Path, warehouse: Path, size: str, master: str) -> bool:
    """Run the sample company once, hand its tables over, and build them on Spark.

    Returns:
        Whether Spark judged the texts and built every model.
    """
    earshot = str(Path(sys.executable).parent / "earshot")
    if not (workspace / "warehouse.duckdb").is_file():
        _timed("sample company", [earshot, "demo", str(workspace), "--size", size])
        _timed("run on DuckDB", [earshot, "run", "-w", str(workspace)])
    _timed("tables for Spark", [earshot, "tables", str(tables), "-w", str(workspace)])
    set_judgements_aside(tables / "enriched", workspace.parent / "judged")
    # Spark refuses to make a table where an earlier call has left its files: the catalogue of that call is gone.
    shutil.rmtree(warehouse, ignore_errors=True)
    warehouse.mkdir(parents=True)
    spark = [sys.executable, "-m", "earshot_spark", "--tables", str(tables.resolve()), "--warehouse", str(warehouse.resolve())]
    spark += ["--master", master, "--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.sql.shuffle.partitions=2"]
    if _timed("judging on Spark", [*spark, "--workspace", str(workspace.resolve()), "judge"], cwd=warehouse):
        return False
    models = ["build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
    models += ["--vars", json.dumps(dbt_variables(load_settings(workspace)))]
    return _timed("models on Spark", [*spark, *models], cwd=warehouse) == 0


def set_judgements_aside(enriched: Path, aside: Path) -> None:
    """Take DuckDB's judgements out of the tables, so that Spark judges every text and builds on what it judged itself."""
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    for table in JUDGED:
        (enriched / f"{table}.parquet").rename(aside / f"{table}.parquet")


def _timed(what: str, command: list[str], cwd: Path | None = None) -> int:
    started = time.monotonic()
    paths = os.pathsep.join([str(PROJECT / "dbt_project" / "python"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(command, cwd=cwd, env={**os.environ, "PYTHONPATH": paths, "SPARK_LOCAL_IP": "127.0.0.1"}, check=False)
    print(f"[{time.monotonic() - started:.0f} s] {what}", flush=True)
    if done.returncode and cwd is None:
        raise SystemExit(done.returncode)
    return done.returncode


def report(parities: list[Parity]) -> None:
    """Tell each table's rows on both sides, how many are equal, and what differs."""
    print(f"{'':8}{'table':45}{'DuckDB':>8}{'Spark':>8}{'equal':>8}")
    for parity in parities:
        print(parity.line())
        for column, example in parity.examples.items():
            print(f"{'':10}{column}: {example[:300]}")
        if parity.mart in UNLIKE:
            print(f"{'':10}expected: {UNLIKE[parity.mart]}")
    held = sum(parity.holds for parity in parities)
    print(f"{held} of {len(parities)} tables are the same on both sides, {sum(parity.equal for parity in parities):,} rows")


if __name__ == "__main__":
    sys.exit(main())
