"""Exports that no one here wrote, landed and loaded like a workspace's inbox, beside a count by the standard library alone."""

import csv
import json
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from simulated import load

EXPORTS = Path(__file__).parents[2] / "shared" / "data" / "exports"
pytestmark = pytest.mark.skipif(not EXPORTS.is_dir(), reason=f"real exports are not beside this repository, at {EXPORTS}")


@dataclass(frozen=True)
class Real:
    """A file whose licence lets tests read it, and the names its own columns go by."""

    file: str
    stream: str
    key: str
    cursor: str | None = None
    deleted: tuple[str, str] | None = None
    second_header: bool = False

    @property
    def vendor(self) -> str:
        return self.file.partition("/")[0]

    def records(self) -> list[dict[str, str]]:
        path = EXPORTS / self.file
        if path.suffix == ".json":
            return json.loads(path.read_text("utf-8"))["data"]
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))[1 if self.second_header else 0 :]

    def current(self) -> dict[str, dict[str, str]]:
        """The newest version of each key."""
        newest: dict[str, dict[str, str]] = {}
        for record in sorted(self.records(), key=lambda record: record[self.cursor] if self.cursor else ""):
            newest[record[self.key]] = record
        return newest

    def withdrawn(self) -> int:
        if not self.deleted:
            return 0
        column, value = self.deleted
        return sum(record[column].lower() == value for record in self.current().values())


REAL = [
    Real("hubspot/fivetran_company_data.csv", "company", "id", deleted=("is_deleted", "true")),
    Real("hubspot/fivetran_deal_data.csv", "deal", "deal_id", deleted=("is_deleted", "true")),
    Real("intercom/fivetran_conversation_history_data.csv", "conversation", "id", cursor="updated_at"),
    Real("linear/linear_export_25col_2023.csv", "issue", "ID"),
    Real("salesforce/fivetran_sf_account_data.csv", "account", "id", deleted=("is_deleted", "true")),
    Real("salesforce/sfdc_workshop_Account.csv", "account", "Id", deleted=("IsDeleted", "true")),
    Real("salesforce/fivetran_sf_opportunity_data.csv", "opportunity", "id", deleted=("is_deleted", "true")),
    Real("salesforce/sfdc_workshop_Opportunity.csv", "opportunity", "Id", deleted=("IsDeleted", "true")),
    Real("surveymonkey/steak-risk-survey.csv", "response", "RespondentID", second_header=True),
    Real("surveymonkey/api_v3_responses_bulk.json", "response", "id"),
    Real("zendesk/fivetran_organization_data.csv", "organization", "id"),
    Real("zendesk/fivetran_ticket_data.csv", "ticket", "id", deleted=("status", "deleted")),
]
BLANK_CALENDAR = "ics/big_bad_calendar.ics"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    for vendor, file in [(real.vendor, real.file) for real in REAL] + [("calendar", BLANK_CALENDAR)]:
        place = folder / "inbox" / vendor
        place.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(EXPORTS / file, place / Path(file).name)
    return load(folder / "inbox", folder / "build.duckdb", folder, {real.vendor for real in REAL} | {"calendar"})


@pytest.fixture(scope="module")
def ledger(store):
    return {(balance.file, balance.stream): balance for balance in store.reconcile()}


def test_the_ledger_of_real_files_balances_and_agrees_with_a_recount(ledger):
    assert {file for file, _ in ledger} >= {real.file for real in REAL}
    assert [balance for balance in ledger.values() if not balance.agrees] == []


@pytest.mark.parametrize("real", REAL, ids=[real.file for real in REAL])
def test_each_real_file_is_booked_as_the_standard_library_counts_it(ledger, real):
    booked = ledger[real.file, real.stream]
    records, current = len(real.records()), len(real.current())
    assert records > 0
    assert (booked.rows_read, booked.rows_loaded, booked.rows_superseded) == (records, current, records - current)
    assert (booked.rows_duplicate, booked.rows_quarantined) == (0, 0)


def test_current_records_and_withdrawn_ones_are_those_of_the_files(store):
    written: dict[str, Counter] = {}
    for real in REAL:
        counts = written.setdefault(f"{real.vendor}__{real.stream}", Counter())
        counts.update(rows=len(real.current()), withdrawn=real.withdrawn())
    assert sum(counts["withdrawn"] for counts in written.values()) > 0
    with store.connect() as connection:
        for table, counts in written.items():
            found = connection.execute(f"select count(*), count(*) filter (_deleted) from raw.{table}").fetchone()
            assert found == (counts["rows"], counts["withdrawn"]), table


def test_the_newest_version_of_a_conversation_is_the_one_that_counts(store):
    (real,) = (real for real in REAL if real.cursor)
    with store.connect() as connection:
        found = connection.execute(
            "select id, strftime(updated_at, '%Y-%m-%d %H:%M:%S') from raw.intercom__conversation"
        ).fetchall()
    assert dict(found) == {key: record[real.cursor] for key, record in real.current().items()}


def test_events_without_a_single_property_are_kept_aside_and_counted(store, ledger):
    blank = (EXPORTS / BLANK_CALENDAR).read_text("utf-8").split()
    assert set(blank) <= {"BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT"}
    booked = ledger["calendar/big_bad_calendar.ics", "event"]
    assert booked.rows_read == booked.rows_quarantined == blank.count("BEGIN:VEVENT")
