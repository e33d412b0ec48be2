"""Histories of deliveries drawn at random, each told day by day and then rebuilt from nothing: every mart must be the same.

    python -m benchmarks.equivalence --seeds 3 4

A day brings answers that are new, late or corrected, tickets that are changed or deleted, a file that was delivered before;
the last one may end with a person who is forgotten. Adds to `results/equivalence.json` and to its section of `RESULTS.md`.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.faults import mart_hashes

ROOT = Path(__file__).resolve().parents[1]
EARSHOT = Path(sys.executable).with_name("earshot")
RESULTS = ROOT / "benchmarks" / "results" / "equivalence.json"
PAGE = ROOT / "benchmarks" / "RESULTS.md"
HEADING = "## Day by day and from nothing"
DAYS = 2
# Later than anything that the sample company has delivered.
LATER = datetime(2026, 6, 29, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One history.

    Attributes:
        seed: it was drawn with.
        days: what each day brought.
        built: models that each day's run built.
        models: how many there are.
        marts: how many were compared.
        different: those that a build from nothing gave otherwise.
    """

    seed: int
    days: list[list[str]]
    built: list[int]
    models: int
    marts: int
    different: list[str]


def _answers(workspace: Path) -> tuple[Path, list[dict[str, str]]]:
    folder = workspace / "inbox" / "delighted"
    newest = max(
        (path for path in folder.glob("*.csv") if not path.stem.startswith("day_")), key=lambda path: path.stat().st_size
    )
    with newest.open(newline="", encoding="utf-8") as source:
        head, *rows = list(csv.reader(source))
    whole = [dict(zip(head, row, strict=True)) for row in rows if len(row) == len(head)]
    return newest, [row for row in whole if row["Score"].isdigit() and row["Comment"]]


