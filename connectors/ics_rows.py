"""Calendars (RFC 5545): events unfolded, recurrences spread out in a bounded window, each occurrence one JSON record.

A file gives two streams: `event`, one record per occurrence, and `attendance`, one per occurrence and person. Times are
resolved to UTC here, since only the file knows its time zones; everything else is typed by the spec like any JSON record.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
from dateutil.rrule import rrulestr

from connectors.json_rows import JsonRecords
from connectors.parts import Drift, Limits
from connectors.rejects import Reject, shown
from connectors.streams import Text

BEGINNING = re.compile(rb"\ABEGIN:VCALENDAR\b", re.IGNORECASE)
# How far back from, and beyond, the last moment that the file speaks of a recurrence is spread out.
MEMORY = timedelta(days=3 * 366)
HORIZON = timedelta(days=92)
# More than two centuries of every day. A rule may repeat every second as well; no meeting does.
MOST_REPEATS = 80_000
WITHIN_THE_DAY = re.compile(r"FREQ=(SECONDLY|MINUTELY|HOURLY)", re.IGNORECASE)
BLOCK = 2_000
MOMENT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z)?)?$")
STAMPS = re.compile(r"^(?:DTSTAMP|LAST-MODIFIED|CREATED)[^:]*:(\d{8}T\d{6})Z?\s*$", re.IGNORECASE | re.MULTILINE)
DURATION = re.compile(r"^([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")
# Lines of an event that are read; all others stay in the landing area.
NEEDED = frozenset(
    (
        *("UID", "DTSTART", "DTEND", "DURATION", "DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "STATUS", "TRANSP"),
        *("CATEGORIES", "ORGANIZER", "ATTENDEE", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "X-MICROSOFT-CDO-BUSYSTATUS"),
    )
)
ADDRESS = re.compile(r"^(?:mailto:)?\s*([^@\s:]+@[^@\s]+)\s*$", re.IGNORECASE)
Record = dict[str, Any]


class _Unreadable(Exception):
    """An event that cannot be kept; the text says why."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One content line: its parameters, names in upper case, and its value as written."""

    parameters: Mapping[str, str]
    value: str


@dataclass(frozen=True, slots=True)
class _Component:
    """The unfolded lines between `BEGIN:<name>` and its end; `line` is where it begins, `whole` whether it ends."""

    name: str
    line: int
    lines: Sequence[str]
    whole: bool = True


