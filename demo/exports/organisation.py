"""How a company works, as its HR system, calendars and product-operations registry export it.

One shape serves the sample company and the simulated organisations: who is employed since when, where product managers' hours
go, which systems there are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from demo.exports.ledger import ZIP_TIME, FileCount, Ledger
from demo.names import FIRST_NAMES, LAST_NAMES
from demo.rng import Dice
from demo.texts import ascii_word

ROSTER = (
    *("Employee #", "First Name", "Last Name", "Work Email", "Department", "Team", "Job Title", "Is Manager"),
    *("Effective Date", "End Date", "Status"),
)
DEPARTMENTS = ("Engineering", "Sales", "Customer Success", "Support", "Product Marketing", "Finance")
STAKEHOLDERS = ("Sales", "Customer Success", "Support", "Product Marketing")
TITLES = {
    "Engineering": "Software Engineer",
    "Sales": "Account Executive",
    "Customer Success": "Customer Success Manager",
    "Support": "Support Agent",
    "Product Marketing": "Product Marketing Manager",
    "Finance": "Accountant",
    "Product Operations": "Product Operations Manager",
    "Product Management": "Product Manager",
}
LONGEST_MEETING = 3.0


@dataclass(frozen=True, slots=True)
class Employee:
    """One person on the roster."""

    number: int
    email: str
    first_name: str
    last_name: str
    department: str
    team: str
    title: str
    is_manager: bool
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class System:
    """One system of product operations, with the steps of its life as day, event, new owner and automated share."""

    system_id: str
    name: str
    kind: str
    stood_up: date
    due: date | None = None
    steps: tuple[tuple[date, str, str, float | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """How a company works.

    Attributes:
        domain: mail domain of its people.
        last_day: last day of the exports, a Sunday.
        product_teams: product managers of each team.
        people_before: everybody else a year earlier.
        people_now: everybody else on the last day.
        product_ops: product operations people.
        ops_lead: whether one of them leads the others.
        ops_since: weeks ago that they joined; 0 for long ago.
        relief: share of the hours with stakeholders that they took off product managers when they joined.
        weeks: weeks of calendars; 0 for none.
        stakeholder_hours: a product manager's hours a week with stakeholders, at the end.
        customer_hours: the same with customers.
        growth: by how much the hours with stakeholders grew over the last 26 weeks.
        unknown_hours: hours with strangers.
        systems: its systems.
        customers: mail domains of customers.
        departments: where everybody else works.
    """

    domain: str
    last_day: date
    product_teams: Mapping[str, int]
    people_before: int
    people_now: int
    product_ops: int = 0
    ops_lead: bool = False
    ops_since: int = 0
    relief: float = 0.0
    weeks: int = 30
    stakeholder_hours: float = 6.0
    customer_hours: float = 6.0
    growth: float = 0.0
    unknown_hours: float = 0.0
    systems: tuple[System, ...] = ()
    customers: tuple[str, ...] = ("buyer.example", "client.example")
    departments: tuple[str, ...] = DEPARTMENTS


def employees(shape: Shape, seed: int) -> list[Employee]:
    """Everybody on the roster: product managers first, then the other departments in turn as they were hired."""
    long_ago = shape.last_day - timedelta(days=900)
    people = [
        _employee(seed, shape, "Product Management", team, number, long_ago)
        for team, count in shape.product_teams.items()
        for number in range(count)
    ]
    ops_joined = shape.last_day - timedelta(weeks=shape.ops_since) if shape.ops_since else long_ago
    people += [
        _employee(
            seed, shape, "Product Operations", "Product Operations", number, ops_joined, leads=shape.ops_lead and number == 0
        )
        for number in range(shape.product_ops)
    ]
    for number in range(shape.people_now):
        joined = number - shape.people_before
        days = 365 * joined // max(1, shape.people_now - shape.people_before)
        since = long_ago if joined < 0 else shape.last_day - timedelta(days=364 - days)
        people.append(_employee(seed, shape, shape.departments[number % len(shape.departments)], "", number, since))
    return people


def _employee(
    seed: int, shape: Shape, department: str, team: str, number: int, since: date, *, leads: bool = False
) -> Employee:
    dice = Dice(seed, shape.domain, department, team, number)
    first, last = dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES)
    place = ascii_word(f"{department}{team}")[:18]
    title = ("Head of " + department) if leads else TITLES[department]
    identity = 10_000 + dice.below(9_000_000)
    email = f"{ascii_word(first)}.{ascii_word(last)}.{place}{number}@{shape.domain}"
    return Employee(identity, email, first, last, department, team, title, leads, since)


@dataclass(frozen=True, slots=True)
class Meeting:
    """One event of a calendar; a series where it repeats."""

    uid: str
    starts: datetime
    hours: float
    organizer: str
    guests: tuple[str, ...]
    repeats: int = 1


def meetings(shape: Shape, people: Sequence[Employee], seed: int) -> Iterator[tuple[Employee, Meeting]]:
    """Every product manager's meetings. Those of several product managers stand in one calendar only, like an organiser's."""
    pms = [person for person in people if person.department == "Product Management"]
    colleagues = [person for person in people if person.department in STAKEHOLDERS]
    engineers = [person for person in people if person.department == "Engineering"]
    monday = shape.last_day - timedelta(days=6)
    for place, pm in enumerate(pms):
        for week in range(shape.weeks):
            back = shape.weeks - 1 - week
            day = monday - timedelta(weeks=back)
            dice = Dice(seed, shape.domain, "week", place, week)
            level = (1 + shape.growth) ** (-back / 26)
            if back >= shape.ops_since > 0:
                level /= 1 - shape.relief
            here = [person for person in colleagues if person.since <= day]
            if here:
                host = here[(week + place) % len(here)]
                hours = shape.stakeholder_hours * level * (0.9 + 0.2 * dice.unit())
                yield from ((pm, m) for m in _blocks(shape, f"s{place}-{week}", day, hours, host.email, pm.email))
            customer = f"contact{dice.below(9)}@{shape.customers[dice.below(len(shape.customers))]}"
            hours = shape.customer_hours * (0.9 + 0.2 * dice.unit())
            yield from ((pm, m) for m in _blocks(shape, f"c{place}-{week}", day, hours, pm.email, customer))
            hours = shape.unknown_hours * (0.9 + 0.2 * dice.unit())
            yield from ((pm, m) for m in _blocks(shape, f"u{place}-{week}", day, hours, pm.email, "somebody@agency.example"))
        if engineers and shape.weeks:
            start = datetime.combine(monday - timedelta(weeks=shape.weeks - 1), datetime.min.time(), UTC)
            engineer = engineers[place % len(engineers)].email
            uid = f"t{place}@{shape.domain}"
            yield pm, Meeting(uid, start + timedelta(hours=8), 0.5, pm.email, (pm.email, engineer), shape.weeks)


def _blocks(shape: Shape, name: str, day: date, hours: float, organizer: str, guest: str) -> Iterator[Meeting]:
    """Meetings of at most three hours, one a day, that come to so many hours, in steps of a minute."""
    minutes = round(hours * 60)
    number = 0
    while minutes > 0:
        length = min(minutes, int(LONGEST_MEETING * 60))
        start = datetime.combine(day + timedelta(days=number % 5), datetime.min.time(), UTC)
        start += timedelta(hours={"s": 9, "c": 13, "u": 16}[name[0]] + 4 * (number // 5))
        yield Meeting(f"{name}-{number}@{shape.domain}", start, length / 60, organizer, (organizer, guest))
        minutes -= length
        number += 1


def _event(meeting: Meeting, stamp: str) -> str:
    """The lines of an event as Google's calendar writes them, long ones folded."""
    end = meeting.starts + timedelta(hours=meeting.hours)
    lines = [
        "BEGIN:VEVENT",
        f"DTSTART:{meeting.starts:%Y%m%dT%H%M%SZ}",
        f"DTEND:{end:%Y%m%dT%H%M%SZ}",
        *([f"RRULE:FREQ=WEEKLY;COUNT={meeting.repeats}"] if meeting.repeats > 1 else []),
        f"DTSTAMP:{stamp}",
        f"ORGANIZER;CN={meeting.organizer.split('@')[0]}:mailto:{meeting.organizer}",
        f"UID:{meeting.uid}",
        *(
            f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN={guest.split('@')[0]};X-NUM-GUESTS=0:mailto:{guest}"
            for guest in meeting.guests
        ),
        f"LAST-MODIFIED:{meeting.starts - timedelta(days=7):%Y%m%dT%H%M%SZ}",
        "STATUS:CONFIRMED",
        "SUMMARY:Meeting",
        "END:VEVENT",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _folded(line: str) -> str:
    return "\r\n ".join(line[at : at + 74] for at in range(0, len(line), 74))


class Workplace:
    """Writes the roster, the calendars and the registry of a company."""

    def __init__(self, shape: Shape, ledger: Ledger, seed: int, known: Sequence[Employee] = ()) -> None:
        """Plan the company.

        Args:
            shape: how it works.
            ledger: where files are written and counted.
            seed: equal seeds give equal bytes.
            known: people who are on the roster besides those of the shape.
        """
        self._shape = shape
        self._ledger = ledger
        self._seed = seed
        self.people = [*known, *employees(shape, seed)]

    def write(self) -> None:
        """Write every file."""
        self._roster()
        if self._shape.weeks:
            self._calendars()
        self._systems()

    def table(self, file: str, stream: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> FileCount:
        """Write a CSV of good rows."""
        text = io.StringIO(newline="")
        out = csv.writer(text, lineterminator="\n")
        out.writerow(header)
        count = self._ledger.count(file, stream)
        for row in rows:
            out.writerow(row)
            count.good()
        with self._ledger.open(file) as target:
            target.write(text.getvalue().encode())
        return count

    def _roster(self) -> None:
        rows = (
            [
                *(p.number, p.first_name, p.last_name, p.email, p.department, p.team, p.title, "Yes" if p.is_manager else "No"),
                *(p.since, p.until or "", "Inactive" if p.until else "Active"),
            ]
            for p in self.people
        )
        self.table("hris/roster.csv", "hris.roster", ROSTER, rows)

    def _calendars(self) -> None:
        """One archive with a calendar for each product manager, as Google Takeout delivers them."""
        stamp = f"{self._shape.last_day:%Y%m%d}T200000Z"
        by_owner: dict[str, list[Meeting]] = {}
        for owner, meeting in meetings(self._shape, self.people, self._seed):
            by_owner.setdefault(owner.email, []).append(meeting)
        name = f"calendar/takeout-{self._shape.last_day:%Y-%m}.zip"
        with self._ledger.open(name) as stream, ZipFile(stream, "w") as archive:
            for address, held in by_owner.items():
                inside = f"Takeout/Calendar/{address}.ics"
                counts = [self._ledger.count(f"{name}!{inside}", f"calendar.{s}") for s in ("event", "attendance")]
                head = "BEGIN:VCALENDAR\r\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\r\nVERSION:2.0\r\n"
                text = head + f"X-WR-CALNAME:{address}\r\nX-WR-TIMEZONE:Europe/London\r\n"
                text += "".join(_event(meeting, stamp) for meeting in held) + "END:VCALENDAR\r\n"
                info = ZipInfo(inside, ZIP_TIME)
                info.compress_type = ZIP_DEFLATED
                archive.writestr(info, text)
                for meeting in held:
                    for _ in range(meeting.repeats):
                        counts[0].good()
                        for _ in set(meeting.guests):
                            counts[1].good()

    def _systems(self) -> None:
        systems = self._shape.systems
        if not systems:
            return
        header = ("system_id", "name", "kind", "owner_role", "stood_up_at", "hand_off_due")
        rows = ([s.system_id, s.name, s.kind, "product_ops", s.stood_up, s.due or ""] for s in systems)
        self.table("registry/systems.csv", "registry.system", header, rows)
        steps = (
            [system.system_id, day, event, owner, "" if share is None else share]
            for system in systems
            for day, event, owner, share in system.steps
        )
        columns = ("system_id", "happened_at", "event", "to_role", "automated_share")
        self.table("registry/system_events.csv", "registry.system_event", columns, steps)
