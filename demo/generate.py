"""Writes the sample company: exports of its vendors below `inbox/`, and beside it the truth that a reader should find."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from demo.company import Company
from demo.exports.colleagues import Pulse, Slack
from demo.exports.colleagues import truth as asked_truth
from demo.exports.crm import Salesforce
from demo.exports.ledger import Ledger
from demo.exports.readiness import Readiness
from demo.exports.research import Research
from demo.exports.roadmap import Roadmap
from demo.exports.support import Zendesk, deleted_tickets
from demo.exports.surveys import Delighted, Qualtrics
from demo.exports.usage import EVENTS, Amplitude
from demo.exports.workplace import SampleWorkplace
from demo.plan import make_plan
from demo.truth import Truth, open_labels

# Called with the part being written, records done and records expected (an estimate).
Progress = Callable[[str, int, int], None]
TICK = 2_000


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written.

    Attributes:
        inbox: folder of the exports.
        truth: the truth document beside it.
        files: number of export files.
        bytes: their size.
        records: records per stream, broken ones included.
        accounts: accounts of the company.
        seconds: time taken.
    """

    inbox: Path
    truth: Path
    files: int
    bytes: int
    records: dict[str, int]
    accounts: int
    seconds: float


class _Counter:
    """Turns single records into occasional progress."""

    def __init__(self, part: str, expected: int, progress: Progress | None) -> None:
        self._part = part
        self._expected = max(1, expected)
        self._progress = progress
        self._done = self._told = 0

    def __call__(self, records: int) -> None:
        self._done += records
        if self._progress and self._done - self._told >= TICK:
            self._told = self._done
            self._progress(self._part, self._done, max(self._expected, self._done))

    def finish(self) -> None:
        if self._progress:
            self._progress(self._part, max(self._done, 1), max(self._done, 1))


def generate(
    target: Path, size: float = 1.0, seed: int = 7, progress: Progress | None = None, *, planted: bool = True
) -> Summary:
    """Write the sample company.

    Args:
        target: workspace; `inbox/`, `theme_labels.ndjson` and `truth*` files are written into it.
            Files that an earlier call wrote there and this one does not are removed.
        size: 1 is about 160 accounts, 2,500 tickets and 30,000 events; everything grows with it.
        seed: equal sizes and seeds give equal bytes.
        progress: called now and then.
        planted: False gives a company in which nothing is to be found, for tests of false alarms.

    Raises:
        ValueError: the size is not a positive number.
    """
    if not 0 < size < float("inf"):
        raise ValueError(f"size must be a positive number, not {size}")
    started = time.monotonic()
    target = Path(target)
    inbox, truth_file = target / "inbox", target / "truth.json"
    inbox.mkdir(parents=True, exist_ok=True)
    earlier = _written_before(truth_file)
    company = Company(size, seed, planted=planted)
    plan = make_plan(company)
    ledger = Ledger(inbox)

    def counter(part: str, expected: int) -> _Counter:
        return _Counter(part, expected, progress)

    answers, notes, tickets = (
        counter("survey answers", len(plan.nps)),
        counter("CRM", 2 * len(plan.notes)),
        counter("tickets", len(plan.tickets)),
    )
    events = counter("events", company.count(EVENTS))
    deleted = deleted_tickets(plan)
    amplitude = Amplitude(company, ledger, events)
    with open_labels(target, plan, deleted) as labels:
        Delighted(plan, ledger, labels.of("nps"), answers).write()
        Qualtrics(plan, ledger, labels.of("nps"), answers).write()
        answers.finish()
        Salesforce(plan, ledger, labels.of("sales"), notes).write()
        notes.finish()
        Research(plan, ledger, labels.of("research")).write()
        Zendesk(plan, ledger, labels.of("support"), tickets, deleted).write()
        tickets.finish()
        amplitude.write()
        events.finish()
        Roadmap(company, ledger).write()
        Readiness(company, ledger).write()
        slack = Slack(company, ledger)
        slack.write()
        Pulse(company, ledger).write()
        workplace = SampleWorkplace(company, slack.chat.members, ledger)
        workplace.write()
        document = Truth(plan, ledger, deleted, amplitude, labels).document()
        document |= {"questions": asked_truth(slack.chat), "organisation": workplace.truth()}
    for stale in earlier - set(ledger.paths):
        (inbox / stale).unlink(missing_ok=True)
    truth_file.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    records = {name: row["rows_read"] for name, row in document["streams"].items()}
    return Summary(
        inbox, truth_file, len(ledger.paths), ledger.bytes, records, len(company.accounts), time.monotonic() - started
    )


def _written_before(truth_file: Path) -> set[str]:
    """Export files that an earlier call listed as its own; nothing else is ever removed."""
    try:
        listed = json.loads(truth_file.read_text(encoding="utf-8"))["inbox_files"]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in listed if isinstance(name, str) and not name.startswith("/") and ".." not in Path(name).parts}


def main(arguments: list[str] | None = None) -> int:
    """`python -m demo.generate TARGET`: write the sample company without the rest of the program."""
    parser = argparse.ArgumentParser(prog="python -m demo.generate", description=__doc__)
    parser.add_argument("target", type=Path, help="folder that gets inbox/ and truth.json")
    parser.add_argument("--size", type=float, default=1.0, help="1 is about 160 accounts and 30,000 events")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--null", action="store_true", help="a company in which nothing is to be found")
    options = parser.parse_args(arguments)
    summary = generate(options.target, options.size, options.seed, planted=not options.null)
    for stream, rows in summary.records.items():
        sys.stdout.write(f"{stream:32}{rows:>12,}\n")
    sys.stdout.write(f"{summary.files} files, {summary.bytes / 1e6:.1f} MB in {summary.seconds:.1f} s: {summary.inbox}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
