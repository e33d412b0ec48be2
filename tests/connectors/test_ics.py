"""Calendars by hand: zones, folding, recurrences with their exceptions, and files that mean harm."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.landing import Landing
from connectors.parts import Limits
from connectors.reader import inspect, open_part
from connectors.registry import load_specs
from insights.redact import Redactor
from orchestration.protect import Protector
from orchestration.store import BuildStore

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "exports" / "ics"
# From the files' own descriptions: rows and rejects of the stream of events.
REAL_COUNTS = {
    "big_bad_calendar.ics": (0, 20),
    "bom_calendar.ics": (0, 0),
    "issue_722_timezone_transition_ambiguity.ics": (4, 0),
    "timezoned.ics": (1, 0),
}


def event(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])


def calendar(*events: str, head: str = "") -> str:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{''.join(events)}END:VCALENDAR\r\n"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def spread(read, deliver):
    """Events and attendances of a calendar, with what was refused and noted."""

    def read_it(text: str):
        reading = read(deliver(text, "calendar.ics"), "calendar")
        return (
            [row for row in reading.rows if "attendee" not in row],
            [row for row in reading.rows if "attendee" in row],
            reading,
        )

    return read_it


def starts(rows) -> list[datetime]:
    return [row["starts_at"] for row in rows]


def test_ten_o_clock_stays_ten_o_clock_when_the_clocks_change(spread):
    events, _, _ = spread(
        calendar(
            event(
                "UID:w",
                "DTSTAMP:20250501T000000Z",
                "DTSTART;TZID=America/New_York:20250303T100000",
                "DTEND;TZID=America/New_York:20250303T103000",
                "RRULE:FREQ=WEEKLY;COUNT=3",
            )
        )
    )
    # Clocks changed on 9 March: 15:00 UTC before, 14:00 UTC after.
    assert starts(events) == [at("2025-03-03T15:00"), at("2025-03-10T14:00"), at("2025-03-17T14:00")]
    assert {(row["ends_at"] - row["starts_at"]).seconds for row in events} == {1800}


def test_exceptions_replace_and_remove_occurrences_wherever_they_stand(spread):
    moved = event(
        "UID:s", "DTSTAMP:20250501T000000Z", "RECURRENCE-ID:20250305T090000Z", "DTSTART:20250306T120000Z", "DURATION:PT1H"
    )
    series = event(
        "UID:s",
        "DTSTAMP:20250501T000000Z",
        "DTSTART:20250303T090000Z",
        "DTEND:20250303T100000Z",
        "RRULE:FREQ=DAILY;UNTIL=20250307T090000Z",
        "EXDATE:20250304T090000Z,20250307T090000Z",
        "RDATE:20250310T090000Z",
    )
    expected = {
        (at("2025-03-03T09:00"), at("2025-03-03T09:00"), False),
        (at("2025-03-05T09:00"), at("2025-03-06T12:00"), True),
        (at("2025-03-06T09:00"), at("2025-03-06T09:00"), False),
        (at("2025-03-10T09:00"), at("2025-03-10T09:00"), False),
    }
    for text in (calendar(moved, series), calendar(series, moved)):
        events, _, _ = spread(text)
        assert {(row["occurrence"], row["starts_at"], row["is_exception"]) for row in events} == expected
        assert len(events) == len(expected)


@pytest.mark.parametrize(
    ("line", "head", "expected"),
    [
        ("DTSTART:20250701T090000Z", "", "2025-07-01T09:00"),
        ("DTSTART;TZID=Europe/Berlin:20250701T090000", "", "2025-07-01T07:00"),
        ("DTSTART;TZID=W. Europe Standard Time:20250701T090000", "", "2025-07-01T07:00"),
        ('DTSTART;TZID="/freeassociation.sourceforge.net/Europe/Berlin":20250701T090000', "", "2025-07-01T07:00"),
        ("DTSTART:20250701T090000", "X-WR-TIMEZONE:Europe/Berlin\r\n", "2025-07-01T07:00"),
        ("DTSTART:20250701T090000", "", "2025-07-01T09:00"),
        ("DTSTART;VALUE=DATE:20250701", "X-WR-TIMEZONE:Asia/Tokyo\r\n", "2025-07-01T00:00"),
        (
            "DTSTART;TZID=Ours:20250701T090000",
            "BEGIN:VTIMEZONE\r\nTZID:Ours\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0330\r\n"
            "TZOFFSETTO:+0330\r\nTZNAME:X\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n",
            "2025-07-01T05:30",
        ),
        ("DTSTART;TZID=../../etc/passwd:20250701T090000", "", "2025-07-01T09:00"),
    ],
)
def test_zones(spread, line, head, expected):
    events, _, _ = spread(calendar(event("UID:z", "DTSTAMP:20250601T000000Z", line), head=head))
    assert starts(events) == [at(expected)]


def test_an_unknown_zone_is_said(spread):
    _, _, reading = spread(calendar(event("UID:z", "DTSTART;TZID=Middle/Earth:20250701T090000")))
    assert {(d.kind, d.column) for d in reading.drift if d.kind == "unknown_zone"} == {("unknown_zone", "Middle/Earth")}


def test_people_behind_folded_quoted_and_foreign_lines(spread):
    _, people, reading = spread(
        calendar(
            event(
                "UID:p",
                "DTSTAMP:20250601T000000Z",
                "DTSTART:20250701T090000Z",
                'ATTENDEE;PARTSTAT=DECLINED;CN="Doe: Jane; x":mailto:jane.d',
                " oe@acme.example",
                "ATTENDEE;CN=Rä",
                "\tuber:MAILTO:R@Acme.example",
                'ATTENDEE;EMAIL="calendar@id.example":urn:uuid:1234',
                "ORGANIZER:mailto:r@acme.example",
                "DESCRIPTION:first",
                "ATTENDEES of the next line: none of ours",
                "BEGIN:VALARM",
                "ATTENDEE:mailto:alarm@acme.example",
                "END:VALARM",
            )
        )
    )
    assert {(row["attendee"], row["response"], row["is_organizer"]) for row in people} == {
        ("jane.doe@acme.example", "declined", False),
        ("r@acme.example", None, True),
        ("calendar@id.example", None, False),
    }
    assert not reading.rejects


def test_a_rule_without_end_is_bounded_and_said(spread):
    events, _, reading = spread(
        calendar(event("UID:d", "DTSTAMP:20250601T000000Z", "DTSTART:19900101T090000Z", "RRULE:FREQ=DAILY"))
    )
    assert starts(events)[0] == at("2022-05-30T09:00")
    assert starts(events)[-1] == at("2025-08-31T09:00")
    assert len(events) == (starts(events)[-1] - starts(events)[0]).days + 1
    assert [d.kind for d in reading.drift] == ["bounded_recurrence"]


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:20250701T090000Z",),
        ("UID:x",),
        ("UID:x", "DTSTART:yesterday"),
        ("UID:x", "DTSTART:20250231T090000Z"),
        ("UID:x", "DTSTART:20250701T090000Z", "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"),
        ("UID:x", "DTSTART:20250701T090000Z", "RRULE:FREQ=SOMETIMES"),
        ("UID:x", "DTSTART:20250701T090000Z", "RRULE:"),
        ("UID:x", "DTSTART:17000101T090000Z", "RRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5,6,7,8,9,10"),
    ],
)
def test_a_broken_event_is_refused_alone_with_its_line(spread, lines):
    good = event("UID:good", "DTSTART:20250702T090000Z", "DTSTAMP:20250701T000000Z")
    events, _, reading = spread(calendar(good, event(*lines, "SUMMARY:Secret plan of Jane")))
    assert [row["uid"] for row in events] == ["good"]
    assert [reject["line"] for reject in reading.rejects] == [8]
    assert "Secret" not in reading.rejects[0]["raw"]


def test_a_file_that_ends_within_an_event_says_so(spread):
    text = calendar(event("UID:a", "DTSTART:20250701T090000Z"), event("UID:b", "DTSTART:20250701T090000Z"))
    events, _, reading = spread(text[: text.index("UID:b") + 4])
    assert [row["uid"] for row in events] == ["a"]
    assert "cut off" in reading.rejects[0]["reason"]


def test_other_text_is_no_calendar(read, deliver):
    reading = read(deliver("BEGIN:VCARD\r\nEND:VCARD\r\n", "x.ics"), "calendar")
    assert not reading.parts
    assert reading.unrecognised


def _loaded(tmp_path: Path, files: dict[str, bytes]) -> BuildStore:
    inbox = tmp_path / "inbox" / "calendar"
    inbox.mkdir(parents=True)
    for name, content in files.items():
        (inbox / name).write_bytes(content)
    specs = [spec for spec in load_specs().values() if spec.vendor == "calendar"]
    store = BuildStore(tmp_path / "build.duckdb")
    store.prepare(specs)
    landing = Landing(tmp_path / "landing")
    landing.collect(inbox.parent, ["calendar"])
    for delivery in landing.deliveries():
        store.load_delivery(
            delivery,
            inspect(delivery.path, delivery.name, specs, Limits()),
            open_part=lambda part, path=delivery.path: open_part(path, part, Limits()),
            protector=Protector("salt", Redactor()),
            batch="b",
        )
    return store


@pytest.mark.skipif(not REAL.is_dir(), reason="the files of others are not here")
def test_real_calendars_balance(tmp_path):
    store = _loaded(tmp_path, {path.name: path.read_bytes() for path in sorted(REAL.glob("*.ics"))})
    balances = store.reconcile()
    assert all(balance.agrees for balance in balances)
    counted = {b.file.split("/")[-1]: (b.rows_loaded, b.rows_quarantined) for b in balances if b.stream == "event"}
    assert counted == REAL_COUNTS


def test_no_address_or_title_is_stored(tmp_path):
    text = calendar(
        event(
            "UID:p",
            "DTSTAMP:20250601T000000Z",
            "DTSTART:20250701T090000Z",
            "SUMMARY:Jane and the acquisition",
            "ORGANIZER:mailto:jane@acme.example",
            "ATTENDEE:mailto:JANE@acme.example",
            "ATTENDEE:mailto:bob@customer.example",
        )
    )
    packed = tmp_path / "takeout.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("Takeout/Calendar/jane@acme.example.ics", text)
    store = _loaded(tmp_path, {"takeout.zip": packed.read_bytes(), "again.ics": text.encode()})
    with store.connect() as con:
        stored = str([con.execute(f"from raw.calendar__{s}").fetchall() for s in ("event", "attendance")])
        domains = con.execute("select attendee_domain, is_organizer from raw.calendar__attendance order by 1").fetchall()
    assert domains == [("acme.example", True), ("customer.example", False)]
    assert "acquisition" not in stored
    assert "jane@acme.example" not in stored.lower().replace("takeout/calendar/jane@acme.example.ics", "")
    # The second delivery is the same calendar: one event and its two people.
    assert sum(b.rows_duplicate for b in store.reconcile()) == 3
