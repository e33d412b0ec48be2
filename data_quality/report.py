"""Data Docs: what the gate found, as pages for people, one folder per run, readable without a network.

Nothing is fetched when a page is opened: style is in the page, and there is no script.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data_quality.gate import GateResult

TEMPLATES = Path(__file__).parent / "templates"
RESULTS, SUMMARY, PAGE = "results.json", "summary.json", "index.html"
KEPT_RUNS = 100


@dataclass(frozen=True, slots=True)
class Summary:
    """One run in the list of runs.

    Attributes:
        run_id: the run.
        judged_at: when its last suite was judged, ISO 8601 in UTC.
        expectations: how many were judged.
        blocking: how many keep the run from being served.
        errored: how many of these could not be evaluated.
        warnings: how many are only told.
    """

    run_id: str
    judged_at: str
    expectations: int
    blocking: int
    errored: int
    warnings: int

    @property
    def verdict(self) -> str:
        """What became of the run, in a word or three."""
        if self.blocking:
            return "Blocked"
        return "Passed with warnings" if self.warnings else "Passed"

    @property
    def moment(self) -> str:
        """When it was judged, for people."""
        return f"{datetime.fromisoformat(self.judged_at):%Y-%m-%d %H:%M} UTC"


def write_report(
    folder: Path, run_id: str, results: Sequence[GateResult], *, judged_at: datetime | None = None, keep: int = KEPT_RUNS
) -> Path:
    """Writes the page of a run and the list of runs.

    A run that is judged in several steps is reported after each: suites that were reported before keep their place, and
    what is said of a suite again replaces what was said.

    Args:
        folder: where the Data Docs lie.
        run_id: the run.
        results: what the gate said, all of this run.
        judged_at: when it said so; the clock's time where None.
        keep: runs whose pages are kept; older ones are removed.

    Returns:
        The page of the run.

    Raises:
        ValueError: the run id cannot name a folder.
    """
    if not re.fullmatch(r"\w[\w.-]*", run_id):
        raise ValueError(f"{run_id!r} is no run id")
    target = folder / run_id
    target.mkdir(parents=True, exist_ok=True)
    merged = _merged(target / RESULTS, results)
    moment = (judged_at or datetime.now(UTC)).astimezone(UTC)
    summary = _summary(run_id, moment, merged)
    _write(target / RESULTS, json.dumps([asdict(result) for result in merged], indent=1, ensure_ascii=False))
    _write(target / SUMMARY, json.dumps(asdict(summary)))
    _write(target / PAGE, _render("run.html.j2", summary=summary, **_sorted_out(merged)))
    _write(folder / PAGE, _render("runs.html.j2", runs=_runs(folder, keep)))
    return target / PAGE


def _merged(path: Path, results: Sequence[GateResult]) -> list[GateResult]:
    """Results of this run that were reported before, and the new ones."""
    said = {result.suite for result in results}
    try:
        before = [GateResult(**{**row, "examples": tuple(row["examples"])}) for row in json.loads(path.read_text("utf-8"))]
    except (OSError, ValueError, TypeError, KeyError):
        # No page yet, or one that a killed run or another version left: it is written anew.
        before = []
    return [*(result for result in before if result.suite not in said), *results]


def _summary(run_id: str, moment: datetime, results: Iterable[GateResult]) -> Summary:
    results = list(results)
    broken = [result for result in results if not result.success]
    blocking = [result for result in broken if result.severity == "blocking"]
    return Summary(
        run_id=run_id,
        judged_at=moment.isoformat(timespec="seconds"),
        expectations=len(results),
        blocking=len(blocking),
        errored=sum(result.errored for result in blocking),
        warnings=len(broken) - len(blocking),
    )


def _sorted_out(results: Sequence[GateResult]) -> Mapping[str, Any]:
    """What a page needs: findings, causes before consequences, and every suite with its results."""
    broken = [result for result in results if not result.success]
    suites: dict[str, list[GateResult]] = {}
    for result in results:
        suites.setdefault(result.suite, []).append(result)
    return {
        "findings": sorted(broken, key=lambda result: (result.severity != "blocking", result.errored)),
        "suites": suites,
    }


def _runs(folder: Path, keep: int) -> list[Summary]:
    """Summaries of the newest runs; the pages of older ones are removed."""
    found = []
    for path in folder.glob(f"*/{SUMMARY}"):
        try:
            found.append(Summary(**json.loads(path.read_text("utf-8"))))
        except (OSError, ValueError, TypeError):
            continue
    found.sort(key=lambda summary: (summary.judged_at, summary.run_id), reverse=True)
    for old in found[keep:]:
        shutil.rmtree(folder / old.run_id, ignore_errors=True)
    return found[:keep]


def _render(template: str, **values: Any) -> str:
    # Comes with Great Expectations; whoever judges nothing does not load it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(template).render(**values)


def _write(path: Path, text: str) -> None:
    """Replaces a file in one step, so that an open page is never half of one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)