def _write_answer(workspace: Path, name: str, answer: dict[str, str]) -> None:
    with (workspace / "inbox" / "delighted" / f"day_{name}.csv").open("w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, list(answer))
        writer.writeheader()
        writer.writerow(answer)


def new_answer(workspace: Path, draw: random.Random, name: str) -> None:
    """An answer of the latest day."""
    _, answers = _answers(workspace)
    latest = max(answers, key=lambda row: row["Created At"])
    _write_answer(workspace, name, {**draw.choice(answers), "ID": f"99{name}", **_times(latest["Created At"])})


def late_answer(workspace: Path, draw: random.Random, name: str) -> None:
    """An answer of more than a year ago."""
    _, answers = _answers(workspace)
    _write_answer(workspace, name, {**draw.choice(answers), "ID": f"98{name}", **_times("2025-02-03 09:00:00 UTC")})


def corrected_answer(workspace: Path, draw: random.Random, name: str) -> None:
    """An answer that was delivered before, with another score."""
    _, answers = _answers(workspace)
    answer = draw.choice(answers)
    score = {"Score": str((int(answer["Score"]) + 5) % 11), "Updated At": f"{LATER:%Y-%m-%d %H:%M:%S} UTC"}
    _write_answer(workspace, name, {**answer, **score})


def _times(moment: str) -> dict[str, str]:
    return {"Created At": moment, "Updated At": moment}


def _deliver_ticket(workspace: Path, draw: random.Random, name: str, change: dict[str, str]) -> None:
    pages = sorted((workspace / "inbox" / "zendesk").glob("2*/tickets_page_*.json"))
    tickets = json.loads(draw.choice(pages).read_text("utf-8"))["tickets"]
    stamp = {"updated_at": f"{LATER:%Y-%m-%dT%H:%M:%SZ}", "generated_timestamp": int(LATER.timestamp())}
    folder = workspace / "inbox" / "zendesk" / f"day_{name}"
    folder.mkdir()
    (folder / "tickets_page_0001.json").write_text(json.dumps({"tickets": [{**draw.choice(tickets), **stamp, **change}]}))


def changed_ticket(workspace: Path, draw: random.Random, name: str) -> None:
    """A ticket of which the words are others now."""
    words = "Exports to the data warehouse stop halfway every night, nobody can rely on the numbers any more."
    _deliver_ticket(workspace, draw, name, {"description": words})


def deleted_ticket(workspace: Path, draw: random.Random, name: str) -> None:
    """A ticket that the vendor marks as deleted."""
    _deliver_ticket(workspace, draw, name, {"status": "deleted"})


def delivered_before(workspace: Path, draw: random.Random, name: str) -> None:
    """A file that was delivered before, under another name."""
    newest, _ = _answers(workspace)
    (newest.parent / f"day_{name}.csv").write_bytes(newest.read_bytes())


CHANGES: dict[str, Callable[[Path, random.Random, str], None]] = {
    "new answer": new_answer,
    "late answer": late_answer,
    "corrected answer": corrected_answer,
    "changed ticket": changed_ticket,
    "deleted ticket": deleted_ticket,
    "delivered before": delivered_before,
}
FORGOTTEN = "person forgotten"


def deliver(workspace: Path, changes: list[str], draw: random.Random, day: int) -> None:
    """Puts a day's files into the inbox."""
    for number, change in enumerate(changes):
        CHANGES[change](workspace, draw, f"{day}{number}")


def drawn(draw: random.Random) -> list[list[str]]:
    """What each day brings."""
    days = [draw.choices(list(CHANGES), k=draw.randint(1, 4)) for _ in range(DAYS)]
    if draw.random() < 0.5:
        days[-1].append(FORGOTTEN)
    return days


def _forget(workspace: Path, draw: random.Random) -> None:
    _, answers = _answers(workspace)
    address = draw.choice(sorted({answer["Email"] for answer in answers if "@" in answer["Email"]}))
    _earshot("forget", "--email", address, "--yes", "--workspace", workspace)


def _earshot(*arguments: object) -> None:
    done = subprocess.run([EARSHOT, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"earshot {arguments[0]}: {done.stdout[-1500:]}{done.stderr[-1500:]}")


def built_models(workspace: Path) -> dict[str, bool]:
    """Which models the last run built, by name."""
    told = map(json.loads, (workspace / ".earshot" / "dbt" / "built.jsonl").read_text("utf-8").splitlines())
    return {one["key"].rpartition(".")[2]: one["built"] for one in told}


def history(workspace: Path, seed: int) -> Outcome:
    """Lives through one history in a workspace that has published once."""
    draw = random.Random(seed)
    days = drawn(draw)
    built = []
    for day, changes in enumerate(days):
        deliver(workspace, [change for change in changes if change != FORGOTTEN], draw, day)
        _earshot("run", "--workspace", workspace)
        built.append(sum(built_models(workspace).values()))
        if FORGOTTEN in changes:
            _forget(workspace, draw)
    told = mart_hashes(workspace / "warehouse.duckdb")
    _earshot("run", "--full-refresh", "--workspace", workspace)
    anew = mart_hashes(workspace / "warehouse.duckdb")
    different = sorted(table for table in {*told, *anew} if told.get(table) != anew.get(table))
    return Outcome(seed, days, built, len(built_models(workspace)), len(anew), different)


def report(outcomes: list[Outcome], size: float) -> str:
    """The section of the page."""
    equal = sum(not outcome.different for outcome in outcomes)
    lines = [
        HEADING,
        "",
        f"`python -m benchmarks.equivalence` on {datetime.now(UTC):%Y-%m-%d}: histories of {DAYS} days, drawn with seeds, on",
        f"the sample company at size {size:g}; {equal} of {len(outcomes)} gave every mart as `--full-refresh` gives it.",
        "",
        "| seed | days | models built each day | marts compared | different |",
        "|---|---|---|---|---|",
    ]
    for one in outcomes:
        days = " · then ".join(", ".join(day) for day in one.days)
        counts = ", ".join(f"{count} of {one.models}" for count in one.built)
        lines.append(f"| {one.seed} | {days} | {counts} | {one.marts} | {', '.join(one.different) or 'none'} |")
    return "\n".join(lines) + "\n"


def write(outcomes: list[Outcome], size: float) -> None:
    """Results and their section of the page."""
    RESULTS.write_text(json.dumps({"size": size, "histories": [asdict(one) for one in outcomes]}, indent=1) + "\n", "utf-8")
    before, _, rest = PAGE.read_text("utf-8").partition(HEADING)
    _, following, after = rest.partition("\n## ")
    PAGE.write_text(before.rstrip() + "\n\n" + report(outcomes, size) + following + after, "utf-8")


def main() -> int:
    """Runs the histories of the seeds, all of one published workspace."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--size", type=float, default=0.3)
    arguments: Any = parser.parse_args()
    outcomes = []
    for seed in arguments.seeds:
        with tempfile.TemporaryDirectory(prefix="earshot-equal-") as folder:
            workspace = Path(folder) / "company"
            _earshot("demo", workspace, "--size", arguments.size)
            for sheet in workspace.glob("truth_*.csv"):
                # What the sample knows of its people is nobody's export: `forget` finds them there and says so.
                sheet.unlink()
            _earshot("run", "--workspace", workspace)
            outcomes.append(history(workspace, seed))
            sys.stdout.write(f"{outcomes[-1]}\n")
    write(outcomes, arguments.size)
    return 1 if any(one.different for one in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
