"""Whatever else goes wrong around a run: a full disk, a read-only folder, too little memory, a clock that jumps, damage.

Each mishap meets a real `earshot run` on a workspace that has published once and has a new delivery. The run must say what
is wrong with an exit code of its own, or do its work all the same; what is published must be the last good version or the
new one, whole; and once the mishap is over the next run must publish the marts that an undisturbed run publishes.

    python -m benchmarks.mishaps
    python -m benchmarks.mishaps full_disk two_schedulers

Disks are small tmpfs file systems, which takes root; the clock is set by a preloaded library, which takes a C compiler.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import duckdb

from benchmarks.faults import EARSHOT, Hashes, Stand, mart_hashes, undisturbed_run, unequal

RESULTS = Path(__file__).parent / "results" / "mishaps.json"
MB = 1_000_000
LOCKED = 4
DAY = 86_400
# SHIFT is given to the compiler, in seconds.
CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int ended = real(clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec += SHIFT;
    return ended;
}
int gettimeofday(struct timeval *now, void *zone) {
    int (*real)(struct timeval *, void *) = dlsym(RTLD_NEXT, "gettimeofday");
    int ended = real(now, zone);
    now->tv_sec += SHIFT;
    return ended;
}
time_t time(time_t *now) {
    struct timeval read;
    gettimeofday(&read, 0);
    if (now) *now = read.tv_sec;
    return read.tv_sec;
}
"""


@dataclass(slots=True)
class Report:
    """What became of one mishap.

    Attributes:
        name: the mishap.
        exits: exit code of each run that met it.
        said: what the failed ones said, cut short.
        wrong: what must not be, in words.
    """

    name: str
    exits: list[int] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Scene:
    """A mishap's own copy of the workspace.

    Attributes:
        workspace: the copy.
        before: the marts that are published in it.
        expected: the marts that an undisturbed run publishes.
        report: what is found.
    """

    workspace: Path
    before: Hashes
    expected: Hashes
    report: Report

    def run(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        limit: tuple[int, int] | None = None,
        fails: bool | None = True,
    ) -> None:
        """A run that meets the mishap.

        Args:
            arguments: of the command line, beside the workspace.
            env: added to the environment.
            limit: a resource and how much of it the run has.
            fails: whether it must fail; None where either is right.
        """
        started = self.start(*arguments, env=env, limit=limit)
        self.ended(started, fails=fails)

    def start(
        self, *arguments: str, env: Mapping[str, str] | None = None, limit: tuple[int, int] | None = None
    ) -> subprocess.Popen[str]:
        """A run under way."""
        run = subprocess.Popen(
            [EARSHOT, "run", "--workspace", self.workspace, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1", **(env or {})},
        )
        if limit:
            resource.prlimit(run.pid, limit[0], (limit[1], limit[1]))
        return run

    def ended(self, run: subprocess.Popen[str], *, fails: bool | None) -> None:
        """Waits for a run and judges how it ended."""
        _, complaint = run.communicate()
        self.report.exits.append(run.returncode)
        if run.returncode:
            self.report.said.append(complaint.strip()[:400])
        if fails is not None and bool(run.returncode) != fails:
            self.report.wrong.append(f"the run ended with {run.returncode}: {complaint[-600:]}")
        if run.returncode and (not complaint.strip() or "Traceback" in complaint):
            self.report.wrong.append(f"it says nothing to a person: {complaint[-600:]}")
        self.is_whole()

    def is_whole(self) -> None:
        """The published database must be the last good one or the new one."""
        try:
            found = mart_hashes(self.workspace / "warehouse.duckdb")
        except duckdb.Error as error:
            self.report.wrong.append(f"the published database cannot be read: {error}")
            return
        if found not in (self.before, self.expected):
            self.report.wrong.append("the published database is neither the last good one nor the new one")

    def converges(self) -> None:
        """The next run must publish what an undisturbed one does."""
        try:
            undisturbed_run(self.workspace)
        except RuntimeError as trouble:
            self.report.wrong.append(str(trouble))
            return
        differing = unequal(mart_hashes(self.workspace / "warehouse.duckdb"), self.expected)
        if differing:
            self.report.wrong.append(f"the next run differs in {', '.join(differing)}")


def full_disk(scene: Scene) -> None:
    """A file system with ever more room left, until a run fits."""
    used = sum(path.stat().st_size for path in scene.workspace.rglob("*") if path.is_file() and not path.is_symlink())
    with _small_disk(scene, used + 2 * MB) as (inside, resize):
        for room in (2, 14, 30, 60):
            resize(f"size={used + room * MB}")
            inside.run(fails=None)
        if not any(inside.report.exits):
            scene.report.wrong.append("the disk was never full")
        resize(f"size={used + 2000 * MB}")
        inside.converges()


def read_only_folder(scene: Scene) -> None:
    """The workspace lies on a file system that can only be read."""
    with _small_disk(scene, 2000 * MB) as (inside, resize):
        resize("ro")
        inside.run()
        resize("rw")
        inside.converges()


@contextlib.contextmanager
def _small_disk(scene: Scene, size: int) -> Iterator[tuple[Scene, Callable[[str], None]]]:
    place = scene.workspace.with_name("disk")
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size + 20 * MB}", "tmpfs", place], check=True)
    try:
        shutil.copytree(scene.workspace, place / "workspace", symlinks=True)

        def resize(option: str) -> None:
            subprocess.run(["mount", "-o", f"remount,{option}", place], check=True)

        yield Scene(place / "workspace", scene.before, scene.expected, scene.report), resize
    finally:
        subprocess.run(["umount", place], check=True)
        place.rmdir()


