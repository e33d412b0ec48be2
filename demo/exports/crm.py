"""The CRM as Salesforce's weekly data export writes it: two full snapshots and a file that was sent again by mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import IO

from demo.company import DAY, END, Account, Company, Deal, day_of, salesforce_id, seconds
from demo.exports.ledger import CsvExport, Kind, Ledger, member
from demo.plan import Plan
from demo.rng import mix
from demo.texts import Label

Tick = Callable[[int], None]
FIRST_EXPORT = seconds(date(2026, 6, 14))
NO_ID = "000000000000000AAA"
TYPES = {"customer": "Customer", "churned": "Former Customer", "prospect": "Prospect"}
COMMON = ("OwnerId", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")
COLUMNS: dict[str, tuple[str, ...]] = {
    "Account": (
        *("Id", "IsDeleted", "MasterRecordId", "Name", "Type", "ParentId", "BillingStreet", "BillingCity", "BillingCountry"),
        *("Phone", "Website", "Industry", "AnnualRevenue", "NumberOfEmployees", "CurrencyIsoCode", *COMMON, "LastActivityDate"),
        *("ARR__c", "Segment__c", "Plan__c", "Region__c", "Renewal_Date__c"),
    ),
    "Contact": (
        *("Id", "IsDeleted", "AccountId", "FirstName", "LastName", "Title", "Department", "Phone", "Email", "ReportsToId"),
        *COMMON,
    ),
    "Opportunity": (
        *("Id", "IsDeleted", "AccountId", "Name", "StageName", "Amount", "Probability", "CloseDate", "Type", "NextStep"),
        *(
            "LeadSource",
            "IsClosed",
            "IsWon",
            "ForecastCategoryName",
            "CurrencyIsoCode",
            "CampaignId",
            *COMMON,
            "Loss_Reason__c",
        ),
    ),
    "Task": (
        *("Id", "IsDeleted", "WhoId", "WhatId", "AccountId", "Subject", "ActivityDate", "Status", "Priority", "IsClosed"),
        *("Description", "Type", "CallDurationInSeconds", *COMMON),
    ),
    "User": (
        *("Id", "Username", "FirstName", "LastName", "Email", "Title", "Department", "Division", "IsActive"),
        *("TimeZoneSidKey", "UserRoleId", "ManagerId", "ProfileId", "CreatedDate", "LastModifiedDate", "SystemModstamp"),
    ),
}


def note_key(item: int) -> str:
    """Salesforce id of the task that carries a note."""
    return salesforce_id("00T", 80_000 + item)


class Salesforce:
    """Writes every file of the CRM."""

    def __init__(self, plan: Plan, ledger: Ledger, label: Label, tick: Tick) -> None:
        self._plan = plan
        self._company: Company = plan.company
        self._ledger = ledger
        self._label = label
        self._tick = tick

    def write(self) -> None:
        """Write both snapshots and the late file."""
        for name in COLUMNS:
            file = f"salesforce/{day_of(FIRST_EXPORT)}/{name}.csv"
            with self._ledger.open(file) as stream:
                self._object(name, stream, file, FIRST_EXPORT, first=True)
        zipped = f"salesforce/{day_of(END)}/WE_{salesforce_id('00D', 5_151)}_1.zip"
        with self._ledger.archive(zipped) as archive:
            for name in COLUMNS:
                with member(archive, f"{name}.csv", deflate=True) as stream:
                    self._object(name, stream, f"{zipped}!{name}.csv", END, first=False)
        self._sent_again()

    def _object(self, name: str, stream: IO[bytes], file: str, moment: int, *, first: bool) -> None:
        with self._csv(name, stream, file) as out:
            writers: dict[str, Callable[[CsvExport, int, bool], None]] = {
                "Account": self._accounts,
                "Contact": self._contacts,
                "Opportunity": self._opportunities,
                "Task": self._tasks,
                "User": self._users,
            }
            writers[name](out, moment, first)

    @contextmanager
    def _csv(self, name: str, stream: IO[bytes], file: str) -> Iterator[CsvExport]:
        count = self._ledger.count(file, f"salesforce.{name.lower()}")
        out = CsvExport(stream, count, [COLUMNS[name]], "cp1252", "\n", quote_all=True)
        yield out
        out.close()

    def _accounts(self, out: CsvExport, moment: int, first: bool) -> None:
        for account in self._company.accounts:
            changed = account.updated > FIRST_EXPORT
            out.row(self._account(account, moment), "new" if first else "superseded" if changed else "duplicate")

    def _account(self, account: Account, moment: int) -> Sequence[object]:
        late = account.updated > moment
        left = account.stage == "churned" and not late
        updated = max(account.created, account.updated - 60 * DAY) if late else account.updated
        street = f"{mix(account.index, 'street') % 90 + 1} Example Street"
        return [
            *(
                account.id,
                "0",
                NO_ID,
                account.name,
                TYPES["customer" if late and account.is_customer else account.stage],
                NO_ID,
                street,
            ),
            *(account.city, account.country, f"+1 202 555 01{mix(account.index, 'phone') % 100:02d}"),
            f"https://www.{account.domain}" if account.has_website else "",
            *(account.industry, account.employees * 90_000, account.employees, "EUR"),
            *self._common(account.owner, account.created, updated),
            f"{day_of(updated)} 00:00:00",
            *(
                ("" if account.stage == "prospect" else round(account.arr * 0.93, -2) if late and not left else account.arr),
                account.segment,
            ),
            *(account.plan, account.region, f"{account.renewal} 00:00:00" if account.stage == "customer" else ""),
        ]

    def _contacts(self, out: CsvExport, moment: int, first: bool) -> None:
        for account in self._company.accounts:
            for number in range(account.contacts):
                person = self._company.person(account.index, number)
                created = account.created + number * DAY
                reports_to = self._company.person(account.index, 0).id if number else NO_ID
                row = [
                    *(
                        person.id,
                        "0",
                        account.id,
                        person.first_name,
                        person.last_name,
                        person.title,
                        "Operations",
                        person.phone,
                    ),
                    *(person.email, reports_to, *self._common(account.owner, created, created)),
                ]
                out.row(row, "new" if first else "duplicate")

    def _opportunities(self, out: CsvExport, moment: int, first: bool) -> None:
        for deal in self._company.all_deals():
            if deal.created <= moment:
                seen = deal.created <= FIRST_EXPORT and not first
                kind: Kind = "new" if not seen else "superseded" if deal.updated > FIRST_EXPORT else "duplicate"
                out.row(self._opportunity(deal, early=deal.updated > moment), kind)
        if not first:
            for number in range(self._company.count(1)):
                self._bad_opportunities(out, number)

    def _bad_opportunities(self, out: CsvExport, number: int) -> None:
        deal = next(self._company.all_deals())
        for place, (reason, column, value) in enumerate(
            (("date_out_of_range", "CloseDate", "9999-12-31 00:00:00"), ("amount_not_a_number", "Amount", "tbd"))
        ):
            row = list(self._opportunity(deal, early=False))
            row[0] = salesforce_id("006", 90_000_000 + number * 2 + place)
            row[COLUMNS["Opportunity"].index(column)] = value
            out.bad(row, reason)

    def _opportunity(self, deal: Deal, *, early: bool) -> Sequence[object]:
        """The cells of a deal; `early` gives an open version from soon after it was created."""
        account = self._company.accounts[deal.account]
        closed, won = deal.is_closed and not early, deal.stage == "Closed Won" and not early
        stage = "Qualification" if early else deal.stage
        chance = 100 if won else 0 if closed else {"Prospecting": 10, "Qualification": 20, "Proposal": 50}.get(stage, 75)
        updated = min(deal.created + 3 * DAY, deal.updated - 3_600) if early else deal.updated
        forecast = "Closed" if won else "Omitted" if closed else "Pipeline"
        return [
            *(deal.id, "0", account.id, deal.name, stage, f"{deal.amount}.0", f"{chance}.0", f"{day_of(deal.closes)} 00:00:00"),
            *(deal.kind, "", ("Web", "Referral", "Event")[deal.number % 3], int(closed), int(won), forecast, "EUR", NO_ID),
            *(*self._common(account.owner, deal.created, max(updated, deal.created)), "" if early else deal.loss_reason),
        ]

    def _tasks(self, out: CsvExport, moment: int, first: bool) -> None:
        notes = self._plan.notes
        for item in range(len(notes)):
            created = int(notes.time[item])
            if created > moment:
                break
            out.row(
                self._task(item, label=first or created > FIRST_EXPORT),
                "new" if first or created > FIRST_EXPORT else "duplicate",
            )
            self._tick(1)
        for number in range(self._company.count(60)):
            # Logged e-mails without a note.
            account = self._company.accounts[number % len(self._company.accounts)]
            created = account.since + (mix("mail", number) % 300 if account.stage == "churned" else number % 200) * DAY // 2
            if created <= FIRST_EXPORT or not first:
                key = salesforce_id("00T", 70_000_000 + number)
                row = [
                    key,
                    "0",
                    NO_ID,
                    account.id,
                    account.id,
                    "Email: follow-up",
                    f"{day_of(created)} 00:00:00",
                    "Completed",
                    "Normal",
                ]
                row += ["1", "", "Email", "", *self._common(account.owner, created, created)]
                out.row(row, "new" if first or created > FIRST_EXPORT else "duplicate")

    def _task(self, item: int, *, label: bool) -> Sequence[object]:
        notes, company = self._plan.notes, self._company
        account = company.accounts[int(notes.account[item])]
        text = self._plan.text("sales", item)
        if label:
            self._label(item, text)
        created, deal = int(notes.time[item]), int(notes.deal[item])
        what = salesforce_id("006", account.index * 16 + deal + 31_000) if deal >= 0 else account.id
        kind = ("Call", "Meeting", "Call", "Other")[item % 4]
        return [
            *(
                note_key(item),
                "0",
                company.person(account.index, int(notes.person[item])).id,
                what,
                account.id,
                text.subject or "Note",
            ),
            *(
                f"{day_of(created)} 00:00:00",
                "Completed",
                "Normal",
                "1",
                text.body,
                kind,
                60 * (item % 50) if kind == "Call" else "",
            ),
            *self._common(account.owner, created, created),
        ]

    def _users(self, out: CsvExport, moment: int, first: bool) -> None:
        for number, person in enumerate(self._company.colleagues):
            created = f"2023-02-{number % 27 + 1:02d} 09:00:00"
            row = [
                *(person.id, person.email, person.first_name, person.last_name, person.email, person.title),
                *(
                    "Support" if "Support" in person.title else "Customer Success" if "Success" in person.title else "Sales",
                    "EMEA",
                    "1",
                ),
                *(
                    "Europe/London",
                    NO_ID,
                    NO_ID if number == 0 else self._company.colleagues[0].id,
                    NO_ID,
                    created,
                    created,
                    created,
                ),
            ]
            out.row(row, "new" if first else "duplicate")

    def _sent_again(self) -> None:
        """A file with versions of deals that are older than what was delivered weeks before."""
        file = f"salesforce/{day_of(END + DAY)}_resend/Opportunity.csv"
        wanted = self._company.count(5)
        with self._ledger.open(file) as stream, self._csv("Opportunity", stream, file) as out:
            for deal in self._company.all_deals():
                if deal.is_closed and deal.created + 10 * DAY < deal.updated <= FIRST_EXPORT and wanted:
                    out.row(self._opportunity(deal, early=True), "superseded")
                    wanted -= 1

    def _common(self, owner: int, created: int, updated: int) -> tuple[str, ...]:
        owner_id = self._company.colleagues[owner % len(self._company.colleagues)].id
        return owner_id, _stamp(created), owner_id, _stamp(updated), owner_id, _stamp(updated)


def _stamp(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")
