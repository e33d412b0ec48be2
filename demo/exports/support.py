"""Support as Zendesk exports it: one object per line from the admin page, then pages of the incremental API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from demo.company import DAY, END, Account, Company, Person, day_of, seconds
from demo.exports.ledger import FileCount, Kind, Ledger
from demo.plan import NO_THEME, PRODUCT_AREAS, THEMES, Ints, Plan
from demo.rng import Dice, vectors
from demo.texts import Label

Tick = Callable[[int], None]
Record = dict[str, Any]
HOST = "https://fernhollow.zendesk.example/api/v2"
FIRST_EXPORT = seconds(date(2026, 4, 1)) - 1
PAGE = 250
AREA_FIELD = 29_010_000_000_017
ORGANIZATION, USER, STRANGER, AGENT = 28_835_000_000_000, 29_100_000_000_000, 29_500_000_000_000, 29_900_000_000_000


def ticket_key(item: int) -> str:
    """Zendesk's number of a ticket."""
    return str(10_001 + item)


def deleted_tickets(plan: Plan) -> Ints:
    """Tickets that agents deleted after the first export."""
    old = np.flatnonzero(plan.tickets.time < FIRST_EXPORT - 30 * DAY)
    order = vectors(plan.company.seed, "deleted").random(len(old)).argsort(kind="stable")
    return np.sort(old[order][: plan.company.count(8)])


