"""Every simulated organisation through the whole pipeline, and whether it gets the answer that it should.

`python -m benchmarks organisations` runs all of them (about a minute of processor time each); names pick some.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from demo.organisations import ORGANISATIONS, Organisation, write

EARSHOT = Path(sys.executable).with_name("earshot")


def judged(organisation: Organisation, folder: Path) -> tuple[str, float, dict[str, str]]:
    """Recommendation, robustness and states of the signals as published."""
    workspace = folder / organisation.name
    subprocess.run([EARSHOT, "init", workspace], check=True, capture_output=True)
    write(organisation, workspace)
    done = subprocess.run([EARSHOT, "run", "--workspace", workspace], check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(
            f"{organisation.name}: the run ended with {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    with duckdb.connect(str(workspace / "warehouse.duckdb"), read_only=True) as con:
        found = con.execute("select recommendation, robustness from hiring.recommendation").fetchone()
        states = dict(con.execute("select signal, state from hiring.signal").fetchall())
        for query, value in con.execute("select evidence_query, value from hiring.signal where value is not null").fetchall():
            rows = con.execute(query)
            at = [name for name, *_ in rows.description].index("value")
            first = rows.fetchone()
            assert first is not None
            assert abs(first[at] - value) < 1e-9, query
    assert found is not None
    return found[0], found[1], states


def main() -> int:
    """Prints a line for each organisation; fails if one gets another answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="organisations; all where none is named")
    wanted = parser.parse_args().names
    wrong = 0
    print(f"{'organisation':<34}{'expected':<20}{'answer':<20}{'robust':>7}{'s':>7}  states that differ")
    with tempfile.TemporaryDirectory() as folder:
        for organisation in ORGANISATIONS:
            if wanted and organisation.name not in wanted:
                continue
            started = time.monotonic()
            answer, robustness, states = judged(organisation, Path(folder))
            other = {name: states[name] for name, state in organisation.states.items() if states[name] != state}
            wrong += answer != organisation.answer or bool(other)
            seconds = time.monotonic() - started
            print(
                f"{organisation.name:<34}{organisation.answer:<20}{answer:<20}{robustness:>7.2f}{seconds:>7.0f}  {other or ''}"
            )
    print(f"{wrong} differ from what they should get")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
