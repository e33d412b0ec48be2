"""Calendars of the company's own people, as any calendar program exports them (ICS): who met whom, and for how long.

Titles, descriptions and places of meetings are never read: hours and roles answer the questions that are asked.
"""

from connectors.spec import ExportSpec, Field

REFERENCE = "RFC 5545 (iCalendar); Google Takeout delivers a zip with one file per calendar (seen in true files)"
_SHARED = (
    # Google's ids look like addresses, and some programs' ids are made of one.
    Field("uid", "string", "Id of the event, equal in every guest's calendar", required=True, personal="identifier"),
    Field("occurrence", "timestamp", "Which occurrence: its start as first planned (RECURRENCE-ID), UTC", required=True),
)
_VERSION = (
    Field("status", "string", "confirmed, tentative or cancelled"),
    Field("revision", "string", "Hash of the event as delivered; attendances of another revision are out of date"),
    Field("updated_at", "timestamp", "When the event last changed (LAST-MODIFIED, else DTSTAMP)"),
)

EVENT = ExportSpec(
    vendor="calendar",
    stream="event",
    kind="org",
    description="One occurrence of an event; recurring ones are spread out around the moment of export.",
    reference=REFERENCE,
    formats=("ics",),
    files=("*.ics",),
    key=("uid", "occurrence"),
    cursor="updated_at",
    event_time="starts_at",
    tombstone=("status", ("cancelled",)),
    fields=(
        *_SHARED,
        Field("starts_at", "timestamp", "Start, UTC", required=True),
        Field("ends_at", "timestamp", "End, UTC", required=True),
        Field("all_day", "boolean", "Whether it has days instead of times"),
        Field("recurring", "boolean", "Whether it belongs to a series"),
        Field("is_exception", "boolean", "Whether it has a record of its own within its series"),
        Field("time_zone", "string", "Zone of its start"),
        Field("transparency", "string", "opaque (the time is taken) or transparent"),
        Field("categories", "string", "Categories, as delivered", personal="text"),
        Field("organizer", "string", "Address of the organiser", personal="email"),
        Field("attendees", "integer", "Number of invited people and rooms"),
        Field("sequence", "integer", "Revision number that the calendar counts"),
        Field("spread_from", "timestamp", "From when recurrences of this file are spread out"),
        Field("spread_to", "timestamp", "Until when recurrences of this file are spread out"),
        Field("created_at", "timestamp", "When the event was created"),
        *_VERSION,
    ),
    expected_every_days=31,
)
ATTENDANCE = ExportSpec(
    vendor="calendar",
    stream="attendance",
    kind="org",
    description="One person invited to one occurrence of an event, or who invites to it.",
    reference=REFERENCE,
    formats=("ics",),
    files=("*.ics",),
    key=("uid", "occurrence", "attendee"),
    cursor="updated_at",
    event_time="starts_at",
    tombstone=("status", ("cancelled",)),
    fields=(
        *_SHARED,
        Field("attendee", "string", "Address of the person or room", required=True, personal="email"),
        Field("starts_at", "timestamp", "Start, UTC", required=True),
        Field("response", "string", "accepted, declined, tentative or needs-action"),
        Field("participation", "string", "req-participant, opt-participant, chair or non-participant"),
        Field("attendee_kind", "string", "individual, group, resource or room"),
        Field("is_organizer", "boolean", "Whether this person invites"),
        *_VERSION,
    ),
    expected_every_days=31,
)

SPECS = (EVENT, ATTENDANCE)
