"""The roadmap: issues as Jira and Linear export them, and a board of Productboard."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime

from demo.company import DAY, LAST_DAY, Company, day_of, seconds
from demo.exports.ledger import CsvExport, Ledger
from demo.launches import launches
from demo.rng import Dice, mix

JIRA_DAYS = (date(2026, 3, 31), LAST_DAY)
JIRA_HEADER = (
    *("Summary", "Issue key", "Issue id", "Parent id", "Issue Type", "Status", "Project key", "Project name", "Project type"),
    *("Priority", "Resolution", "Assignee", "Assignee Id", "Reporter", "Reporter Id", "Created", "Updated", "Last Viewed"),
    *("Resolved", "Components", "Due date", "Votes", "Labels", "Labels", "Description", "Watchers", "Watchers", "Watchers Id"),
    *("Watchers Id", "Custom field (Story Points)", "Custom field (Product Area)", "Custom field (Rank)", "Sprint", "Comment"),
    *("Comment", "Parent key", "Status Category", "Status Category Changed"),
)
LINEAR_HEADER = (
    *("ID", "Team", "Title", "Description", "Status", "Estimate", "Priority", "Project ID", "Project", "Creator", "Assignee"),
    *("Labels", "Cycle Number", "Cycle Name", "Cycle Start", "Cycle End", "Created", "Updated", "Started", "Triaged"),
    *("Completed", "Canceled", "Archived", "Due Date", "Parent issue", "Initiatives", "Project Milestone ID"),
    *("Project Milestone", "SLA Status", "UUID", "Time in status (minutes)", "Related to", "Blocked by", "Duplicate of"),
)
BOARD_HEADER = ("ID", "Feature name", "Status", "Product", "Component", "Effort", "Owner", "Timeframe", "Created", "Released")
DOING, DONE, DECLINED = "In Progress", "Done", "Won't Do"


@dataclass(frozen=True, slots=True)
class Epic:
    """An item of the roadmap: its key, what it is, and when it was begun and settled."""

    key: str
    title: str
    product_area: str
    begun: date
    settled: date | None = None
    resolution: str = ""


# Beside those of the launches. Nobody asked for the last two.
EPICS = (
    Epic("ROAD-125", "Scheduled exports", "data", date(2026, 6, 1)),
    Epic("ROAD-128", "Hardware keys at sign-in", "admin", date(2026, 2, 9)),
    Epic("ROAD-133", "Right-to-left layout", "platform", date(2025, 8, 4), date(2026, 1, 12), DECLINED),
    Epic("ROAD-130", "Ledger rewrite", "platform", date(2025, 11, 3)),
    Epic("ROAD-131", "New colours", "platform", date(2026, 1, 5), date(2026, 5, 20), DONE),
)
PLATFORM = ("Answer lists within a second", "Fewer queries on the board", "Retire the old queue", "Cheaper backups")
SLOWNESS_KEY = "PLT-1"


def epics(*, planted: bool) -> tuple[Epic, ...]:
    """Everything on the roadmap."""
    shipped = (
        Epic(launch.roadmap_key, launch.name, launch.product_area, day_of(seconds(launch.on) - 150 * DAY), launch.on, DONE)
        for launch in launches(planted=planted)
    )
    return (*shipped, *EPICS)


class Roadmap:
    """Writes what the trackers and the board export."""

    def __init__(self, company: Company, ledger: Ledger) -> None:
        self._company = company
        self._ledger = ledger

    def write(self) -> None:
        """Write two full exports of Jira, one of Linear and a board."""
        for number, day in enumerate(JIRA_DAYS):
            self._jira(day, JIRA_DAYS[number - 1] if number else None)
        self._linear()
        self._board()

    def _jira(self, day: date, before: date | None) -> None:
        file = f"jira/Jira Export CSV (all fields) {day}.csv"
        with self._ledger.open(file) as stream:
            count = self._ledger.count(file, "jira.issue")
            with closing(CsvExport(stream, count, [JIRA_HEADER], "utf-8", "\n", quote_all=False)) as out:
                for number, epic in enumerate(epics(planted=self._company.planted)):
                    for story in range(4):
                        self._issue(out, number, epic, story, day, before)
                # A line feed lost in an import left a cell too many, as happens in public projects' exports.
                out.bad([*self._row(0, EPICS[0], 1, day), "stray"], "wide_row")

    def _issue(self, out: CsvExport, number: int, epic: Epic, story: int, day: date, before: date | None) -> None:
        if epic.begun > day:
            return
        row = self._row(number, epic, story, day)
        if before is None or epic.begun > before:
            out.row(row)
        else:
            out.row(row, "duplicate" if row == self._row(number, epic, story, before) else "superseded")

    def _row(self, number: int, epic: Epic, story: int, day: date) -> list[object]:
        """An epic, or one of its stories, as it stood on a day."""
        seed = self._company.seed
        dice = Dice(seed, "issue", epic.key, story)
        begun = seconds(epic.begun) + dice.between(8, 16) * 3_600 + dice.below(60) * 60
        over = epic.settled is not None and epic.settled <= day
        settled = _stamp(seconds(epic.settled) + 15 * 3_600 + dice.below(60) * 60) if over and epic.settled else ""
        points = dice.pick((2, 3, 5, 8))
        owner = self._company.colleagues[mix(seed, epic.key) % len(self._company.colleagues)]
        name, who = f"{owner.first_name} {owner.last_name}", f"712020:{owner.id.lower()}"
        status = (epic.resolution if over else DOING) if epic.resolution != DECLINED or not over else "Declined"
        key = f"{epic.key}{f'{story}' if story else ''}" if story else epic.key
        title = f"{epic.title}: part {story}" if story else epic.title
        return [
            *(title, key, 10_000 + number * 10 + story, 10_000 + number * 10 if story else "", "Story" if story else "Epic"),
            *(status, "ROAD", "Roadmap", "software", dice.pick(("High", "Medium", "Low")), epic.resolution if over else ""),
            *(name, who, name, who, _stamp(begun), settled or _stamp(begun), "", settled, epic.product_area.title(), ""),
            *(story, "roadmap" if not story else "", "customer-ask" if epic.key < "ROAD-130" else ""),
            *(f"h2. Why\n\n{title}, as agreed." if not story else "", name, "", who, "", points if story else ""),
            *(epic.product_area, f"0|i{mix(epic.key, story) % 46_656:05d}:", "", "", "", epic.key if story else ""),
            *("Done" if over else DOING, settled or _stamp(begun)),
        ]

    def _linear(self) -> None:
        file = f"linear/Export {LAST_DAY}.csv"
        with self._ledger.open(file) as stream:
            count = self._ledger.count(file, "linear.issue")
            with closing(CsvExport(stream, count, [LINEAR_HEADER], "utf-8", "\n", quote_all=False)) as out:
                for number, title in enumerate(PLATFORM):
                    for part in range(3):
                        cells = self._linear_row(number, title, part)
                        if part == 2:
                            out.short(cells, 4)
                        else:
                            out.row(cells)

    def _linear_row(self, number: int, title: str, part: int) -> list[object]:
        dice = Dice(self._company.seed, "linear", number, part)
        begun = seconds(date(2025, 9, 1)) + (number * 40 + part * 3) * DAY + dice.below(DAY)
        done = begun + dice.between(20, 60) * DAY if number == 2 else 0
        owner = self._company.colleagues[number % len(self._company.colleagues)]
        key = f"PLT-{number * 3 + part + 1}"
        cells: dict[str, object] = {
            "ID": key,
            "Team": "Platform",
            "Title": f"{title} ({part})" if part else title,
            "Description": "See the notes,\nand the numbers." if part else "",
            "Status": "Done" if done else "In Progress",
            "Estimate": dice.pick((1, 2, 3, 5)) if part else "",
            "Priority": "Medium",
            "Creator": owner.email,
            "Assignee": owner.email,
            "Labels": "speed, platform",
            "Created": _script_stamp(begun) if part == 1 else _iso(begun),
            "Updated": _script_stamp(done or begun + DAY) if part == 1 else _iso(done or begun + DAY),
            "Completed": _iso(done) if done else "",
            "Parent issue": f"PLT-{number * 3 + 1}" if part else "",
            "UUID": f"9b1f0a52-0000-4000-8000-{mix(self._company.seed, key) % 10**12:012d}",
        }
        return [cells.get(name, "") for name in LINEAR_HEADER]

    def _board(self) -> None:
        file = f"productboard/features-board-{LAST_DAY}.csv"
        company = self._company
        rows = (
            ("Partner portal", "In progress", "Admin", 13, "Q3 2026", ""),
            ("Printable labels", "Released", "Mobile", 3, "Q1 2026", "Feb 17, 2026"),
        )
        with self._ledger.open(file) as stream:
            count = self._ledger.count(file, "productboard.feature")
            with closing(CsvExport(stream, count, [BOARD_HEADER], "utf-8", "\r\n", quote_all=False)) as out:
                for number, (name, status, component, effort, timeframe, released) in enumerate(rows):
                    owner = company.colleagues[mix(company.seed, name) % len(company.colleagues)].email
                    key = 41_000 + number
                    out.row([key, name, status, "Field work", component, effort, owner, timeframe, "Nov 3, 2025", released])


def _stamp(moment: int) -> str:
    """Jira's local stamp: 22/Sep/25 9:26 AM."""
    at = datetime.fromtimestamp(moment, UTC)
    return f"{at:%d/%b/%y} {at.hour % 12 or 12}:{at:%M} {'AM' if at.hour < 12 else 'PM'}"


def _iso(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def _script_stamp(moment: int) -> str:
    """What JavaScript prints of a date."""
    return f"{datetime.fromtimestamp(moment, UTC):%a %b %d %Y %H:%M:%S} GMT+0000 (Coordinated Universal Time)"