@dataclass(slots=True)
class _Calendar:
    """What must be known of a file before its events can be spread out.

    Attributes:
        zone: zone of times that name none.
        zones: the file's own zones, by name.
        latest: the last moment that a stamp of the file speaks of.
        overridden: for each recurring event, the occurrences that have a record of their own.
        unknown: names of zones that nobody knows.
    """

    zone: tzinfo = UTC
    zones: dict[str, tzinfo] = field(default_factory=dict)
    latest: datetime | None = None
    overridden: dict[str, set[datetime]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    @property
    def window(self) -> tuple[datetime, datetime]:
        """First and last moment to which recurrences are spread out."""
        latest = self.latest or datetime(2000, 1, 1, tzinfo=UTC)
        return latest - MEMORY, latest + HORIZON


def is_calendar(head: bytes) -> bool:
    """Whether a text begins like a calendar."""
    return BEGINNING.match(head.lstrip()) is not None


def impersonal(name: str, head: bytes) -> str:
    """The name of an archive member without the address of its owner, which calendars are called after."""
    digest = hashlib.sha256(head).hexdigest()[:8]
    return re.sub(r"[^/\\\s]+@[^/\\\s]+?(?=(\.ics)?$)", f"calendar-{digest}", name, flags=re.IGNORECASE)


@dataclass(slots=True)
class IcsRows:
    """The records of one stream of a calendar file.

    Attributes:
        text: the file.
        limits: bounds on what is accepted.
        stream: `event` or `attendance`.
        drift: what was left out or assumed; complete after iteration.
    """

    text: Text
    limits: Limits
    stream: str
    drift: list[Drift] = field(default_factory=list)

    def __iter__(self) -> Iterator[JsonRecords]:
        """Records in blocks. The file is read twice: an exception to a recurrence may stand before or after it.

        Raises:
            ExportRejected: the data unpacks beyond the limits.
        """
        self.drift = []
        calendar = _surveyed(self._components())
        records: list[tuple[Record, int]] = []
        rejects: list[Reject] = []
        beyond = 0
        for component in self._components():
            if component.name != "VEVENT":
                continue
            try:
                event = _Event(component, calendar)
                occurrences, left_out = event.occurrences()
                beyond += left_out
                for occurrence in occurrences:
                    made = [occurrence] if self.stream == "event" else event.attendances(occurrence)
                    records += [(record, component.line) for record in made]
            except (_Unreadable, ValueError, OverflowError) as trouble:
                # A broken event is one record, of the first stream; it has no attendances to lose.
                if self.stream == "event":
                    rejects.append(Reject(component.line, str(trouble), _told(component)))
            if len(records) >= BLOCK or len(rejects) >= BLOCK:
                yield self._block(records, rejects)
                records, rejects = [], []
        if self.text.source.truncated and self.stream == "event":
            reason = f"{self.text.source.truncated}: what followed is missing; deliver the file again"
            rejects.append(Reject(max((line for _, line in records), default=1) + 1, reason, ""))
        if records or rejects:
            yield self._block(records, rejects)
        self._note(calendar, beyond)

    def _block(self, records: Sequence[tuple[Record, int]], rejects: Sequence[Reject]) -> JsonRecords:
        texts = [json.dumps(record, ensure_ascii=False) for record, _ in records]
        suspicious = any("\\u0000" in text or len(text) * 4 > self.limits.max_field_bytes for text in texts)
        lines = np.array([line for _, line in records], np.int64)
        return JsonRecords(pa.array(texts, pa.string()), lines, rejects, suspicious)

    def _note(self, calendar: _Calendar, beyond: int) -> None:
        for name in sorted(calendar.unknown):
            self.drift.append(Drift("unknown_zone", name[:80], "neither the file nor the zone tables know it; read as UTC"))
        if beyond and self.stream == "event":
            start, end = calendar.window
            detail = f"{beyond:,} occurrences outside {start:%Y-%m-%d} to {end:%Y-%m-%d} are not spread out"
            self.drift.append(Drift("bounded_recurrence", "RRULE", detail))

    def _components(self) -> Iterator[_Component]:
        """Top components of the calendar in file order; components within them (alarms) are left out."""
        name, start, depth = "", 0, 0
        lines: list[str] = []
        for number, line in self._unfolded():
            word, _, what = line.partition(":")
            word, what = word.strip().upper(), what.strip().upper()
            if word == "BEGIN" and what != "VCALENDAR":
                depth += 1
                if depth == 1:
                    name, start, lines = what, number, []
                    continue
            if word == "END" and what != "VCALENDAR" and depth:
                depth -= 1
                if depth == 0:
                    yield _Component(name, start, lines)
                    continue
            if depth == 1 or (depth and name == "VTIMEZONE"):
                lines.append(line)
            elif not depth and word.startswith("X-WR-TIMEZONE"):
                yield _Component("CALENDAR", number, [line])
        if depth:
            yield _Component(name, start, lines, whole=False)

    def _unfolded(self) -> Iterator[tuple[int, str]]:
        """Content lines with the number of the physical line that each begins on."""
        held: list[bytes] = []
        size = first = 0
        for number, raw in enumerate(self._lines(), start=1):
            if raw[:1] in (b" ", b"\t") and held:
                # What exceeds the limit of a field is cut: no part of an event that is read is that long.
                size += len(raw)
                if size <= self.limits.max_field_bytes:
                    held.append(raw[1:])
                continue
            if held:
                yield first, b"".join(held).decode("utf-8", "replace")
            held, size, first = [raw], len(raw), number
        if held:
            yield first, b"".join(held).decode("utf-8", "replace")

    def _lines(self) -> Iterator[bytes]:
        rest = b""
        for block in self.text:
            *whole, rest = (rest + block).replace(b"\r\n", b"\n").split(b"\n")
            yield from whole
            if len(rest) > self.limits.max_row_bytes:
                rest = rest[: self.limits.max_field_bytes]
        if rest:
            yield rest


def _surveyed(components: Iterable[_Component]) -> _Calendar:
    """Zones, stamps and exceptions of a file."""
    calendar = _Calendar()
    exceptions: list[_Component] = []
    for component in components:
        if component.name == "CALENDAR":
            calendar.zone = _named_zone(component.lines[0].partition(":")[2].strip()) or calendar.zone
        elif component.name == "VTIMEZONE":
            _learn_zone(calendar, component)
        elif component.name == "VEVENT":
            text = "\n".join(component.lines)
            for stamp in STAMPS.findall(text):
                moment = datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if stamp[:4] < "2100" else None
                if moment and (calendar.latest is None or moment > calendar.latest):
                    calendar.latest = moment
            if "RECURRENCE-ID" in text.upper():
                exceptions.append(component)
    for component in exceptions:
        try:
            event = _Event(component, calendar)
        except (_Unreadable, ValueError, OverflowError):
            continue
        calendar.overridden.setdefault(event.uid, set()).add(event.identity)
    return calendar


def _learn_zone(calendar: _Calendar, component: _Component) -> None:
    """Keep a zone that the file defines and no table knows."""
    # Loaded only for calendars: the library takes a third of a second.
    from icalendar import Timezone

    names = [line.partition(":")[2].strip() for line in component.lines if line.upper().startswith("TZID")]
    if not names or _named_zone(names[0]):
        return
    source = "\r\n".join(["BEGIN:VTIMEZONE", *component.lines, "END:VTIMEZONE", ""])
    try:
        zone = Timezone.from_ical(source)
        # One without rules of its own tells nothing.
        if isinstance(zone, Timezone) and zone.subcomponents:
            calendar.zones[names[0]] = zone.to_tz(lookup_tzid=False)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError):
        return