def little_memory(scene: Scene) -> None:
    """Address space that does not suffice, then a DuckDB that may hold next to nothing."""
    for room in (400 * MB, 1200 * MB):
        scene.run(limit=(resource.RLIMIT_AS, room), fails=None)
    config = scene.workspace / "earshot.toml"
    text = config.read_text("utf-8")
    config.write_text(text.replace('# memory_limit = "2GB"', 'memory_limit = "20MB"'), "utf-8")
    scene.run(fails=None)
    config.write_text(text, "utf-8")
    scene.converges()


def clock_set_back(scene: Scene) -> None:
    """The clock stands more than a year before the last run."""
    _clock_jumps(scene, -400 * DAY)


def clock_set_forward(scene: Scene) -> None:
    """The clock stands more than a year after the last run, and then is right again."""
    _clock_jumps(scene, 400 * DAY)


def _clock_jumps(scene: Scene, seconds: int) -> None:
    library = scene.workspace.with_name("clock.so")
    source = scene.workspace.with_name("clock.c")
    source.write_text(CLOCK, "ascii")
    subprocess.run(["cc", f"-DSHIFT=({seconds}L)", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    scene.run(env={"LD_PRELOAD": str(library)}, fails=None)
    scene.converges()


def damaged_build_database(scene: Scene) -> None:
    """Its head is overwritten, then its end is cut off; the remedy that is told is followed."""
    build = scene.workspace / ".earshot" / "build.duckdb"
    whole = build.read_bytes()
    build.write_bytes(b"\0" * 20_000 + whole[20_000:])
    scene.run()
    build.write_bytes(whole[: len(whole) // 2])
    scene.run()
    if not all("move it away" in said for said in scene.report.said):
        scene.report.wrong.append("nobody says what to do")
    build.rename(build.with_name("damaged"))
    scene.converges()


def damaged_published_file(scene: Scene) -> None:
    """It is cut off: readers are told, and the next run publishes it anew."""
    published = scene.workspace / "warehouse.duckdb"
    published.write_bytes(published.read_bytes()[: 2 * MB])
    asked = subprocess.run(
        [EARSHOT, "sql", "-w", scene.workspace, "FROM core.theme"], capture_output=True, text=True, check=False
    )
    if not asked.returncode or "Traceback" in asked.stderr:
        scene.report.wrong.append(f"a reader is told: {asked.stderr[-400:]}")
    scene.report.said.append(asked.stderr.strip()[:400])
    scene.converges()


def reader_that_holds_the_file(scene: Scene) -> None:
    """A reader keeps its connection through a publication, and keeps its version."""
    code = (
        "import sys, duckdb\nc = duckdb.connect(sys.argv[1], read_only=True)\n"
        "q = 'SELECT count(*) FROM core.nps_response'\nprint(c.execute(q).fetchone(), flush=True)\n"
        "sys.stdin.read()\nprint(c.execute(q).fetchone())"
    )
    command = [sys.executable, "-c", code, str(scene.workspace / "warehouse.duckdb")]
    reader = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert reader.stdout is not None
    first = reader.stdout.readline()
    scene.run(fails=False)
    second, _ = reader.communicate("")
    if first != second:
        scene.report.wrong.append(f"the reader saw {first} and then {second}")
    scene.converges()


def build_database_in_use(scene: Scene) -> None:
    """Somebody has the build database open."""
    with duckdb.connect(str(scene.workspace / ".earshot" / "build.duckdb")):
        scene.run()
    if scene.report.exits != [LOCKED]:
        scene.report.wrong.append(f"exit code {scene.report.exits[0]} instead of {LOCKED}")
    scene.converges()


def two_schedulers(scene: Scene) -> None:
    """Three runs at once: two that wait, and one that does not."""
    first = scene.start("--wait")
    assert first.stdout is not None
    while not first.stdout.readline().startswith("Loading"):
        assert first.poll() is None
    second, third = scene.start("--wait"), scene.start()
    scene.ended(third, fails=True)
    if scene.report.exits != [LOCKED]:
        scene.report.wrong.append(f"the one that does not wait ended with {scene.report.exits[0]} instead of {LOCKED}")
    scene.ended(first, fails=False)
    scene.ended(second, fails=False)
    scene.converges()


MISHAPS = {
    mishap.__name__: mishap
    for mishap in (
        build_database_in_use,
        full_disk,
        read_only_folder,
        damaged_build_database,
        damaged_published_file,
        reader_that_holds_the_file,
        two_schedulers,
        little_memory,
        clock_set_back,
        clock_set_forward,
    )
}


def main() -> int:
    """Meets every mishap that is named, or all; fails where one ended as it must not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(MISHAPS), help="which; all where none is named")
    parser.add_argument("--size", type=float, default=0.02)
    parser.add_argument("--workspace", type=Path, help="a copy of this one is taken, which has published already")
    parser.add_argument("--folder", type=Path, help="keeps the prepared workspace for the next invocation")
    chosen = parser.parse_args()
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else []
    reports = {one["name"]: one for one in known}
    broken = False
    with tempfile.TemporaryDirectory(prefix="earshot-mishaps-") as temporary:
        stand = Stand.at(chosen.folder or Path(temporary), chosen.size, chosen.workspace)
        for name in chosen.names:
            report = Report(name)
            MISHAPS[name](Scene(stand.fresh(), stand.before, stand.expected, report))
            broken = broken or bool(report.wrong)
            reports[name] = asdict(report)
            print(json.dumps(reports[name], indent=1), flush=True)
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text(
                json.dumps([reports[name] for name in MISHAPS if name in reports], indent=1) + "\n", encoding="utf-8"
            )
    return broken


if __name__ == "__main__":
    sys.exit(main())
