"""Exports that no one here wrote, landed and loaded like a workspace's inbox, beside a count by the standard library alone."""

import csv
import json
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from simulated import load

EXPORTS = Path(__file__).parents[3] / "shared" / "data" / "exports"
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
        if path.suffix == ".ndjson":
            pages = [json.loads(line)["body"] for line in path.read_text("utf-8").split("\n") if line]
            return [record for page in pages for record in page.get(f"{self.stream}s", ())]
        if path.suffix == ".json":
            return json.loads(path.read_text("utf-8"))["data"]
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))[1 if self.second_header else 0 :]

    def is_withdrawn(self, record: dict[str, str]) -> bool:
        column, value = self.deleted or ("", "")
        return bool(column) and record[column].lower() == value

    def current(self) -> dict[str, dict[str, str]]:
        """The newest version of each key."""
        newest: dict[str, dict[str, str]] = {}
        for record in sorted(self.records(), key=lambda record: record[self.cursor] if self.cursor else ""):
            newest[str(record[self.key])] = record
        return newest

    def overtaken(self) -> int:
        """Keys of which another file of the same stream has a newer version."""
        others = [one for one in REAL if (one.vendor, one.stream) == (self.vendor, self.stream) and one.file != self.file]
        newer = [(other.current(), other.cursor) for other in others if other.cursor and self.cursor]
        return sum(
            key in there and there[key][by] > mine[self.cursor] for there, by in newer for key, mine in self.current().items()
        )

    def withdrawn(self) -> int:
        return sum(self.is_withdrawn(record) for record in self.current().values())


REAL = [
    Real("amplitude/fivetran_amplitude_event_data.csv", "event", "uuid"),
    Real("mixpanel/fivetran_event.csv", "event", "_fivetran_id"),
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
    Real("zendesk/fivetran_ticket_data.csv", "ticket", "id", cursor="updated_at", deleted=("status", "deleted")),
    Real("zendesk/fivetran_ticket_comment_data.csv", "comment", "id"),
    Real("zendesk/fivetran_user_data.csv", "user", "id", deleted=("active", "false")),
    Real(
        "zendesk/incremental_tickets_timebased_recorded_pages.ndjson",
        "ticket",
        "id",
        cursor="updated_at",
        deleted=("status", "deleted"),
    ),
]
BLANK_CALENDAR = "ics/big_bad_calendar.ics"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory, make_warehouse):
    return make_warehouse(tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="module")
def store(warehouse):
    folder = warehouse.build.parent
    for vendor, file in [(real.vendor, real.file) for real in REAL] + [("calendar", BLANK_CALENDAR)]:
        place = folder / "inbox" / vendor
        place.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(EXPORTS / file, place / Path(file).name)
    return load(folder / "inbox", warehouse.build, folder, {real.vendor for real in REAL} | {"calendar"})


@pytest.fixture(scope="module")
def ledger(store):
    return {(balance.file, balance.stream): balance for balance in store.reconcile()}


def test_the_ledger_of_real_files_balances_and_agrees_with_a_recount(ledger):
    assert {file for file, _ in ledger} >= {real.file for real in REAL}
    assert [balance for balance in ledger.values() if not balance.agrees] == []


@pytest.mark.parametrize("real", REAL, ids=[real.file for real in REAL])
def test_each_real_file_is_booked_as_the_standard_library_counts_it(ledger, real):
    booked = ledger[real.file, real.stream]
    records, current = len(real.records()), len(real.current()) - real.overtaken()
    # Pages that overlap repeat a record as it is.
    different = len({json.dumps(record, sort_keys=True) for record in real.records()})
    assert records > 0
    assert (booked.rows_read, booked.rows_loaded, booked.rows_superseded) == (records, current, different - current)
    assert (booked.rows_duplicate, booked.rows_quarantined) == (records - different, 0)