@lru_cache(maxsize=512)
def _named_zone(name: str) -> ZoneInfo | None:
    """A zone by its IANA name, also behind a maker's prefix, or by its Windows name."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    bare = name.strip().strip('"').lstrip("/")
    steps = bare.split("/")
    for candidate in (bare, "/".join(steps[-2:]), "/".join(steps[-3:]), steps[-1], WINDOWS_TO_OLSON.get(bare, "")):
        if not candidate or not re.fullmatch(r"[A-Za-z0-9_+\-/]+", candidate):
            continue
        try:
            return ZoneInfo("UTC" if candidate.upper() in ("UTC", "GMT") else candidate)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None


class _Event:
    """One VEVENT: an event, a recurring one, or an exception to one."""

    def __init__(self, component: _Component, calendar: _Calendar) -> None:
        self._calendar = calendar
        self._properties: dict[str, list[_Line]] = {}
        if not component.whole:
            raise _Unreadable("the file is cut off inside this event; deliver it again")
        for line in component.lines:
            parsed = _parsed(line)
            if parsed and parsed[0] in NEEDED:
                self._properties.setdefault(parsed[0], []).append(parsed[1])
        self.uid = self._text("UID")
        if not self.uid:
            raise _Unreadable("the event has no UID, which alone identifies it")
        start = self._one("DTSTART")
        if start is None:
            raise _Unreadable("the event has no DTSTART: nobody can tell when it is")
        self._zone = self._zone_of(start)
        self.all_day = "T" not in start.value.upper()
        self._local_start = _local(start.value)
        self._start = self._utc(start)
        self._length = self._duration()
        recurrence = self._one("RECURRENCE-ID")
        self.identity = self._utc(recurrence) if recurrence else self._start
        self._is_exception = recurrence is not None
        self._revision = hashlib.sha256("\n".join(component.lines).encode()).hexdigest()[:16]

    def occurrences(self) -> tuple[list[Record], int]:
        """A record per occurrence, and how many lie outside the window."""
        rules = self._properties.get("RRULE", [])
        extra = [moment for line in self._properties.get("RDATE", []) for moment in self._moments(line)]
        if self._is_exception or not (rules or extra):
            return [self._record(self.identity, self._start, recurring=self._is_exception)], 0
        low, high = self._window()
        without = {moment for line in self._properties.get("EXDATE", []) for moment in self._moments(line)}
        without |= self._calendar.overridden.get(self.uid, set())
        days = {moment.date() for moment in without} if self.all_day else set()
        starts, beyond = {self._start, *extra} if not rules else set(extra), 0
        for rule in rules:
            spread, left_out = self._spread(rule.value, low, high)
            starts |= spread
            beyond += left_out
        kept = sorted(s for s in starts if low <= s <= high and s not in without and s.date() not in days)
        return [self._record(start, start, recurring=True) for start in kept], beyond

    def attendances(self, occurrence: Record) -> list[Record]:
        """A record per person invited to an occurrence, the organiser included."""
        found: dict[str, Record] = {}
        for number, line in enumerate(self._properties.get("ATTENDEE", []), start=1):
            address = _address(line)
            named = {
                "attendee": address or None,
                "response": line.parameters.get("PARTSTAT", "").lower() or None,
                "participation": line.parameters.get("ROLE", "").lower() or None,
                "attendee_kind": line.parameters.get("CUTYPE", "").lower() or None,
                "is_organizer": False,
            }
            found.setdefault(address or f"#{number}", named)
        organizer = _address(self._one("ORGANIZER"))
        if organizer:
            found.setdefault(organizer, {"attendee": organizer, "response": "accepted", "attendee_kind": "individual"})
            found[organizer]["is_organizer"] = True
        shared = ("uid", "occurrence", "starts_at", "revision", "updated_at", "status")
        return [{**{name: occurrence[name] for name in shared}, **person} for person in found.values()]

    def _window(self) -> tuple[datetime, datetime]:
        """The file's window, or one that begins with a series which begins after every stamp."""
        low, high = self._calendar.window
        return low, max(high, self._start + HORIZON)

    def _record(self, identity: datetime, start: datetime, *, recurring: bool) -> Record:
        low, high = self._window()
        start_line = self._properties["DTSTART"][0]
        updated = self._one("LAST-MODIFIED") or self._one("DTSTAMP")
        created = self._one("CREATED")
        return {
            "uid": self.uid,
            "occurrence": _iso(identity),
            "starts_at": _iso(start),
            "ends_at": _iso(start + self._length),
            "all_day": self.all_day,
            "recurring": recurring,
            "is_exception": self._is_exception,
            "time_zone": getattr(self._zone, "key", None) or start_line.parameters.get("TZID") or "UTC",
            "status": self._text("STATUS").lower() or "confirmed",
            "transparency": self._transparency(),
            "categories": self._text("CATEGORIES") or None,
            "organizer": _address(self._one("ORGANIZER")) or None,
            "attendees": len(self._properties.get("ATTENDEE", [])),
            "sequence": self._text("SEQUENCE") or None,
            "revision": self._revision,
            "spread_from": _iso(low),
            "spread_to": _iso(high),
            "created_at": _iso(self._utc(created)) if created else None,
            "updated_at": _iso(self._utc(updated)) if updated else None,
        }

    def _transparency(self) -> str:
        free = self._text("X-MICROSOFT-CDO-BUSYSTATUS").upper() == "FREE"
        return "transparent" if free else self._text("TRANSP").lower() or "opaque"

    def _spread(self, rule: str, low: datetime, high: datetime) -> tuple[set[datetime], int]:
        """Starts by one rule within the window, computed in local time so that ten o'clock stays ten o'clock."""
        if WITHIN_THE_DAY.search(rule):
            raise _Unreadable(f'the recurrence "{rule[:80]}" repeats within the day, which no meeting does')
        until = re.search(r"UNTIL=([0-9TZ]+)", rule, re.IGNORECASE)
        if until:
            ends = _local(until.group(1))
            if until.group(1).upper().endswith("Z"):
                ends = ends.replace(tzinfo=UTC).astimezone(self._zone).replace(tzinfo=None)
            elif "T" not in until.group(1).upper():
                ends += timedelta(days=1, seconds=-1)
            rule = f"{rule[: until.start()]}UNTIL={ends:%Y%m%dT%H%M%S}{rule[until.end() :]}"
        try:
            every = rrulestr(rule.strip(), dtstart=self._local_start)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as trouble:
            raise _Unreadable(f'the recurrence "{rule[:80]}" cannot be read ({trouble})') from trouble
        starts: set[datetime] = set()
        beyond = 0
        for number, moment in enumerate(every):
            if number == MOST_REPEATS:
                raise _Unreadable(f'the recurrence "{rule[:80]}" repeats more than {MOST_REPEATS:,} times')
            start = moment.replace(tzinfo=self._zone).astimezone(UTC)
            if start > high:
                beyond += 1
                break
            if start < low:
                beyond += 1
            else:
                starts.add(start)
        return starts, beyond

    def _duration(self) -> timedelta:
        end, length = self._one("DTEND"), self._one("DURATION")
        if end is not None:
            return max(self._utc(end) - self._start, timedelta(0))
        found = DURATION.match(length.value.strip().upper()) if length else None
        if found:
            weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
            return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        return timedelta(days=1) if self.all_day else timedelta(0)

    def _moments(self, line: _Line) -> list[datetime]:
        """Moments of a list; of a period, its start."""
        values = [value.strip().split("/")[0] for value in line.value.split(",") if value.strip()]
        return [self._utc(_Line(line.parameters, value)) for value in values]

    def _utc(self, line: _Line) -> datetime:
        value = line.value.strip().upper()
        moment = _local(value)
        if value.endswith("Z"):
            return moment.replace(tzinfo=UTC)
        if "T" not in value:
            # A day is a day wherever one is.
            return moment.replace(tzinfo=UTC)
        return moment.replace(tzinfo=self._zone_of(line)).astimezone(UTC)

    def _zone_of(self, line: _Line) -> tzinfo:
        if line.value.strip().upper().endswith("Z") or "T" not in line.value.upper():
            return UTC
        name = line.parameters.get("TZID")
        if not name:
            return self._calendar.zone
        zone = _named_zone(name) or self._calendar.zones.get(name.strip().strip('"'))
        if zone is None:
            self._calendar.unknown.add(name)
            return UTC
        return zone

    def _one(self, name: str) -> _Line | None:
        found = self._properties.get(name)
        return found[0] if found else None

    def _text(self, name: str) -> str:
        line = self._one(name)
        return line.value.strip() if line else ""


