"""Speed and memory of inbox → raw, beside DuckDB's bare reader (the limit) and dlt (the peer) on the same files.

Every measurement is a fresh process, timed by its own resource usage. Compare within one run only: machines differ,
and so does one machine from hour to hour.

    python -m benchmarks.load --feedback 1000000 --events 10000000 --dlt-python /path/to/venv/bin/python
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "load.json"
SCRATCH_PREFIX = "earshot-bench-"
MEMORY_LIMIT = "2GB"
THREADS = 2

FEEDBACK_COLUMNS = {
    "ID": "VARCHAR",
    "Score": "BIGINT",
    "Comment": "VARCHAR",
    "Email": "VARCHAR",
    "Name": "VARCHAR",
    "Account ID": "VARCHAR",
    "Product Area": "VARCHAR",
    "Created At": "TIMESTAMP",
    "Updated At": "TIMESTAMP",
}
EVENT_COLUMNS = {
    "uuid": "VARCHAR",
    "event_time": "TIMESTAMP",
    "event_type": "VARCHAR",
    "user_id": "VARCHAR",
    "device_id": "VARCHAR",
    "amplitude_id": "BIGINT",
    "session_id": "BIGINT",
    "$insert_id": "VARCHAR",
    "app": "BIGINT",
    "platform": "VARCHAR",
    "country": "VARCHAR",
    "city": "VARCHAR",
    "ip_address": "VARCHAR",
    "os_name": "VARCHAR",
    "device_type": "VARCHAR",
    "language": "VARCHAR",
    "region": "VARCHAR",
    "version_name": "VARCHAR",
    "library": "VARCHAR",
    "server_upload_time": "TIMESTAMP",
    "client_event_time": "TIMESTAMP",
    "event_properties": "JSON",
    "user_properties": "JSON",
    "groups": "JSON",
}


@dataclass(frozen=True)
class Measurement:
    """One process.

    Attributes:
        dataset: what was loaded.
        engine: who loaded it.
        rows: rows that arrived in the database.
        wall_seconds: elapsed time.
        cpu_seconds: user and system time of all its threads.
        peak_mb: largest resident memory.
    """

    dataset: str
    engine: str
    rows: int
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float

    @property
    def rows_per_second(self) -> float:
        """Rows per elapsed second."""
        return self.rows / self.wall_seconds

    @property
    def rows_per_cpu_second(self) -> float:
        """Rows per second of processor time: steadier on a busy machine."""
        return self.rows / self.cpu_seconds


# --- data ------------------------------------------------------------------------------------------------------------


def make_feedback(target: Path, rows: int) -> None:
    """Survey answers as CSV, a third of them over several lines, some with quotes, some with personal data."""
    import duckdb

    openings = [
        "The new dashboard is",
        "Honestly the export is",
        "Our team finds onboarding",
        "Since the last release search is",
    ]
    verdicts = ["a pleasure to use", "far too slow on large accounts", "confusing for new colleagues", "exactly what we needed"]
    endings = ['Please "just" fix it.', "Keep going!", "We may have to look elsewhere.", "Thanks, the whole team 🎉"]
    duckdb.execute("SET threads = 2")
    duckdb.execute(
        f"""
        COPY (
            SELECT 'r' || i AS ID, hash(i) % 11 AS Score,
                {openings}[1 + (hash(i, 1) % 4)::BIGINT] || ' ' || {verdicts}[1 + (hash(i, 2) % 4)::BIGINT]
                    || ', case ' || i || '.'
                    || CASE WHEN i % 3 = 0 THEN chr(10) || chr(10) || 'Second thought: ' ELSE ' ' END
                    || {endings}[1 + (hash(i, 3) % 4)::BIGINT]
                    || CASE WHEN i % 50 = 0 THEN ' Write to jane' || i || '@example.com' ELSE '' END AS Comment,
                'person' || i % 400000 || '@company' || i % 5000 || '.example' AS Email,
                'Person ' || i % 400000 AS Name, 'A' || i % 5000 AS "Account ID",
                ['analytics', 'platform', 'data', 'mobile'][1 + (hash(i, 4) % 4)::BIGINT] AS "Product Area",
                strftime(TIMESTAMP '2024-01-01' + to_seconds(i * 30), '%Y-%m-%d %H:%M:%S UTC') AS "Created At",
                strftime(TIMESTAMP '2024-01-01' + to_seconds(i * 30 + 60), '%Y-%m-%d %H:%M:%S UTC') AS "Updated At"
            FROM range({rows}) t(i)
        ) TO '{target}' (FORMAT csv, HEADER)
        """
    )


def make_events(target: Path, rows: int) -> None:
    """Product events as gzipped NDJSON in Amplitude's form."""
    import duckdb

    duckdb.execute("SET threads = 2")
    stamp = "strftime(TIMESTAMP '2025-01-01' + to_microseconds((i * 7919000)::BIGINT), '%Y-%m-%d %H:%M:%S.%f')"
    duckdb.execute(
        f"""
        COPY (
            SELECT md5(i::VARCHAR) AS uuid, {stamp} AS event_time,
                ['page viewed', 'report opened', 'export started', 'search run', 'login'][1 + (hash(i, 1) % 5)::BIGINT]
                    AS event_type,
                CASE WHEN i % 4 = 0 THEN 'person' || i % 20000 || '@company' || i % 900 || '.example'
                    ELSE 'u' || i % 60000 END AS user_id,
                'd' || md5((i % 70000)::VARCHAR) AS device_id, 100000000000 + i % 60000 AS amplitude_id,
                1735689600000 + i * 10 AS session_id, md5('x' || i) AS "$insert_id", 4711 AS app,
                ['Web', 'iOS', 'Android'][1 + i % 3] AS platform, ['Germany', 'France', 'Kenya'][1 + i % 3] AS country,
                'Berlin' AS city, '203.0.113.' || i % 250 AS ip_address, 'Chrome' AS os_name, 'Mac' AS device_type,
                'English' AS language, 'EU' AS region, '4.' || i % 20 AS version_name, 'amplitude-ts/2.3' AS library,
                {stamp} AS server_upload_time, {stamp} AS client_event_time,
                {{'feature': ['charts', 'filters', 'sharing', 'alerts'][1 + (hash(i, 2) % 4)::BIGINT], 'count': hash(i, 3) % 90,
                    'path': '/reports/' || hash(i, 4) % 9000, 'plan': 'pro'}} AS event_properties,
                {{'plan': ['free', 'pro', 'enterprise'][1 + i % 3], 'seats': i % 300, 'role': 'analyst'}} AS user_properties,
                {{'account': 'A' || i % 5000}} AS groups
            FROM range({rows}) t(i)
        ) TO '{target}' (FORMAT json, COMPRESSION gzip)
        """
    )