class Zendesk:
    """Writes every file of the help desk."""

    def __init__(self, plan: Plan, ledger: Ledger, label: Label, tick: Tick, deleted: Ints) -> None:
        self._plan = plan
        self._company: Company = plan.company
        self._ledger = ledger
        self._label = label
        self._tick = tick
        self._updated = self._changes()
        self._deleted = frozenset(map(int, deleted))
        self._updated[deleted] = FIRST_EXPORT + 5 * DAY + deleted * 977 % (60 * DAY)

    def write(self) -> None:
        """Write the full export, the incremental pages and those of a restarted run."""
        first, second = day_of(FIRST_EXPORT), day_of(END)
        self._lines(
            f"zendesk/{first}/organizations.ndjson", "organization", ((o, "new") for o in self._organizations(stale=True))
        )
        self._lines(f"zendesk/{first}/users.ndjson", "user", ((u, "new") for u in self._users(stale=True)))
        self._first_tickets(f"zendesk/{first}/tickets.ndjson")
        changed_organizations: list[tuple[Record, Kind]] = [
            (o, "superseded") for o in self._organizations(stale=False) if o["updated_at"] > _stamp(FIRST_EXPORT)
        ]
        self._page(f"zendesk/{second}/organizations_page_0001.json", "organizations", changed_organizations)
        changed_users: list[tuple[Record, Kind]] = [
            (u, "superseded") for u in self._users(stale=False) if u["updated_at"] > _stamp(FIRST_EXPORT)
        ]
        self._page(f"zendesk/{second}/users_page_0001.json", "users", changed_users)
        self._page(
            f"zendesk/{second}/satisfaction_ratings_page_0001.json",
            "satisfaction_ratings",
            ((r, "new") for r in self._ratings()),
        )
        self._ticket_pages(f"zendesk/{second}")
        self._restart(f"zendesk/{day_of(END + DAY)}_restart")

    def _changes(self) -> Ints:
        """When each ticket last changed: solved after hours to weeks, or still open."""
        time = self._plan.tickets.time
        draws = vectors(self._company.seed, "solving")
        delay = np.exp(draws.normal(10.6, 1.2, len(time))).astype(np.int64)
        done = time + delay
        return np.where(done <= END, done, np.minimum(time + 7_200, END))

    def _first_tickets(self, file: str) -> None:
        with self._ledger.open(file) as stream:
            count = self._ledger.count(file, "zendesk.ticket")
            for item in range(len(self._plan.tickets)):
                if self._plan.tickets.time[item] > FIRST_EXPORT:
                    break
                stream.write(_line(self._ticket(item, FIRST_EXPORT, label=True)))
                count.good()
                self._tick(1)
                if item % 800 == 400:
                    self._bad_lines(stream.write, count, item)

    def _bad_lines(self, write: Callable[[bytes], int], count: FileCount, item: int) -> None:
        whole = self._ticket(item, FIRST_EXPORT)
        write(_line(whole)[:317] + b"\n")
        count.broken("malformed_line")
        nameless = {**whole, "id": None}
        write(_line(nameless))
        count.broken("missing_key")
        if item == 400:
            write(_line({**whole, "id": 9_000_001, "created_at": "9999-01-01T00:00:00Z"}))
            count.broken("date_out_of_range")

    def _ticket_pages(self, folder: str) -> None:
        """Pages in order of change; each begins with the last record of the one before, as time-based exports do."""
        changed = np.flatnonzero(self._updated > FIRST_EXPORT)
        changed = changed[np.argsort(self._updated[changed], kind="stable")]
        pages = max(1, -(-len(changed) // PAGE))
        for page in range(pages):
            chosen = changed[page * PAGE : (page + 1) * PAGE]
            rows: list[tuple[Record, Kind]] = []
            if page:
                rows.append((self._ticket(int(changed[page * PAGE - 1]), END), "duplicate"))
            for item in map(int, chosen):
                known = self._plan.tickets.time[item] <= FIRST_EXPORT
                rows.append((self._ticket(item, END, label=not known), "superseded" if known else "new"))
                self._tick(1)
            self._page(f"{folder}/tickets_page_{page + 1:04d}.json", "tickets", rows, last=page == pages - 1)

    def _restart(self, folder: str) -> None:
        """A run that was started again: records that were delivered before, some in a version older than that."""
        solved = np.flatnonzero(
            (self._plan.tickets.time > FIRST_EXPORT) & (self._updated - self._plan.tickets.time > 8 * 3_600)
        )
        old, again = solved[: self._company.count(5)], solved[self._company.count(5) : self._company.count(25)]
        rows: list[tuple[Record, Kind]] = [
            (self._ticket(int(i), int(self._plan.tickets.time[i]) + 3_600), "superseded") for i in old
        ]
        rows += [(self._ticket(int(i), END), "duplicate") for i in again]
        self._page(f"{folder}/tickets_page_0001.json", "tickets", rows)

    def _lines(self, file: str, stream_name: str, records: Iterable[tuple[Record, Kind]]) -> None:
        with self._ledger.open(file) as stream:
            count = self._ledger.count(file, f"zendesk.{stream_name}")
            for record, kind in records:
                stream.write(_line(record))
                count.good(kind)

    def _page(self, file: str, name: str, records: Iterable[tuple[Record, Kind]], *, last: bool = True) -> None:
        """One response of the incremental API, written record by record."""
        with self._ledger.open(file) as stream:
            count = self._ledger.count(file, f"zendesk.{name[:-1]}")
            stream.write(f'{{"{name}":['.encode())
            end_time = 0
            for number, (record, kind) in enumerate(records):
                stream.write(b"," * bool(number) + _line(record)[:-1])
                end_time = max(end_time, int(record.get("generated_timestamp", 0)))
                count.good(kind)
            after = "null" if last else f'"{HOST}/incremental/{name}/cursor.json?cursor={end_time}"'
            stream.write(f'],"after_url":{after},"after_cursor":"{end_time}","end_of_stream":{json.dumps(last)}}}\n'.encode())

    def _ticket(self, item: int, moment: int, *, label: bool = False) -> Record:
        """A ticket as it stood at a moment; the 39 keys of a true record."""
        tickets = self._plan.tickets
        text = self._plan.text("support", item)
        if label:
            self._label(item, text)
        created, updated = int(tickets.time[item]), int(self._updated[item])
        status = self._status(item, created, updated)
        if updated > moment:
            # `moment` may be before the ticket was solved, or before it was deleted.
            status, updated = "open", min(created + 3_600, updated - 60)
        dice = Dice(self._company.seed, "ticket", item)
        account, requester = int(tickets.account[item]), self._requester(item)
        theme = int(tickets.theme[item])
        area = PRODUCT_AREAS[THEMES[theme]] if theme != NO_THEME and dice.chance(0.7) else None
        fields = [{"id": AREA_FIELD, "value": area}]
        good = int(tickets.tone[item]) >= 0 or dice.chance(0.6)
        rated = status in ("solved", "closed") and dice.chance(0.2)
        return {
            "url": f"{HOST}/tickets/{ticket_key(item)}.json",
            "id": int(ticket_key(item)),
            "external_id": None,
            "via": {"channel": dice.pick(("email", "web", "email", "api")), "source": {"from": {}, "to": {}, "rel": None}},
            "created_at": _stamp(created),
            "updated_at": _stamp(updated),
            "type": dice.pick(("question", "problem", "incident", None)),
            "subject": text.subject,
            "raw_subject": text.subject,
            "description": text.body,
            "priority": dice.pick(("low", "normal", "normal", "high", "urgent", None)),
            "status": status,
            "recipient": None,
            "requester_id": requester,
            "submitter_id": requester,
            "assignee_id": AGENT + item % 4,
            "organization_id": None if account < 0 else ORGANIZATION + account,
            "group_id": 28_835_740_822_676,
            "collaborator_ids": [],
            "follower_ids": [],
            "email_cc_ids": [],
            "forum_topic_id": None,
            "problem_id": None,
            "has_incidents": False,
            "is_public": True,
            "due_at": None,
            "tags": [f"area_{area}"] if area else [],
            "custom_fields": fields,
            "satisfaction_rating": {"score": ("good" if good else "bad") if rated else "unoffered"},
            "sharing_agreement_ids": [],
            "custom_status_id": 6_130_830_355_738,
            "fields": fields,
            "followup_ids": [],
            "ticket_form_id": 6_130_830_344_474,
            "brand_id": 6_130_830_354_842,
            "allow_channelback": False,
            "allow_attachments": True,
            "from_messaging_channel": False,
            "generated_timestamp": updated,
        }

    def _requester(self, item: int) -> int:
        account, number = int(self._plan.tickets.account[item]), int(self._plan.tickets.person[item])
        return STRANGER + number if account < 0 else USER + account * 16 + number

    def _status(self, item: int, created: int, updated: int) -> str:
        if item in self._deleted:
            return "deleted"
        if updated <= created + 7_200 and created > END - 30 * DAY:
            return ("open", "pending", "new")[item % 3]
        return "closed" if updated < END - 4 * DAY else "solved"

    def _organizations(self, *, stale: bool) -> Iterable[Record]:
        """Organizations of all customers, as they were at the first export or as they are now."""
        for account in self._company.customers:
            changed = account.index % 30 == 2
            updated = FIRST_EXPORT + 20 * DAY if changed and not stale else FIRST_EXPORT - 200 * DAY
            known_domain = account.organization_link == "domain" or account.index % 2 == 0
            domains = [account.domain] if known_domain and account.organization_link != "name" else []
            yield {
                "url": f"{HOST}/organizations/{ORGANIZATION + account.index}.json",
                "id": ORGANIZATION + account.index,
                "name": account.name if account.organization_link != "domain" else account.name.split()[0],
                # A free-mail domain that somebody added by mistake identifies nobody.
                "domain_names": [*domains, "gmail.com"] if account.index == 12 else domains,
                "external_id": account.id if account.organization_link == "external_id" else None,
                "details": "",
                "notes": "",
                "group_id": None,
                "shared_tickets": False,
                "shared_comments": False,
                "tags": ["key_account"] if changed and not stale else [],
                "organization_fields": {"plan": account.plan},
                "created_at": _stamp(account.created),
                "updated_at": _stamp(max(updated, account.created)),
                "deleted_at": None,
            }

    def _users(self, *, stale: bool) -> Iterable[Record]:
        for account in self._company.customers:
            for number in range(account.contacts):
                person = self._company.person(account.index, number)
                changed = not stale and (account.index + number) % 25 == 4
                yield self._user(USER + account.index * 16 + number, person, account, changed=changed)
        tickets = self._plan.tickets
        for item in np.flatnonzero(tickets.account < 0):
            number = int(tickets.person[item])
            yield self._user(STRANGER + number, self._company.stranger(number), None, changed=False)
        for number in range(4):
            agent = self._company.colleagues[number * 4 % len(self._company.colleagues)]
            yield self._user(AGENT + number, agent, None, changed=False, role="agent")

    def _user(self, key: int, person: Person, account: Account | None, *, changed: bool, role: str = "end-user") -> Record:
        created = account.created if account else FIRST_EXPORT - 400 * DAY
        return {
            "id": key,
            "url": f"{HOST}/users/{key}.json",
            "name": f"{person.first_name} {person.last_name}",
            "email": person.email,
            "created_at": _stamp(created),
            "updated_at": _stamp(FIRST_EXPORT + 30 * DAY if changed else max(created, FIRST_EXPORT - 300 * DAY)),
            "time_zone": "London",
            "iana_time_zone": "Europe/London",
            "phone": person.phone or None,
            "locale": "en-US",
            "organization_id": ORGANIZATION + account.index if account else None,
            "role": role,
            "active": True,
            "suspended": False,
            "tags": ["moved_team"] if changed else [],
            "external_id": person.id or None,
            "notes": None,
            "details": None,
            "user_fields": {},
        }

    def _ratings(self) -> Iterable[Record]:
        for item in range(len(self._plan.tickets)):
            dice = Dice(self._company.seed, "rating", item)
            if self._updated[item] <= END - 4 * DAY and dice.chance(0.18):
                good = int(self._plan.tickets.tone[item]) >= 0 or dice.chance(0.6)
                comment = dice.pick(("Quick, thanks", "", "", "Took a while", "Solved on first reply", "Not what was asked"))
                moment = _stamp(min(END, int(self._updated[item]) + 3_600 * dice.between(1, 40)))
                yield {
                    "url": f"{HOST}/satisfaction_ratings/{60_000_000 + item}.json",
                    "id": 60_000_000 + item,
                    "assignee_id": AGENT + item % 4,
                    "group_id": 28_835_740_822_676,
                    "requester_id": USER
                    + max(0, int(self._plan.tickets.account[item])) * 16
                    + int(self._plan.tickets.person[item]),
                    "ticket_id": int(ticket_key(item)),
                    "score": "good" if good else "bad",
                    "comment": comment or None,
                    "reason": None if good else "The issue took too long to resolve",
                    "reason_id": 29_007_440_423_316,
                    "created_at": moment,
                    "updated_at": moment,
                }


def _line(record: Record) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _stamp(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
