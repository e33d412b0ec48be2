"""Small faithful copies of the vendors' export APIs, served over real HTTP on the loopback address, with faults to plant."""

import base64
import gzip
import io
import json
import re
import threading
import zipfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class FakeClock:
    """Time that passes when somebody sleeps."""

    def __init__(self, now=NOW):
        self.at, self.slept = now, []

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)

    def elapsed(self):
        return self.at.timestamp()


class Answer:
    def __init__(self, body, status=200, headers=None, kind="application/json"):
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status, self.headers, self.kind = status, dict(headers or {}), kind


class Request:
    def __init__(self, method, target, headers, body):
        parts = urlsplit(target)
        self.method, self.path, self.headers = method, parts.path, headers
        self.query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self.body, self.text = body, body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.body or b"{}")


class Fake:
    """One vendor's API.

    `faults` maps the number of a request (from 1) to what goes wrong with it; `clock` is the server's own clock.
    """

    vendor = ""
    secrets = MappingProxyType({})
    section = ""
    table = ""

    def __init__(self):
        self.faults, self.requests, self.clock = {}, [], FakeClock()
        self.expired = False
        self.before = None
        self.released = threading.Event()

    def authorised(self, request):
        raise NotImplementedError

    def answer(self, request):
        raise NotImplementedError

    def expected(self):
        raise NotImplementedError

    def refuse(self):
        said = {"error": "invalid", "you_sent": next(reversed(self.secrets.values()))}
        return Answer(said, 401)

    def respond(self, request):
        if self.expired or not self.authorised(request):
            return self.refuse()
        if self.before:
            self.before(len(self.requests))
        return self.answer(request)

    @contextmanager
    def served(self):
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                request = Request(self.command, self.path, self.headers, body)
                fake.requests.append(request)
                fault = fake.faults.pop(len(fake.requests), "")
                if fault:
                    self.misbehave(fault, request)
                else:
                    self.give(fake.respond(request))

            do_GET = do_POST = handle_one  # noqa: N815 - names that the base class calls

            def misbehave(self, fault, request):
                if fault == "500":
                    self.give(Answer(b"<h1>Oops</h1>", 500, kind="text/html"))
                elif fault == "429":
                    self.give(Answer({}, 429, {"Retry-After": "7"}))
                elif fault == "429 date":
                    until = fake.clock.now() + timedelta(seconds=11)
                    self.give(Answer({}, 429, {"Retry-After": format_datetime(until, usegmt=True)}))
                elif fault == "429 hours":
                    self.give(Answer({}, 429, {"Retry-After": "7200"}))
                elif fault == "truncated":
                    self.give(fake.respond(request), cut=True)
                elif fault == "unframed":
                    self.give(fake.respond(request), cut=True, framed=False)
                elif fault == "slow":
                    answer = fake.respond(request)
                    self.head(answer, len(answer.body))
                    self.wfile.write(answer.body[: len(answer.body) // 2])
                    self.wfile.flush()
                    fake.released.wait(20)
                    self.close_connection = True
                else:
                    raise AssertionError(fault)

            def head(self, answer, length):
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.kind)
                if length is not None:
                    self.send_header("Content-Length", str(length))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def give(self, answer, *, cut=False, framed=True):
                self.head(answer, len(answer.body) if framed else None)
                self.wfile.write(answer.body[: len(answer.body) * 3 // 5] if cut else answer.body)
                if cut or not framed:
                    self.close_connection = True

            def date_time_string(self, timestamp=None):
                return format_datetime(fake.clock.now(), usegmt=True)

            def log_message(self, *args):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass

        server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            self.released.set()
            server.shutdown()
            server.server_close()


def basic(request, user, password):
    return request.headers.get("authorization") == "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Zendesk(Fake):
    vendor, table = "zendesk", "zendesk__ticket"
    secrets = MappingProxyType({"email": "ops@example.test", "token": "zd-secret-5f2e9a"})
    section = 'streams = ["ticket"]'
    size = 3

    def __init__(self, count=8):
        super().__init__()
        moments = {number: START + timedelta(hours=number) for number in range(1, count + 1)}
        self.records = [self.ticket(number, at) for number, at in moments.items()]
        self.users = [self.user(40 + number, at) for number, at in moments.items()]
        self.organizations = [self.organization(number, at) for number, at in moments.items()]
        self.loops = self.repeats = False

    def ticket(self, number, changed, subject="Help"):
        return {
            "id": number,
            "subject": f"{subject} {number}",
            "raw_subject": f"{subject} {number}",
            "description": "The export fails.",
            "status": "open",
            "requester_id": 40 + number,
            "created_at": iso(START),
            "updated_at": iso(changed),
            "generated_timestamp": int(changed.timestamp()),
            "tags": [],
            "custom_fields": [],
            "via": {"channel": "web"},
        }

    def user(self, number, changed):
        return {
            "id": number,
            "email": f"u{number}@example.test",
            "name": "Kim",
            "role": "end-user",
            "organization_id": number - 40,
            "active": True,
            "iana_time_zone": "Europe/Berlin",
            "created_at": iso(START),
            "updated_at": iso(changed),
        }

    def organization(self, number, changed):
        return {
            "id": number,
            "name": f"Company {number}",
            "domain_names": [f"c{number}.example"],
            "shared_tickets": False,
            "organization_fields": {},
            "created_at": iso(START),
            "updated_at": iso(changed),
            "deleted_at": None,
        }

    def change(self, number, moment):
        self.records = [r for r in self.records if r["id"] != number]
        self.records.append(self.ticket(number, moment, "Changed"))

    def authorised(self, request):
        return basic(request, f"{self.secrets['email']}/token", self.secrets["token"])

    def answer(self, request):
        if request.path == "/api/v2/incremental/organizations.json":
            return self.time_based(int(request.query["start_time"]))
        name = {
            "/api/v2/incremental/tickets/cursor.json": "tickets",
            "/api/v2/incremental/users/cursor.json": "users",
        }[request.path]
        stock = sorted(self.records if name == "tickets" else self.users, key=self.stamp)
        cursor = request.query.get("cursor")
        after = int(base64.b64decode(cursor).decode().split("#")[0]) if cursor else int(request.query["start_time"]) - 1
        there = [r for r in stock if self.stamp(r) > after]
        page = there[: self.size]
        last = self.stamp(page[-1]) if page else after
        if self.repeats and len(self.requests) == 2:
            # The page again that was given before, under a new cursor.
            return self.page(name, stock[: self.size], f"{after}#again", False)
        if self.loops and len(self.requests) >= 3:
            last = after
        return self.page(name, page, str(last), len(page) == len(there) and not self.loops)

    @staticmethod
    def stamp(record):
        return record.get("generated_timestamp") or int(datetime.fromisoformat(record["updated_at"]).timestamp())

    def time_based(self, since):
        """The next page begins with the second in which this one ended, and repeats its records."""
        there = [r for r in self.organizations if self.stamp(r) >= since]
        page = there[: self.size]
        ended = self.stamp(page[-1]) if page else since
        return Answer({"organizations": page, "end_time": ended, "end_of_stream": len(there) <= self.size, "count": len(page)})

    def page(self, name, page, mark, ended):
        cursor = base64.b64encode(mark.encode()).decode()
        return Answer({name: page, "after_cursor": cursor, "after_url": None, "before_cursor": None, "end_of_stream": ended})

    def expected(self):
        return {str(r["id"]) for r in self.records}


class HubSpot(Fake):
    vendor, table = "hubspot", "hubspot__company"
    secrets = MappingProxyType({"token": "pat-eu1-77c1d2e3"})
    section = 'streams = ["company"]'

    def __init__(self, count=230):
        super().__init__()
        self.records = {n: START + timedelta(minutes=n) for n in range(1, count + 1)}

    def authorised(self, request):
        return request.headers.get("authorization") == f"Bearer {self.secrets['token']}"

    # The property that tells of a change, and what an object holds; properties that it does not know it leaves out.
    objects = MappingProxyType(
        {
            "companies": (
                "hs_lastmodifieddate",
                {"name": "Company {n}", "domain": "c{n}.example", "industry": "SOFTWARE", "numberofemployees": "12"},
            ),
            "contacts": (
                "lastmodifieddate",
                {"email": "p{n}@c{n}.example", "firstname": "Kim", "lastname": "Doe", "associatedcompanyid": "{n}"},
            ),
            "deals": (
                "hs_lastmodifieddate",
                {
                    "dealname": "Deal {n}",
                    "dealstage": "closedwon",
                    "amount": "1200.50",
                    "closedate": "2026-02-01T00:00:00Z",
                    "hs_is_closed": "true",
                    "hs_is_closed_won": "true",
                },
            ),
            "notes": (
                "hs_lastmodifieddate",
                {"hs_note_body": "<p>They want <b>SSO</b></p>", "hs_timestamp": "2026-01-05T10:00:00Z"},
            ),
        }
    )

    def record(self, plural, number, wanted):
        changed, values = self.objects[plural]
        created = "hs_createdate" if plural == "notes" else "createdate"
        known = {name: value.format(n=number) for name, value in values.items()}
        known |= {changed: iso(self.records[number]), created: iso(START), "hs_object_id": str(number)}
        return {
            "id": str(number),
            "properties": {"hs_object_id": str(number)} | {name: known[name] for name in wanted if name in known},
            "createdAt": iso(START),
            "updatedAt": iso(self.records[number]),
            "archived": False,
        }

    def links(self, request):
        """Every fifth record belongs to no company, which is told as an error beside the answer."""
        asked = [int(one["id"]) for one in request.json["inputs"]]
        kind = {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": None}
        results = [{"from": {"id": str(n)}, "to": [{"toObjectId": n, "associationTypes": [kind]}]} for n in asked if n % 5]
        lonely = [str(n) for n in asked if not n % 5]
        none = {"subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND", "context": {"fromObjectId": lonely}}
        answer = {"status": "COMPLETE", "results": results} | ({"numErrors": len(lonely), "errors": [none]} if lonely else {})
        return Answer(answer, 207 if lonely else 200)

    def answer(self, request):
        assert request.method == "POST"
        if re.fullmatch(r"/crm/v4/associations/(deals|notes)/companies/batch/read", request.path):
            return self.links(request)
        plural = re.fullmatch(r"/crm/v3/objects/(\w+)/search", request.path)[1]
        filters = request.json["filterGroups"][0]["filters"]
        changed = self.objects[plural][0]
        asked = [(part["propertyName"], part["operator"]) for part in filters]
        if asked != [(changed, "GTE"), (changed, "LT"), ("hs_object_id", "GT")] or request.json["limit"] > 200:
            return Answer({"status": "error", "category": "VALIDATION_ERROR"}, 400)
        changed_from, changed_to, after = (int(part["value"]) for part in filters)
        found = [
            n
            for n, changed in sorted(self.records.items())
            if changed_from <= changed.timestamp() * 1000 < changed_to and n > after
        ]
        page = [self.record(plural, n, request.json["properties"]) for n in found[: request.json["limit"]]]
        return Answer({"total": len(found), "results": page})

    def change(self, number, moment):
        self.records[number] = moment

    def expected(self):
        return {str(n) for n in self.records}


class HubSpotExport(HubSpot):
    section = 'streams = ["company_export"]'

    def __init__(self):
        super().__init__(5)
        self.polls = 0

    def authorised(self, request):
        # The file lies behind a signed address of a store, and that store must not be shown the token.
        return request.path.startswith("/signed/") or super().authorised(request)

    def answer(self, request):
        if request.path.endswith(("/search", "/batch/read")):
            return super().answer(request)
        if request.path == "/crm/v3/exports/export/async":
            self.polls, self.kind = 0, request.json["objectType"]
            return Answer({"id": "77", "links": {}}, 202)
        if request.path == "/crm/v3/exports/export/async/tasks/77/status":
            self.polls += 1
            port = request.headers["host"].rsplit(":", 1)[1]
            done = self.polls > 1
            link = {"result": f"http://localhost:{port}/signed/file?sig=x"} if done else {}
            return Answer({"status": "COMPLETE" if done else "PROCESSING", **link})
        assert request.path == "/signed/file"
        assert "authorization" not in request.headers
        head, row = {
            "COMPANY": ("Company name,Company Domain Name", "Company {n},c{n}.example"),
            "DEAL": ("Deal Name,Deal Stage,Amount,Associated Company IDs", 'Deal {n},Closed Won,1200.50,"{n};{n}0"'),
        }[self.kind]
        rows = [f"{n},{row.format(n=n)},2026-01-02 10:00" for n in sorted(self.records)]
        text = "\n".join([f"Record ID,{head},Last Modified Date", *rows]) + "\n"
        return Answer(text.encode(), kind="text/csv")


class Delighted(Fake):
    vendor, table = "delighted", "delighted__response"
    secrets = MappingProxyType({"key": "dl-0a9b8c7d6e"})

    def __init__(self, count=250):
        super().__init__()
        self.records = {n: START + timedelta(minutes=n) for n in range(1, count + 1)}

    def authorised(self, request):
        return basic(request, self.secrets["key"], "")

    def answer(self, request):
        assert request.path == "/survey_responses.json"
        since, until = int(request.query["updated_since"]), int(request.query["updated_until"])
        found = [n for n, changed in sorted(self.records.items()) if since <= changed.timestamp() <= until]
        size, page = int(request.query["per_page"]), int(request.query["page"])
        return Answer([self.response(n) for n in found[(page - 1) * size : page * size]])

    def response(self, number):
        person = {"id": f"p{number}", "email": f"p{number}@example.test", "name": "Kim"}
        return {
            "id": f"r{number}",
            "person": person,
            "survey_type": "nps",
            "score": number % 11,
            "comment": "Fine.",
            "permalink": "https://example.test/r",
            "created_at": int(START.timestamp()),
            "updated_at": int(self.records[number].timestamp()),
            "person_properties": {},
            "notes": [],
            "tags": [],
            "additional_answers": [],
        }

    def change(self, number, moment):
        self.records[number] = moment

    def expected(self):
        return {f"r{n}" for n in self.records}


class Intercom(Fake):
    vendor, table = "intercom", "intercom__conversation"
    secrets = MappingProxyType({"token": "ic-dG9rOjEyMw"})
    section = 'streams = ["conversation"]'
    size = 3

    def __init__(self, count=8):
        super().__init__()
        self.records = {n: START + timedelta(minutes=n) for n in range(1, count + 1)}
        self.loops = False

    def authorised(self, request):
        return request.headers.get("authorization") == f"Bearer {self.secrets['token']}"

    def answer(self, request):
        assert request.method == "POST"
        kind, name = {"/conversations/search": ("conversation", "conversations"), "/contacts/search": ("contact", "data")}[
            request.path
        ]
        low, high = (part["value"] for part in request.json["query"]["value"])
        after = json.loads(base64.b64decode(request.json["pagination"].get("starting_after", "WzAsMF0=")))
        found = sorted((int(at.timestamp()), n) for n, at in self.records.items() if low < at.timestamp() < high)
        there = [pair for pair in found if list(pair) > after]
        page, more = there[: self.size], len(there) > self.size
        mark = after if self.loops and len(self.requests) > 1 else list(page[-1]) if page else after
        pages = {"type": "pages", "per_page": self.size, "total_pages": 3}
        if more or self.loops:
            pages["next"] = {"page": 2, "starting_after": base64.b64encode(json.dumps(mark).encode()).decode()}
        records = [getattr(self, kind)(n) for _, n in page]
        return Answer({"type": f"{kind}.list", "pages": pages, "total_count": len(found), name: records})

    def contact(self, number):
        return {
            "type": "contact",
            "id": str(number),
            "workspace_id": "w",
            "external_id": f"x{number}",
            "role": "user",
            "email": f"p{number}@c{number}.example",
            "owner_id": None,
            "signed_up_at": int(START.timestamp()),
            "companies": {"type": "list", "data": [{"type": "company", "id": f"co{number}"}], "total_count": 1},
            "created_at": int(START.timestamp()),
            "updated_at": int(self.records[number].timestamp()),
        }

    def conversation(self, number):
        return {
            "type": "conversation",
            "id": str(number),
            "created_at": int(START.timestamp()),
            "updated_at": int(self.records[number].timestamp()),
            "state": "open",
            "priority": "not_priority",
            "waiting_since": None,
            "source": {
                "subject": "",
                "body": "<p>Hello</p>",
                "author": {"type": "user", "id": "u1", "email": "u@example.test"},
            },
            "contacts": {"contacts": []},
            "tags": {"tags": []},
        }

    def change(self, number, moment):
        self.records[number] = moment

    def expected(self):
        return {str(n) for n in self.records}


class Slack(Fake):
    vendor, table, key = "slack", "slack__message", "ts"
    secrets = MappingProxyType({"token": "xoxb-12-fake-token"})
    size = 3

    def __init__(self):
        super().__init__()
        self.channels = [
            {
                "id": "C1",
                "name": "general",
                "is_member": True,
                "is_private": False,
                "created": 1,
                "is_archived": False,
                "is_general": True,
            },
            {"id": "C2", "name": "elsewhere", "is_member": False, "is_private": False, "created": 1},
            {"id": "C3", "name": "secret", "is_member": True, "is_private": True, "created": 1},
        ]
        first = (NOW - timedelta(days=3)).replace(hour=8)
        self.messages = {f"{int(first.timestamp()) + 3600 * n}.00010{n}": f"Message {n}" for n in range(8)}
        self.thread = sorted(self.messages)[2]
        self.replies = [f"{int(first.timestamp()) + 90_000 + n}.000200" for n in range(2)]
        self.loops = False

    def authorised(self, request):
        return request.headers.get("authorization") == f"Bearer {self.secrets['token']}"

    def refuse(self):
        return Answer({"ok": False, "error": "token_expired", "said": self.secrets["token"]})

    def answer(self, request):
        if request.path == "/conversations.list":
            kinds = request.query["types"].split(",")
            found = [c for c in self.channels if c["is_private"] is False or "private_channel" in kinds]
            return self.page({"channels": found}, "")
        if request.path == "/conversations.replies":
            thread, oldest = request.query["ts"], float(request.query.get("oldest", 0))
            # The message that began the thread comes with its replies however old it is.
            given = [{"type": "message", "user": "U2", "text": "Reply", "ts": ts, "thread_ts": thread} for ts in self.replies]
            return self.page({"messages": [self.message(thread), *(m for m in given if float(m["ts"]) >= oldest)]}, "")
        assert request.path == "/conversations.history"
        assert request.query["channel"] == "C1"
        oldest, latest = float(request.query["oldest"]), float(request.query["latest"])
        found = [ts for ts in sorted(self.messages, reverse=True) if oldest <= float(ts) <= latest]
        at = int(base64.b64decode(request.query["cursor"])) if "cursor" in request.query else 0
        page, following = found[at : at + self.size], at + self.size
        if self.loops and "cursor" in request.query:
            following = at
        cursor = base64.b64encode(str(following).encode()).decode() if following < len(found) else ""
        return self.page({"messages": [self.message(ts) for ts in page], "has_more": bool(cursor)}, cursor)

    def message(self, ts):
        threaded = (
            {"thread_ts": ts, "reply_count": len(self.replies), "latest_reply": self.replies[-1]} if ts == self.thread else {}
        )
        return {"type": "message", "user": "U1", "text": self.messages[ts], "ts": ts, **threaded}

    def page(self, content, cursor):
        return Answer({"ok": True, **content, "response_metadata": {"next_cursor": cursor}})

    def expected(self):
        return {*self.messages, *self.replies}


class Amplitude(Fake):
    vendor, table, key = "amplitude", "amplitude__event", "uuid"
    secrets = MappingProxyType({"key": "amp-key-1234", "secret": "amp-secret-9876"})

    def __init__(self):
        super().__init__()
        day = (NOW - timedelta(days=2)).replace(hour=0)
        self.events = {f"u{n}": day + timedelta(hours=5 * n, minutes=3) for n in range(9)}
        self.most_hours = 12

    def authorised(self, request):
        return basic(request, self.secrets["key"], self.secrets["secret"])

    def answer(self, request):
        assert request.path == "/api/2/export"
        start, end = (datetime.strptime(request.query[n], "%Y%m%dT%H").replace(tzinfo=UTC) for n in ("start", "end"))
        end += timedelta(hours=1)
        if end - start > timedelta(hours=self.most_hours):
            return Answer(b"too much", 504)
        found = [self.event(u, at) for u, at in self.events.items() if start <= at < min(end, self.clock.now())]
        if not found:
            return Answer(b"Raw data files were not found.", 404)
        lines = gzip.compress("".join(json.dumps(e) + "\n" for e in found).encode(), mtime=0)
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr(zipfile.ZipInfo(f"99/99_{start:%Y-%m-%d_%H}#0.json.gz"), lines)
        return Answer(target.getvalue(), kind="application/zip")

    def event(self, uuid, at):
        stamp = at.strftime("%Y-%m-%d %H:%M:%S.%f")
        return {
            "uuid": uuid,
            "event_time": stamp,
            "server_upload_time": stamp,
            "event_type": "report_exported",
            "user_id": "someone",
            "device_id": "d",
            "amplitude_id": 7,
            "session_id": -1,
            "$insert_id": uuid,
            "event_properties": {},
            "user_properties": {},
            "groups": {},
            "app": 99,
        }

    def add(self, name, moment):
        self.events[name] = moment

    def expected(self):
        return set(self.events)


class Mixpanel(Fake):
    vendor, table, key = "mixpanel", "mixpanel__event", "insert_id"
    secrets = MappingProxyType({"user": "svc.earshot.1", "secret": "mp-secret-4444"})
    section = 'parameters = { project_id = "123" }'

    def __init__(self):
        super().__init__()
        day = (NOW - timedelta(days=3)).replace(hour=0)
        self.events = {f"i{n}": day + timedelta(hours=8 * n) for n in range(9)}

    def authorised(self, request):
        return basic(request, self.secrets["user"], self.secrets["secret"])

    def answer(self, request):
        assert (request.path, request.query["project_id"]) == ("/api/2.0/export", "123")
        start, end = (datetime.strptime(request.query[n], "%Y-%m-%d").replace(tzinfo=UTC) for n in ("from_date", "to_date"))
        found = [(i, at) for i, at in self.events.items() if start <= at < end + timedelta(days=1) and at <= self.clock.now()]
        lines = "".join(json.dumps(self.event(i, at)) + "\n" for i, at in found)
        return Answer(lines.encode(), kind="text/plain")

    def event(self, key, at):
        return {
            "event": "Report exported",
            "properties": {
                "time": int(at.timestamp()),
                "distinct_id": "someone",
                "$insert_id": key,
                # NEL and LINE SEPARATOR end no line of NDJSON.
                "note": "a\u0085b\u2028c",
                "mp_processing_time_ms": int(at.timestamp() * 1000),
            },
        }

    def add(self, name, moment):
        self.events[name] = moment

    def expected(self):
        return set(self.events)


class Salesforce(Fake):
    vendor, table = "salesforce", "salesforce__account"
    secrets = MappingProxyType({"client_id": "3MVG9-client", "client_secret": "sf-client-secret-1"})
    section = 'streams = ["account"]\nparameters = { Account_fields = ", ARR__c" }'
    size = 3

    def __init__(self, count=8):
        super().__init__()
        self.records = {f"001{n:015d}": START + timedelta(hours=n) for n in range(1, count + 1)}
        self.jobs, self.tokens, self.issued = {}, set(), 0
        self.loops, self.ends_as = False, "JobComplete"

    def authorised(self, request):
        return request.path == "/services/oauth2/token" or request.headers.get("authorization", "")[7:] in self.tokens

    def answer(self, request):
        if request.path == "/services/oauth2/token":
            form = parse_qs(request.text)
            if [form[n][0] for n in ("client_id", "client_secret")] != list(self.secrets.values()):
                return Answer({"error": "invalid_client"}, 400)
            self.issued += 1
            self.tokens = {f"00D-access-token-{self.issued}"}
            return Answer({"access_token": next(iter(self.tokens)), "token_type": "Bearer"})
        if request.method == "POST":
            return self.start(request)
        job = request.path.split("/")[6]
        if job not in self.jobs:
            return Answer([{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}], 404)
        if not request.path.endswith("/results"):
            self.jobs[job][0] += 1
            done = self.jobs[job][0] > 1
            return Answer({"id": job, "state": self.ends_as if done else "InProgress", "errorMessage": "MALFORMED_QUERY"})
        at = int(base64.b64decode(request.query["locator"])) if "locator" in request.query else 0
        _, ids, columns, kind = self.jobs[job]
        following = at if self.loops and at else at + self.size
        locator = base64.b64encode(str(following).encode()).decode() if following < len(ids) else "null"
        rows = [columns, *([self.row(kind, key)[name] for name in columns] for key in ids[at : at + self.size])]
        text = "".join(",".join('"{}"'.format(cell.replace('"', '""')) for cell in row) + "\n" for row in rows)
        return Answer(text.encode(), 200, {"Sforce-Locator": locator}, "text/csv")

    # Prefix of its ids, and what its fields hold.
    objects = MappingProxyType(
        {
            "Account": (
                "001",
                {
                    **dict.fromkeys(("Website", "AnnualRevenue", "NumberOfEmployees", "ParentId", "OwnerId"), ""),
                    **{"Name": "Account {n}", "Type": "Customer", "Industry": "Software", "BillingCountry": "DE"},
                    **{"MasterRecordId": "", "ARR__c": "1200.5"},
                },
            ),
            "Contact": (
                "003",
                {
                    **{"AccountId": "001{n:0>15}", "FirstName": "Kim", "LastName": "Doe", "Email": "p{n}@c{n}.example"},
                    **dict.fromkeys(("Title", "Department", "Phone", "OwnerId"), ""),
                },
            ),
            "Opportunity": (
                "006",
                {
                    **{"AccountId": "001{n:0>15}", "Name": 'Deal, "big" {n}', "StageName": "Closed Won", "Amount": "5000.0"},
                    **{"Probability": "100.0", "CloseDate": "2026-01-31", "Type": "Renewal", "IsClosed": "true"},
                    **{"IsWon": "true", "OwnerId": ""},
                },
            ),
            "Task": (
                "00T",
                {
                    **{"AccountId": "001{n:0>15}", "Subject": "Call", "Description": "They want SSO,\nand soon."},
                    **{"ActivityDate": "2026-01-30", "Status": "Completed", "Type": "Call"},
                    **dict.fromkeys(("WhoId", "WhatId", "OwnerId"), ""),
                },
            ),
        }
    )

    def start(self, request):
        assert request.json["operation"] == "queryAll"
        query = re.fullmatch(
            r"SELECT (.+) FROM (\w+) WHERE SystemModstamp >= (\S+) AND SystemModstamp < (\S+)", request.json["query"]
        )
        columns, kind = query[1].split(", "), query[2]
        if not {*columns} <= {"Id", "SystemModstamp", "CreatedDate", "IsDeleted", *self.objects[kind][1]}:
            return Answer([{"errorCode": "INVALID_FIELD", "message": f"No such column on entity '{kind}'"}], 400)
        since, until = (datetime.fromisoformat(text) for text in query.groups()[2:])
        job = f"750{len(self.jobs)}"
        found = sorted(k for k, at in self.records.items() if since <= at < until)
        self.jobs[job] = [0, found, columns, kind]
        return Answer({"id": job, "state": "UploadComplete"})

    def row(self, kind, key):
        prefix, values = self.objects[kind]
        stamps = {"CreatedDate": iso(START), "SystemModstamp": f"{self.records[key]:%Y-%m-%dT%H:%M:%S}.000+0000"}
        own = {name: value.format(n=key[-2:]) for name, value in values.items()}
        return {"Id": prefix + key[3:], "IsDeleted": "false", **own, **stamps}

    def change(self, number, moment):
        self.records[f"001{number:015d}"] = moment

    def expected(self):
        return set(self.records)


class Qualtrics(Fake):
    vendor, table, key = "qualtrics", "qualtrics__response", "response_id"
    secrets = MappingProxyType({"token": "qx-token-31415926"})
    section = 'parameters = { surveys = ["SV_1", "SV_2"] }'

    def __init__(self):
        super().__init__()
        self.records = {s: {f"R_{s[-1]}{n}": START + timedelta(days=n) for n in range(4)} for s in ("SV_1", "SV_2")}
        self.jobs, self.ends_as = {}, "complete"

    def authorised(self, request):
        return request.headers.get("x-api-token") == self.secrets["token"]

    def answer(self, request):
        survey = request.path.split("/")[4]
        if request.method == "POST":
            job = f"ES_{len(self.jobs)}"
            asked = request.json
            window = [datetime.fromisoformat(asked[n]) for n in ("startDate", "endDate")]
            self.jobs[job] = [0, survey, window]
            return Answer({"result": {"progressId": job, "status": "inProgress", "percentComplete": 0.0}})
        name = request.path.split("/")[6]
        if request.path.endswith("/file"):
            return Answer(self.archive(self.jobs[name.removeprefix("file-")]), kind="application/zip")
        if name not in self.jobs:
            return Answer({"meta": {"error": {"errorMessage": "no such job"}}}, 404)
        self.jobs[name][0] += 1
        done = self.jobs[name][0] > 1
        result = {"status": self.ends_as if done else "inProgress", "percentComplete": 100.0 if done else 20.0}
        return Answer({"result": {**result, **({"fileId": f"file-{name}"} if done else {})}})

    def archive(self, job):
        _, survey, (since, until) = job
        found = {k: at for k, at in self.records[survey].items() if since <= at <= until}
        mark, stamped = '"{""ImportId"":""%s""}"', '"{""ImportId"":""%s"",""timeZone"":""UTC""}"'
        ids = ",".join([stamped % "startDate", stamped % "recordedDate", mark % "_recordId", mark % "QID1"])
        lines = [
            "StartDate,RecordedDate,ResponseId,Q1",
            '"Start Date","Recorded Date","Response ID","How likely are you to recommend us?"',
            ids,
        ]
        lines += [f"{at:%Y-%m-%d %H:%M:%S},{at:%Y-%m-%d %H:%M:%S},{k},9" for k, at in found.items()]
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr(zipfile.ZipInfo(f"Survey {survey}.csv"), "\r\n".join(lines) + "\r\n")
        return target.getvalue()

    def expected(self):
        return {key for survey in self.records.values() for key in survey}


FAKES = (Zendesk, HubSpot, HubSpotExport, Delighted, Intercom, Slack, Amplitude, Mixpanel, Salesforce, Qualtrics)


def since_of(fake):
    return "2026-02-24" if fake.vendor in ("amplitude", "mixpanel") else "2025-12-30"


def variables(fake):
    """Environment that holds the secrets of a fake."""
    return {f"FAKE_{fake.vendor}_{name}".upper(): value for name, value in fake.secrets.items()}


def write_workspace(root, fake, url):
    """A workspace whose only source is a fake API."""
    root.mkdir(exist_ok=True)
    secrets = ", ".join(f'{name} = "{variable}"' for name, variable in zip(fake.secrets, variables(fake), strict=True))
    (root / "earshot.toml").write_text(
        f'[sources.{fake.vendor}.api]\nbase_url = "{url}"\nsince = {since_of(fake)}\n'
        f"{fake.section}\nsecrets = {{ {secrets} }}\n"
    )
    (root / "inbox").mkdir(exist_ok=True)
    return root


def pull_workspace(root, now=NOW, **more):
    """One pull as `earshot pull` makes it, with a clock of its own."""
    from connectors.api.client import Clock, Patience
    from connectors.registry import load_specs
    from orchestration.pulling import pull_all
    from orchestration.resources import LogProgress
    from orchestration.settings import load_settings

    settings, clock = load_settings(root), FakeClock(now)
    specs = {table: spec for table, spec in load_specs().items() if spec.vendor in settings.apis}
    outcomes = pull_all(
        settings,
        specs,
        "test",
        LogProgress(),
        clock=Clock(clock.now, clock.sleep, clock.elapsed),
        patience=Patience(timeout=0.5),
        **more,
    )
    return outcomes, clock


def pull_and_die(root, environment, page, when):
    """Pulls and is killed at a page: when it has landed but is not loaded, or when it is loaded. For a process of its own."""
    import os
    import signal

    from orchestration import pulling

    os.environ.update(environment)
    real, done = pulling.load_file, [0]

    def dying(*arguments):
        done[0] += 1
        if done[0] == page and when == "landed":
            os.kill(os.getpid(), signal.SIGKILL)
        read = real(*arguments)
        if done[0] == page and when == "loaded":
            os.kill(os.getpid(), signal.SIGKILL)
        return read

    pulling.load_file = dying
    pull_workspace(root)