# --- engines, each run in a process of its own -----------------------------------------------------------------------


def load_with_earshot(source: Path, work: Path) -> int:
    """Inbox → landing area → raw table, personal data taken out, every row accounted for."""
    vendor = "delighted" if source.suffix == ".csv" else "amplitude"
    (work / "inbox" / vendor).mkdir(parents=True, exist_ok=True)
    delivered = work / "inbox" / vendor / source.name
    if not delivered.exists():
        delivered.hardlink_to(source)
    return sum(row.rows_loaded for row in _run_load(work, vendor))


def load_nothing_with_earshot(source: Path, work: Path) -> int:
    """The same once more: everything has been loaded, so nothing is to be done."""
    vendor = "delighted" if source.suffix == ".csv" else "amplitude"
    return sum(row.rows_loaded for row in _run_load(work, vendor))


def _run_load(work: Path, vendor: str) -> list:
    from connectors.landing import Landing
    from connectors.reader import Limits, inspect, open_part
    from connectors.registry import load_specs
    from insights.redact import Redactor
    from orchestration.protect import Protector
    from orchestration.store import BuildStore, reading_of

    specs = [spec for spec in load_specs().values() if spec.vendor == vendor]
    landing = Landing(work / "landing")
    landing.collect(work / "inbox", {vendor})
    store = BuildStore(work / "build.duckdb", memory_limit=MEMORY_LIMIT, threads=THREADS)
    store.prepare(specs)
    protector = Protector("benchmark", Redactor())
    for delivery in store.pending(landing.deliveries(), specs):
        parts = inspect(delivery.path, delivery.name, specs, Limits())
        store.load_delivery(
            delivery,
            parts,
            open_part=lambda part, path=delivery.path: open_part(path, part, Limits()),
            protector=protector,
            batch="benchmark",
            reading=reading_of(vendor, specs),
        )
    balances = store.reconcile()
    assert all(balance.agrees for balance in balances)
    return balances