def _parsed(line: str) -> tuple[str, _Line] | None:
    """Name and content of a line; None where it is no content line, such as the rest of a text that was not escaped."""
    name = re.match(r"[A-Za-z0-9-]+", line)
    if not name:
        return None
    parameters: dict[str, str] = {}
    rest = line[name.end() :]
    while rest.startswith(";"):
        found = re.match(r';([A-Za-z0-9-]+)=("[^"]*"|[^";:,]*)((?:,(?:"[^"]*"|[^";:,]*))*)', rest)
        if not found:
            # Outlook writes colons and semicolons without quotes: the value begins after the last colon.
            _, colon, value = rest.rpartition(":")
            return (name.group().upper(), _Line(parameters, value)) if colon else None
        parameters[found.group(1).upper()] = found.group(2).strip('"')
        rest = rest[found.end() :]
    return (name.group().upper(), _Line(parameters, rest[1:])) if rest.startswith(":") else None


def _local(value: str) -> datetime:
    """The moment as written, without its zone."""
    found = MOMENT.match(value.strip().upper())
    if not found:
        raise _Unreadable(f'"{value[:40]}" is not a date or a time of a calendar')
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    try:
        # Midnight is written as hour 24 of the day before as well, a leap second as second 60.
        return datetime(year, month, day) + timedelta(hours=min(hour, 24), minutes=minute, seconds=min(second, 59))
    except ValueError as trouble:
        raise _Unreadable(f'"{value[:40]}" is not a date or a time of a calendar') from trouble


def _told(component: _Component) -> str:
    """What may be shown of an event: not its words, and not its people."""
    parsed = ((line, _parsed(line)) for line in component.lines)
    lines = [line for line, found in parsed if found and found[0] in NEEDED and found[0] not in ("ATTENDEE", "ORGANIZER")]
    return shown("\n".join(lines).encode())


def _address(line: _Line | None) -> str:
    """The e-mail address of a person, from the value or, where that is something else, from the EMAIL parameter."""
    if line is None:
        return ""
    for text in (line.value, line.parameters.get("EMAIL", "")):
        found = ADDRESS.match(text.strip())
        if found:
            return found.group(1).lower()
    return ""


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
