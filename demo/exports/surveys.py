"""Survey answers as Delighted and Qualtrics export them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from demo.company import BASE62, DAY, END, LAST_DAY, START, seconds
from demo.exports.ledger import CsvExport, Ledger
from demo.plan import NO_THEME, PRODUCT_AREAS, THEMES, Ints, Plan
from demo.rng import Dice, mix, vectors
from demo.texts import Label

Tick = Callable[[int], None]
YEAR_END = seconds(date(2026, 1, 1))
DELIGHTED_HEADER = [
    *("ID", "Survey Type", "Score", "Comment", "Person ID", "Email", "Name", "Account ID", "Company", "Product Area"),
    *("Created At", "Updated At", "Permalink", "Tags", "Notes"),
]
UNKNOWN_COLUMN = "CSM Sentiment"
QUALTRICS_SYSTEM = {
    "StartDate": ("startDate", "Start Date"),
    "EndDate": ("endDate", "End Date"),
    "Status": ("status", "Response Type"),
    "IPAddress": ("ipAddress", "IP Address"),
    "Progress": ("progress", "Progress"),
    "Duration (in seconds)": ("duration", "Duration (in seconds)"),
    "Finished": ("finished", "Finished"),
    "RecordedDate": ("recordedDate", "Recorded Date"),
    "ResponseId": ("_recordId", "Response ID"),
    "RecipientLastName": ("recipientLastName", "Recipient Last Name"),
    "RecipientFirstName": ("recipientFirstName", "Recipient First Name"),
    "RecipientEmail": ("recipientEmail", "Recipient Email"),
    "ExternalReference": ("externalDataReference", "External Data Reference"),
    "LocationLatitude": ("locationLatitude", "Location Latitude"),
    "LocationLongitude": ("locationLongitude", "Location Longitude"),
    "DistributionChannel": ("distributionChannel", "Distribution Channel"),
    "UserLanguage": ("userLanguage", "User Language"),
}
LIKELY = "How likely is it that you would <strong>recommend</strong> Fernhollow\nto a friend or colleague?"
QUALTRICS_QUESTIONS = {
    "Q1_NPS_GROUP": ("QID1_NPS_GROUP", f"{LIKELY} - Group"),
    "Q1": ("QID1", LIKELY),
    "Q2": ("QID2_TEXT", "What’s the most important reason for your score?"),
    "Survey Wave": ("Survey Wave", "Survey Wave"),
}


def survey_key(plan: Plan, item: int) -> str:
    """The survey tool's id of an answer."""
    if plan.nps.source[item] == 0:
        return str(510_000_000 + item * 37)
    number = mix(plan.company.seed, "qualtrics", item)
    return "R_" + "".join(BASE62[number // 62**place % 62] for place in range(9)) + f"{item:06d}"


@dataclass(frozen=True, slots=True)
class _Respondent:
    name: tuple[str, str]
    email: str
    account_id: str
    company: str
    person_id: str


def _respondent(plan: Plan, item: int) -> _Respondent:
    """Who answered, and by what the answer can be linked: an account id, the mail domain, or the company's exact name."""
    company, account_index, number = plan.company, int(plan.nps.account[item]), int(plan.nps.person[item])
    if account_index < 0:
        person = company.stranger(number)
        return _Respondent((person.first_name, person.last_name), person.email, "", "", f"p{number}s")
    person, account = company.person(account_index, number), company.accounts[account_index]
    # Qualtrics carries no company name, so nobody there depends on it.
    way = mix(company.seed, "link", account_index, number) % (93 if plan.nps.source[item] else 100)
    email = person.email
    if way >= 93:
        email = company.stranger(account_index * 16 + number).email
    named = way < 60 or not account.has_website
    return _Respondent(
        (person.first_name, person.last_name),
        email.upper() if way % 20 == 0 else email,
        account.id if named else "",
        account.name if way % 3 or way >= 93 else "",
        f"p{account_index}x{number}",
    )


class _Faults:
    """Which answers are repeated, corrected later, or followed by an older version."""

    def __init__(self, plan: Plan, source: int, corrected: float, older: float, repeated: float) -> None:
        company = plan.company
        mine = np.flatnonzero((plan.nps.source == source) & (plan.nps.time < YEAR_END + 60 * DAY))
        order = [int(i) for i in mine[vectors(company.seed, "faults", source).random(len(mine)).argsort(kind="stable")]]
        a, b = company.count(corrected), company.count(corrected) + company.count(older)
        self.corrected = frozenset(order[:a])
        self.older = frozenset(order[a:b])
        self.repeated = frozenset(order[b : b + company.count(repeated)])


def _stale_score(score: int) -> int:
    return score - 3 if score >= 3 else score + 5


class Delighted:
    """Dashboard downloads: three windows that overlap, and a corrected file."""

    def __init__(self, plan: Plan, ledger: Ledger, label: Label, tick: Tick) -> None:
        self._plan = plan
        self._ledger = ledger
        self._label = label
        self._tick = tick
        self._items = np.flatnonzero(plan.nps.source == 0)
        self._faults = _Faults(plan, 0, corrected=15, older=5, repeated=12)

    def write(self) -> None:
        """Write every file."""
        overlap, quarter = seconds(date(2025, 12, 15)), seconds(date(2026, 4, 1))
        self._window("2025-12-31", START, YEAR_END, START, extra=False)
        self._window("2026-03-31", overlap, quarter, YEAR_END, extra=False)
        self._window(LAST_DAY.isoformat(), quarter, END + 1, quarter, extra=True)
        with self._open(f"{LAST_DAY.isoformat()}_corrected", extra=False) as out:
            for item in sorted(self._faults.corrected):
                out.row(self._cells(item), "superseded")
            for item in sorted(self._faults.older):
                out.row(self._cells(item, stale=True), "superseded")

    @contextmanager
    def _open(self, name: str, *, extra: bool) -> Iterator[CsvExport]:
        file = f"delighted/delighted_responses_{name}.csv"
        header = [*DELIGHTED_HEADER, UNKNOWN_COLUMN] if extra else DELIGHTED_HEADER
        with self._ledger.open(file) as stream:
            out = CsvExport(stream, self._ledger.count(file, "delighted.response"), [header], "utf-8", "\n", quote_all=False)
            yield out
            out.close()

    def _window(self, name: str, since: int, until: int, fresh_from: int, *, extra: bool) -> None:
        """One download; what happened before `fresh_from` was in the previous one too."""
        times = self._plan.nps.time[self._items]
        chosen = self._items[(times >= since) & (times < until)]
        with self._open(name, extra=extra) as out:
            self._bad_rows(out, name, extra)
            for place, item in enumerate(map(int, chosen)):
                fresh = bool(self._plan.nps.time[item] >= fresh_from)
                cells = self._cells(item, stale=item in self._faults.corrected, label=fresh)
                if extra:
                    cells.append(("green", "amber", "red", "")[item % 4])
                if fresh and not extra and place % 300 == 150 and item not in self._faults.corrected | self._faults.older:
                    # Short rows lose only cells that are empty anyway, so that a repetition in another file is still equal.
                    out.short(cells, 2)
                    continue
                out.row(cells, "new" if fresh else "duplicate")
                if fresh and item in self._faults.repeated:
                    out.row(cells, "duplicate")
                self._tick(1)

    def _bad_rows(self, out: CsvExport, name: str, extra: bool) -> None:
        faults = {
            "score_out_of_range": {2: "33"},
            "score_not_a_number": {2: "ten"},
            "date_out_of_range": {10: "9999-12-31 00:00:00 UTC"},
            "missing_key": {0: ""},
        }
        for number in range(self._plan.company.count(1)):
            base = [
                f"9{name.replace('-', '')}{number}",
                "nps",
                "7",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                f"{name} 09:00:00 UTC",
                "",
                "",
                "",
                "",
            ]
            base += [""] if extra else []
            for place, (reason, change) in enumerate(faults.items()):
                cells = [change.get(i, cell) for i, cell in enumerate(base)]
                cells[0] = cells[0] and f"{cells[0]}{place}"
                out.bad(cells, reason)
            wide = [*base, "pasted, over", "the edge"]
            wide[0] += "9"
            out.bad(wide, "too_many_cells")

    def _cells(self, item: int, *, stale: bool = False, label: bool = False) -> list[str]:
        """The cells of an answer; `stale` gives the version before its correction."""
        plan, nps = self._plan, self._plan.nps
        who = _respondent(plan, item)
        dice = Dice(plan.company.seed, "delighted", item)
        comment = ""
        if nps.wordy[item]:
            text = plan.text("nps", item)
            comment = text.body
            if label:
                self._label(item, text)
        theme = int(nps.theme[item])
        area = PRODUCT_AREAS[THEMES[theme]] if theme != NO_THEME and dice.chance(0.25) else ""
        created = int(nps.time[item])
        changed = item in self._faults.corrected or item in self._faults.older
        updated = min(END, created + 5 * DAY + dice.below(20 * DAY)) if changed and not stale else created
        score = int(nps.score[item])
        key = survey_key(plan, item)
        return [
            key,
            "nps",
            str(_stale_score(score) if stale else score),
            "" if stale and item % 2 else comment,
            who.person_id,
            who.email,
            " ".join(who.name),
            who.account_id,
            who.company,
            area,
            f"{_stamp(created)} UTC",
            f"{_stamp(updated)} UTC",
            f"https://delighted.example/r/{key}",
            "",
            "",
        ]


class Qualtrics:
    """One file per survey year, each in a zone of its own, with labels in the first and codes in the second; a redelivery."""

    def __init__(self, plan: Plan, ledger: Ledger, label: Label, tick: Tick) -> None:
        self._plan = plan
        self._ledger = ledger
        self._label = label
        self._tick = tick
        self._items = np.flatnonzero(plan.nps.source == 1)

    def write(self) -> None:
        """Write every file."""
        times = self._plan.nps.time[self._items]
        first, second = self._items[times < YEAR_END], self._items[times >= YEAR_END]
        # An edit in Qualtrics keeps the recorded date: the later delivery wins.
        edited = frozenset(int(i) for i in second[: self._plan.company.count(5)])
        repeated = [int(i) for i in second[self._plan.company.count(5) : self._plan.company.count(20)]]
        with self._open("Relationship+Survey+2025_January+8,+2026_10.15", "America/New_York") as out:
            self._answers(out, first, "America/New_York", coded=False, stale=frozenset())
            self._unreal(out, "America/New_York", coded=False, previews=3, unfinished=6)
            self._bad_rows(out)
        with self._open("Relationship+Survey+2026_June+28,+2026_18.00", "Europe/Berlin") as out:
            self._answers(out, second, "Europe/Berlin", coded=True, stale=edited)
            self._unreal(out, "Europe/Berlin", coded=True, previews=1, unfinished=4)
        with self._open("Relationship+Survey+2026_June+29,+2026_09.30", "Europe/Berlin") as out:
            for item in sorted(edited):
                out.row(self._cells(item, "Europe/Berlin", coded=True), "superseded")
            for item in repeated:
                out.row(self._cells(item, "Europe/Berlin", coded=True), "duplicate")

    @contextmanager
    def _open(self, name: str, zone: str) -> Iterator[CsvExport]:
        columns = QUALTRICS_SYSTEM | QUALTRICS_QUESTIONS
        ids = []
        for import_id, _ in columns.values():
            dated = import_id in ("startDate", "endDate", "recordedDate")
            ids.append(json.dumps({"ImportId": import_id, **({"timeZone": zone} if dated else {})}, separators=(",", ":")))
        header = [list(columns), [label for _, label in columns.values()], ids]
        file = f"qualtrics/{name}.csv"
        with self._ledger.open(file) as stream:
            out = CsvExport(stream, self._ledger.count(file, "qualtrics.response"), header, "utf-8", "\r\n", quote_all=False)
            yield out
            out.close()

    def _answers(self, out: CsvExport, items: Ints, zone: str, *, coded: bool, stale: frozenset[int]) -> None:
        for item in map(int, items):
            out.row(self._cells(item, zone, coded=coded, stale=item in stale, label=True))
            self._tick(1)

    def _unreal(self, out: CsvExport, zone: str, *, coded: bool, previews: int, unfinished: int) -> None:
        """Previews of the survey's author, and answers that were broken off before the first question."""
        company = self._plan.company
        for number in range(company.count(previews)):
            cells = self._frame(
                f"R_preview{coded:d}{number:08d}", START + 290 * DAY + number * 60, zone, coded=coded, preview=True
            )
            out.row([*cells, "3" if coded else "Promoter", "10", "Just a preview, not a customer", ""])
        for number in range(company.count(unfinished)):
            cells = self._frame(
                f"R_brokenoff{coded:d}{number:06d}", START + 310 * DAY + number * 90, zone, coded=coded, finished=False
            )
            out.row([*cells, "", "", "", ""])

    def _bad_rows(self, out: CsvExport) -> None:
        for number in range(self._plan.company.count(1)):
            for place, (reason, score) in enumerate((("score_out_of_range", "33"), ("score_not_a_number", "nine"))):
                frame = self._frame(f"R_bad{place}{number:010d}", START + 200 * DAY + number, "America/New_York", coded=False)
                out.bad([*frame, "", score, "", ""], reason)
            frame = self._frame(f"R_bad2{number:010d}", START + 200 * DAY + number, "America/New_York", coded=False)
            frame[7] = "9999-12-31 23:59:59"
            out.bad([*frame, "Passive", "8", "", ""], "date_out_of_range")

    def _frame(
        self,
        key: str,
        recorded: int,
        zone: str,
        *,
        coded: bool,
        preview: bool = False,
        finished: bool = True,
        who: _Respondent | None = None,
        language: str = "EN",
    ) -> list[str]:
        """The system columns of one response."""
        duration = 40 + mix(key) % 400
        address = "" if preview else f"198.51.100.{mix(key, 'ip') % 254 + 1}"
        who = who or _Respondent(("", ""), "", "", "", "")
        return [
            _local(recorded - duration, zone),
            _local(recorded, zone),
            ("1" if coded else "Survey Preview") if preview else ("0" if coded else "IP Address"),
            address,
            "100" if finished else "25",
            str(duration),
            ("1" if coded else "True") if finished else ("0" if coded else "False"),
            _local(recorded, zone),
            key,
            who.name[1],
            who.name[0],
            who.email,
            who.account_id,
            "51.4964",
            "-0.1224",
            "preview" if preview else "email",
            language,
        ]

    def _cells(self, item: int, zone: str, *, coded: bool, stale: bool = False, label: bool = False) -> list[str]:
        plan, nps = self._plan, self._plan.nps
        comment = ""
        if nps.wordy[item]:
            text = plan.text("nps", item)
            comment = text.body
            if label:
                self._label(item, text)
        score = int(nps.score[item])
        score = _stale_score(score) if stale else score
        group = 3 if score >= 9 else 2 if score >= 7 else 1
        who = _respondent(plan, item)
        language = ("EN", "DE", "FR", "ES")[nps.language[item]]
        frame = self._frame(survey_key(plan, item), int(nps.time[item]), zone, coded=coded, who=who, language=language)
        return [
            *frame,
            str(group) if coded else ("", "Detractor", "Passive", "Promoter")[group],
            str(score),
            comment,
            f"W{item % 4 + 1}",
        ]


def _local(moment: int, zone: str) -> str:
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


def _stamp(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")