def load_with_duckdb(source: Path, work: Path) -> int:
    """DuckDB's own reader, told every name and type, straight into a table."""
    import duckdb

    config = {"memory_limit": MEMORY_LIMIT, "threads": THREADS, "temp_directory": str(work / "tmp")}
    with duckdb.connect(str(work / "bare.duckdb"), config={**config, "preserve_insertion_order": False}) as connection:
        if source.suffix == ".csv":
            # Quoted line breaks rule out its parallel scan.
            stamp = "timestampformat = '%Y-%m-%d %H:%M:%S UTC'"
            reader = (
                f"read_csv('{source}', columns = {FEEDBACK_COLUMNS}, header = true, parallel = false, quote = '\"', {stamp})"
            )
        else:
            reader = f"read_json('{source}', columns = {EVENT_COLUMNS}, format = 'newline_delimited')"
        connection.execute(f"CREATE TABLE loaded AS SELECT * FROM {reader}")
        return connection.execute("SELECT count(*) FROM loaded").fetchall()[0][0]


def load_with_dlt(source: Path, work: Path) -> int:
    """The peer's ordinary way: its file reader yields rows, its pipeline normalises and merges them by key."""
    import csv
    import gzip

    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["DATA_WRITER__DISABLE_COMPRESSION"] = "true"
    import dlt

    limit = int(os.environ["EARSHOT_BENCH_DLT_ROWS"])

    @dlt.resource(name="loaded", write_disposition="append")
    def rows() -> Iterator[dict[str, object]]:
        if source.suffix == ".csv":
            with source.open(newline="", encoding="utf-8") as handle:
                for _, row in zip(range(limit), csv.DictReader(handle), strict=False):
                    yield row
        else:
            with gzip.open(source, "rt", encoding="utf-8") as handle:
                for _, line in zip(range(limit), handle, strict=False):
                    yield json.loads(line)

    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.duckdb(str(work / "dlt.duckdb")),
        dataset_name="raw",
        pipelines_dir=str(work / "dlt"),
    )
    pipeline.run(rows())
    with pipeline.sql_client() as client:
        return client.execute_sql("SELECT count(*) FROM loaded")[0][0]


ENGINES: dict[str, Callable[[Path, Path], int]] = {
    "earshot": load_with_earshot,
    "earshot, nothing new": load_nothing_with_earshot,
    "duckdb bare": load_with_duckdb,
    "dlt": load_with_dlt,
}


# --- measuring -------------------------------------------------------------------------------------------------------