def test_current_records_and_withdrawn_ones_are_those_of_the_files(store):
    written: dict[str, Counter] = {}
    for real in REAL:
        counts = written.setdefault(f"{real.vendor}__{real.stream}", Counter())
        counts.update(rows=len(real.current()) - real.overtaken(), withdrawn=real.withdrawn())
    assert sum(counts["withdrawn"] for counts in written.values()) > 0
    with store.connect() as connection:
        for table, counts in written.items():
            found = connection.execute(f"select count(*), count(*) filter (_deleted) from raw.{table}").fetchone()
            assert found == (counts["rows"], counts["withdrawn"]), table


def test_the_newest_version_of_a_conversation_is_the_one_that_counts(store):
    (real,) = (real for real in REAL if real.vendor == "intercom")
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


@pytest.fixture(scope="module")
def marts(store, warehouse):
    """The core marts of these files alone."""
    chosen = [f"+{mart}" for mart in ("ticket", "opportunity", "account_link", "roadmap_item", "feature_usage_daily")]
    warehouse.must("build", "--select", *chosen, "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    return warehouse


def kept_of(vendor, stream):
    """Records of a stream that are not withdrawn, of whatever file, by key."""
    newest: dict[str, tuple[str, Real, dict[str, str]]] = {}
    for real in REAL:
        if (real.vendor, real.stream) == (vendor, stream):
            for key, record in real.current().items():
                said = (record[real.cursor] if real.cursor else "", real, record)
                newest[key] = max(newest.get(key, said), said, key=lambda one: one[0])
    return {key: record for key, (_, real, record) in newest.items() if not real.is_withdrawn(record)}


@pytest.mark.parametrize(
    ("mart", "streams"),
    [
        ("ticket", (("zendesk", "ticket"), ("intercom", "conversation"))),
        ("opportunity", (("salesforce", "opportunity"), ("hubspot", "deal"))),
        ("roadmap_item", (("linear", "issue"),)),
    ],
)
def test_a_mart_holds_each_kept_record_once(marts, mart, streams):
    # A part of an issue is planned with it.
    kept = [(vendor, key, record) for vendor, stream in streams for key, record in kept_of(vendor, stream).items()]
    ids = {f"{vendor}:{key}" for vendor, key, record in kept if not record.get("Parent issue")}
    found = [name for (name,) in marts.query(f"select {mart}_id from marts.core.{mart}")]
    assert len(ids) > 5
    assert sorted(found) == sorted(ids)


def test_the_tickets_of_recorded_pages_are_told_with_their_words_status_and_day(marts):
    written = kept_of("zendesk", "ticket")
    rows = marts.query(
        "select t.ticket_id, t.status, t.created_at::date::varchar, f.text from marts.core.ticket t "
        "left join marts.core.feedback f using (feedback_id) where t.source_system = 'zendesk'"
    )
    for key, status, day, text in rows:
        record = written[key.partition(":")[2]]
        assert (status, day) == (record["status"].lower(), record["created_at"][:10])
        assert text == f"{record['subject']}\n\n{record['description']}", key
    assert len(rows) == len(written) > 480


def test_every_company_of_a_crm_has_its_line_among_the_account_links(marts):
    for vendor, stream in (("salesforce", "account"), ("hubspot", "company")):
        found = marts.query(f"select source_id from marts.core.account_link where source_system = '{vendor}'")
        # The loser of a merge stays known: others still name it.
        files = [real for real in REAL if (real.vendor, real.stream) == (vendor, stream)]
        merged = {key for real in files for key, record in real.current().items() if record.get("master_record_id")}
        assert len(merged) == (vendor == "salesforce")
        assert {key for (key,) in found} == {*kept_of(vendor, stream), *merged}, vendor


def test_every_event_is_counted_on_its_day_under_its_name(marts):
    written = Counter()
    for real, name, time in ((REAL[0], "event_type", "event_time"), (REAL[1], "name", "time")):
        written.update((record[time][:10], record[name]) for record in real.records())
    found = marts.query(
        "select usage_date::varchar, feature, sum(events)::int from marts.core.feature_usage_daily group by all"
    )
    assert {(day, feature): events for day, feature, events in found} == written
    assert sum(written.values()) == 15
