"""Readers in processes of their own query without a pause while one publication after another takes place.

Each looks at the database and at the Parquet files as docs/bi.md says: a new connection for each look, and `parquet`
followed once for each look. Whatever it reads in one look must be of one version. Every publication is a real one:
the marts are copied, judged by every suite, and put in place.

    python -m benchmarks.readers --readers 16 --publications 20
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.faults import EARSHOT, undisturbed_run

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results" / "readers.json"
# Tables of two schemas, all rows of which say which publication they are of.
PROBES = ("core.version_probe", "voc.version_probe")
STOP = "stop_reading"


def mark(connection: duckdb.DuckDBPyConnection, version: int) -> None:
    """Writes the number of a publication into every row of the probes."""
    for probe in PROBES:
        connection.execute(f"CREATE OR REPLACE TABLE {probe} AS SELECT {version} AS version FROM range(200_000)")


def look_at_database(path: Path) -> set[int]:
    """Versions that one connection sees."""
    with duckdb.connect(str(path), read_only=True, config={"enable_external_access": "false"}) as connection:
        return _versions(connection, list(PROBES))


def look_at_parquet(link: Path) -> set[int]:
    """Versions that one following of the link sees."""
    folder = link.resolve()
    with duckdb.connect() as connection:
        return _versions(connection, [f"'{folder / probe.replace('.', '/')}.parquet'" for probe in PROBES])


def _versions(connection: duckdb.DuckDBPyConnection, tables: list[str]) -> set[int]:
    return {
        version for table in tables for (version,) in connection.execute(f"SELECT DISTINCT version FROM {table}").fetchall()
    }


@dataclass(slots=True)
class Seen:
    """What a reader saw.

    Attributes:
        seconds: of each look, by what was looked at.
        versions: publications that were seen.
        wrong: looks that failed, mixed versions, or went back to an older one; in words.
    """

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"warehouse.duckdb": [], "parquet": []})
    versions: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def read_until_told(workspace: Path) -> Seen:
    """Looks at both again and again until the workspace says to stop, and once more."""
    seen, latest = Seen(), {"warehouse.duckdb": 0, "parquet": 0}
    looks = {"warehouse.duckdb": look_at_database, "parquet": look_at_parquet}
    last = False
    while not last:
        last = (workspace / STOP).exists()
        for name, look in looks.items():
            began = time.perf_counter()
            try:
                versions = look(workspace / name)
            except duckdb.Error as error:
                seen.wrong.append(f"{name}: {error}")
                continue
            seen.seconds[name].append(time.perf_counter() - began)
            if len(versions) != 1 or max(versions) < latest[name]:
                seen.wrong.append(f"{name}: {sorted(versions)} after {latest[name]}")
            latest[name] = max(versions)
            seen.versions.append(latest[name])
    seen.versions = sorted(set(seen.versions))
    return seen


def read_throughout(workspace: Path, readers: int, publications: Iterable[Callable[[], None]]) -> list[Seen]:
    """Lets readers read in processes of their own while publications take place.

    Args:
        workspace: published already.
        readers: how many.
        publications: are called one after another, once every reader has begun.

    Returns:
        What each reader saw.
    """
    command = [sys.executable, "-m", "benchmarks.readers", "--read", str(workspace)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(readers)]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "reading\n"
        for publish_next in publications:
            publish_next()
    finally:
        (workspace / STOP).touch()
        told = [process.communicate()[0] for process in processes]
    return [Seen(**json.loads(text)) for text in told]


def _publications(workspace: Path, count: int) -> Iterator[Callable[[], None]]:
    # Readers are without the tools of a run.
    from orchestration.assets.published import publish
    from orchestration.settings import load_settings

    settings = load_settings(workspace)

    def publish_next(version: int) -> None:
        with duckdb.connect(str(settings.marts_db)) as connection:
            mark(connection, version)
        verdict = publish(settings, f"publication-{version}")
        assert not verdict.blocked, verdict.broken

    for version in range(1, count + 1):
        yield partial(publish_next, version)


def main() -> int:
    """Runs it on a small sample company; fails where anything was seen that must not be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=16)
    parser.add_argument("--publications", type=int, default=20)
    parser.add_argument("--size", type=float, default=0.05)
    parser.add_argument("--workspace", type=Path, help="a copy of this one is taken, which has published already")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.read:
        print("reading", flush=True)
        print(json.dumps(asdict(read_until_told(chosen.read))))
        return 0
    with tempfile.TemporaryDirectory(prefix="earshot-readers-") as temporary:
        workspace = Path(temporary) / "workspace"
        if chosen.workspace:
            shutil.copytree(chosen.workspace, workspace, symlinks=True)
        else:
            subprocess.run([EARSHOT, "demo", workspace, "--size", str(chosen.size)], check=True, capture_output=True)
            undisturbed_run(workspace)
        first, *others = _publications(workspace, chosen.publications + 1)
        first()
        seen = read_throughout(workspace, chosen.readers, others)
    found = _summary(seen, chosen.publications)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))
    return bool(found["wrong"])


def _summary(seen: list[Seen], publications: int) -> dict[str, Any]:
    found: dict[str, Any] = {"readers": len(seen), "publications": publications}
    for name in ("warehouse.duckdb", "parquet"):
        seconds = sorted(second for one in seen for second in one.seconds[name])
        ranks = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99, "max_ms": 1.0}
        found[name] = {"looks": len(seconds)} | {
            key: round(1000 * seconds[min(int(rank * len(seconds)), len(seconds) - 1)], 1) for key, rank in ranks.items()
        }
    found["versions_seen"] = len({version for one in seen for version in one.versions})
    found["wrong"] = [wrong for one in seen for wrong in one.wrong]
    return found


if __name__ == "__main__":
    sys.exit(main())