def measure(engine: str, source: Path, work: Path, python: str = sys.executable) -> Measurement:
    """Run one engine in a fresh process and ask the operating system what it took."""
    work.mkdir(parents=True, exist_ok=True)
    # As a module: started by its path, this folder would come before the packages of the same names.
    command = [python, "-m", "benchmarks.load", "--engine", engine, "--source", str(source), "--work", str(work)]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"{engine} failed on {source.name}")
    rows = int(said.strip().splitlines()[-1])
    return Measurement(source.name, engine, rows, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def has_dlt(python: str) -> bool:
    """Whether that interpreter can import dlt and write to DuckDB."""
    return subprocess.run([python, "-c", "import dlt, duckdb"], check=False, capture_output=True).returncode == 0


def run(options: argparse.Namespace) -> list[Measurement]:
    """Make the data and measure every engine on it."""
    folder = Path(tempfile.mkdtemp(prefix=SCRATCH_PREFIX, dir=options.scratch))
    os.environ["EARSHOT_BENCH_DLT_ROWS"] = str(options.dlt_rows)
    found: list[Measurement] = []
    try:
        for name, rows, make in (
            ("feedback.csv", options.feedback, make_feedback),
            ("events.json.gz", options.events, make_events),
        ):
            if not rows:
                continue
            source = folder / name
            print(f"writing {rows:,} rows to {name} …", flush=True)
            make(source, rows)
            print(f"  {source.stat().st_size / 1e6:,.0f} MB")
            engines = ["duckdb bare", "earshot", "earshot, nothing new"]
            if has_dlt(options.dlt_python):
                engines.append("dlt")
            else:
                print("  dlt is left out: install dlt[duckdb] in an environment and name its interpreter by --dlt-python")
            for engine in engines:
                python = options.dlt_python if engine == "dlt" else sys.executable
                work = folder / f"{name}-{engine.split(',')[0].replace(' ', '-')}"
                found.append(measure(engine, source, work, python))
                print(f"  {engine}: {found[-1].wall_seconds:.1f} s", flush=True)
            source.unlink()
    finally:
        shutil.rmtree(folder)
    return found


def report(found: list[Measurement]) -> dict[str, object]:
    """Print the table and return what is kept of the run."""
    bare = {m.dataset: m for m in found if m.engine == "duckdb bare"}
    heads = f"{'rows':>12}{'wall s':>9}{'CPU s':>9}{'rows/s':>12}{'peak MB':>9}{'of bare':>9}{'CPU':>7}"
    print(f"\n{'dataset':16}{'engine':24}{heads}")
    rows = []
    for m in found:
        nothing = m.engine.endswith("nothing new")
        share = None if nothing else m.rows_per_second / bare[m.dataset].rows_per_second
        cpu_share = None if nothing else m.rows_per_cpu_second / bare[m.dataset].rows_per_cpu_second
        shares = f"{'':>9}{'':>7}" if share is None else f"{share:9.2f}{cpu_share:7.2f}"
        speed = "" if nothing else f"{m.rows_per_second:,.0f}"
        print(
            f"{m.dataset:16}{m.engine:24}{m.rows:12,}{m.wall_seconds:9.1f}{m.cpu_seconds:9.1f}{speed:>12}{m.peak_mb:9,.0f}{shares}"
        )
        rows.append({**asdict(m), "share_of_bare": share, "cpu_share_of_bare": cpu_share})
    return {
        "machine": {"cpus": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "memory_limit": MEMORY_LIMIT,
        "threads": THREADS,
        "measurements": rows,
    }


def main() -> None:
    """Measure, or be the process that is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feedback", type=int, default=1_000_000, help="CSV rows")
    parser.add_argument("--events", type=int, default=10_000_000, help="NDJSON events")
    parser.add_argument("--dlt-rows", type=int, default=100_000, help="rows of each file that dlt is given; it is slow")
    parser.add_argument("--dlt-python", default=sys.executable, help="interpreter of an environment with dlt[duckdb]")
    parser.add_argument("--scratch", type=Path, default=None, help="folder for the data; it is removed afterwards")
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine:
        print(ENGINES[options.engine](options.source, options.work))
        return
    kept = report(run(options))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    print(f"\nwritten to {RESULTS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
