"""The build database: versions win by cursor and delivery, every row is accounted for, and kills change nothing."""

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import ExportRejected
from connectors.landing import Delivery, Landing
from connectors.parts import Batch, Drift, Limits, Part, Unrecognised
from connectors.reader import inspect, open_part
from connectors.registry import load_specs
from connectors.rejects import REJECTS
from connectors.spec import ExportSpec, Field
from insights.redact import Redactor
from orchestration import build_layout
from orchestration.build_layout import StoreError
from orchestration.protect import Protector
from orchestration.store import BuildStore, StoreBusy, reading_of

ROOT = Path(__file__).parents[2]
LANDED = datetime(2025, 6, 1, tzinfo=UTC)
SPEC = ExportSpec(
    vendor="acme",
    stream="note",
    kind="support",
    description="A note.",
    reference="made here",
    formats=("ndjson",),
    files=("*",),
    key=("id",),
    cursor="at",
    event_time="at",
    text=("body",),
    tombstone=("state", ("deleted",)),
    fields=(
        Field("id", "string", "Id"),
        Field("at", "timestamp", "When"),
        Field("state", "string", "State"),
        Field("body", "string", "Words", personal="text"),
        Field("tags", "json", "Tags"),
    ),
)
SNAPSHOT = replace(SPEC, stream="snapshot", cursor=None)
PROTECTOR = Protector("salt", Redactor())


def at(day):
    return None if day is None else datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day)


def row(key, day=0, body="x", **more):
    return {"id": key, "at": at(day), "body": body, **more}


class Records:
    """Records that are already in memory, opened as a part of a file."""

    encoding = "utf-8"

    def __init__(self, spec, rows, rejects=(), drift=(), failure=None):
        self.spec, self.rows, self.rejects, self.drift, self.failure = spec, rows, rejects, tuple(drift), failure

    def __iter__(self):
        numbered = [{"_line": n, **r} for n, r in enumerate(self.rows, start=1)]
        size = max(3, len(numbered) // 2)
        for start in range(0, max(len(numbered), 1), size):
            good = pa.RecordBatch.from_pylist(numbered[start : start + size], schema=self.spec.arrow_schema())
            bad = [dict(zip(("line", "reason", "raw"), r, strict=True)) for r in self.rejects] if not start else []
            yield Batch(good, pa.RecordBatch.from_pylist(bad, schema=REJECTS))
        if self.failure:
            raise self.failure


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "build.duckdb"
    BuildStore(path, threads=1).prepare([SPEC, SNAPSHOT])
    return path


@pytest.fixture
def store(tmp_path, template):
    return fresh_store(tmp_path, template)


def fresh_store(folder, template):
    folder.mkdir(exist_ok=True)
    shutil.copy(template, folder / "build.duckdb")
    return BuildStore(folder / "build.duckdb", threads=1)


def delivery(sequence, name="", vendor="acme"):
    name = name or f"acme/{sequence}.json"
    return Delivery(vendor, name, f"sha-{vendor}-{sequence}", 10, sequence, LANDED, Path("unused"))


def load(store, sequence, rows, spec=SPEC, **more):
    """Load one file of one part."""
    opened = Records(spec, rows, **more)
    part = Part("", spec, "ndjson")
    return store.load_delivery(
        delivery(sequence), [part], open_part=lambda _: opened, protector=PROTECTOR, batch=f"b{sequence}"
    )


def query(store, sql):
    with store.connect() as connection:
        return connection.execute(sql).fetchall()


def current(store, spec=SPEC):
    return query(store, f"SELECT id, body FROM raw.{spec.table} ORDER BY ALL")


def past(store, spec=SPEC):
    return query(store, f"SELECT id, body FROM history.{spec.table} ORDER BY ALL")


def ledger(store):
    """Per file: read, loaded, duplicate, superseded, quarantined."""
    assert all(balance.agrees for balance in store.reconcile()), store.reconcile()
    columns = "rows_read, rows_loaded, rows_duplicate, rows_superseded, rows_quarantined"
    return query(store, f"SELECT {columns} FROM ops.file ORDER BY sequence, file, stream")


def test_rows_arrive_with_their_origin(store):
    assert load(store, 4, [row("a", 1, "hello jane@example.com", tags='["t"]'), row("b", 2)]) == 2
    found = query(
        store, 'SELECT id, "at", body, tags, _text, _deleted, _file, _line, _sequence, _batch FROM raw.acme__note ORDER BY id'
    )
    assert found[0] == ("a", at(1), "hello [EMAIL]", '["t"]', "hello [EMAIL]", False, "acme/4.json", 1, 4, "b4")
    assert ledger(store) == [(2, 2, 0, 0, 0)]
    stream = query(store, "SELECT last_event_at, last_loaded_at IS NOT NULL FROM ops.stream WHERE stream = 'note'")
    assert stream == [(at(2), True)]


def test_a_newer_version_moves_the_older_to_history_and_its_file_is_rebooked(store):
    load(store, 1, [row("a", 1, "old"), row("b", 1, "stays")])
    load(store, 2, [row("a", 2, "new")])
    assert current(store) == [("a", "new"), ("b", "stays")]
    assert past(store) == [("a", "old")]
    assert ledger(store) == [(2, 1, 0, 1, 0), (1, 1, 0, 0, 0)]


def test_a_late_older_version_goes_to_history(store):
    load(store, 1, [row("a", 5, "new")])
    load(store, 2, [row("a", 1, "old")])
    assert (current(store), past(store)) == ([("a", "new")], [("a", "old")])
    assert ledger(store) == [(1, 1, 0, 0, 0), (1, 0, 0, 1, 0)]


def test_exact_repetition_of_current_and_past_versions_is_a_duplicate(store):
    load(store, 1, [row("a", 1, "old")])
    load(store, 2, [row("a", 2, "new")])
    load(store, 3, [row("a", 1, "old"), row("a", 2, "new"), row("a", 2, "new"), row("b", 1)])
    assert (current(store), past(store)) == ([("a", "new"), ("b", "x")], [("a", "old")])
    assert ledger(store)[2] == (4, 1, 3, 0, 0)
    assert query(store, "SELECT _sequence FROM raw.acme__note WHERE id = 'a'") == [(2,)], "the first delivery keeps the row"


@pytest.mark.parametrize("change", [{"body": "y"}, {"state": "open"}, {"tags": "[]"}, {"_extra": '{"k":1}'}, {"body": None}])
def test_any_difference_makes_a_version_and_the_later_delivery_wins(store, change):
    load(store, 1, [row("a", 1)])
    load(store, 2, [row("a", 1, **change)])
    assert query(store, "SELECT _sequence FROM raw.acme__note") == [(2,)]
    assert query(store, "SELECT _sequence FROM history.acme__note") == [(1,)]


def test_a_key_repeated_within_a_file(store):
    load(store, 1, [row("a", 3, "newest"), row("a", 1, "oldest"), row("a", 3, "newest"), row("a", 2, "middle"), row("b", 1)])
    assert current(store) == [("a", "newest"), ("b", "x")]
    assert past(store) == [("a", "middle"), ("a", "oldest")]
    assert ledger(store) == [(5, 2, 1, 2, 0)]


def test_equal_cursors_are_decided_by_the_line(store):
    load(store, 1, [row("a", 1, "first"), row("a", 1, "second")])
    assert (current(store), past(store)) == ([("a", "second")], [("a", "first")])


def test_a_missing_cursor_is_the_oldest(store):
    load(store, 1, [row("a", 1, "dated"), row("b", None, "undated")])
    load(store, 2, [row("a", None, "undated"), row("b", 1, "dated")])
    assert current(store) == [("a", "dated"), ("b", "dated")]


def test_without_a_cursor_the_later_delivery_wins_even_when_it_returns_to_an_earlier_state(store):
    for sequence, body in enumerate(["one", "two", "one", "one"], start=1):
        load(store, sequence, [row("a", 1, body)], SNAPSHOT)
    assert (current(store, SNAPSHOT), past(store, SNAPSHOT)) == ([("a", "one")], [("a", "one"), ("a", "two")])
    assert ledger(store) == [(1, 0, 0, 1, 0), (1, 0, 0, 1, 0), (1, 1, 0, 0, 0), (1, 0, 1, 0, 0)]


def test_tombstones_are_kept_and_marked(store):
    load(store, 1, [row("a", 1)])
    load(store, 2, [row("a", 2, state="Deleted")])
    assert query(store, "SELECT id, _deleted FROM raw.acme__note") == [("a", True)]
    assert query(store, "SELECT rows_withdrawn FROM ops.stream WHERE stream = 'note'") == [(1,)]


def test_rejects_and_rows_without_a_key_are_quarantined_with_place_and_reason(store):
    load(
        store,
        1,
        [row("a", 1), row(None, 2, "jane@example.com"), row("b", 3)],
        rejects=[(9, "score 33 is too large", "x,jane@example.com,33")],
        drift=[Drift("unknown_column", "mood", "not declared")],
    )
    found = query(store, "SELECT line, reason, raw_redacted, file, batch FROM ops.quarantine ORDER BY line")
    assert [(line, reason) for line, reason, *_ in found] == [(2, "no value for the key (id)"), (9, "score 33 is too large")]
    assert json.loads(found[0][2])["body"] == "[EMAIL]"
    assert found[1][2:] == ("x,[EMAIL],33", "acme/1.json", "b1")
    assert ledger(store) == [(4, 2, 0, 0, 2)]
    assert query(store, "SELECT stream, file, kind, column_name, detail FROM ops.drift") == [
        ("note", "acme/1.json", "unknown_column", "mood", "not declared")
    ]


def test_an_empty_part_has_its_ledger_row(store):
    load(store, 1, [])
    assert ledger(store) == [(0, 0, 0, 0, 0)]


def test_a_part_that_is_rejected_midway_keeps_no_row_and_loses_none(store):
    load(store, 1, [row("a", 1), row("b", 1, "keep me")])
    load(store, 2, [row(k, 9, "of a bad file") for k in "abcd"], failure=ExportRejected("f", "it is a bomb"))
    assert current(store) == [("a", "x"), ("b", "keep me")]
    assert ledger(store) == [(2, 2, 0, 0, 0), (4, 0, 0, 0, 4)]
    assert query(store, "SELECT state, reason FROM ops.file WHERE sequence = 2") == [("rejected", "it is a bomb")]
    reasons = query(store, "SELECT DISTINCT reason, line > 0, raw_redacted LIKE '%of a bad file%' FROM ops.quarantine")
    assert reasons == [("it is a bomb", True, True)]


def test_what_cannot_be_read_is_on_record_with_its_reason(store):
    none = {"open_part": lambda _: pytest.fail("nothing to open"), "protector": PROTECTOR, "batch": "b"}
    store.load_delivery(delivery(1), [Unrecognised("", "no such columns")], **none)
    store.load_delivery(delivery(2, "acme/x.zip"), [Unrecognised("readme.txt", "no data")], **none)
    store.load_delivery(delivery(3), [], **none)
    store.record_unreadable(delivery(4), "cut off", "b")
    found = query(store, "SELECT file, stream, state, reason, rows_read FROM ops.file ORDER BY sequence")
    assert found == [
        ("acme/1.json", "", "unrecognised", "no such columns", 0),
        ("acme/x.zip!readme.txt", "", "unrecognised", "no data", 0),
        ("acme/3.json", "", "unrecognised", "the archive holds no file", 0),
        ("acme/4.json", "", "rejected", "cut off", 0),
    ]
    assert query(store, "SELECT count(*) FROM ops.quarantine WHERE line IS NULL AND reason IS NOT NULL") == [(4,)]
    assert len(ledger(store)) == 4


def test_parts_of_an_archive_are_merged_together_and_booked_apart(store):
    contents = {"1.json": [row("a", 1, "old"), row("b", 1)], "it's 2.json": [row("a", 2, "new")], "s.json": [row("z", 1)]}
    parts = [Part(n, SNAPSHOT if n == "s.json" else SPEC, "ndjson", member=n) for n in contents]
    read = store.load_delivery(
        delivery(1, "acme/x.zip"),
        parts,
        open_part=lambda part: Records(part.spec, contents[part.name]),
        protector=PROTECTOR,
        batch="b",
    )
    assert read == 4
    assert (current(store), current(store, SNAPSHOT)) == ([("a", "new"), ("b", "x")], [("z", "x")])
    assert query(store, "SELECT _file FROM raw.acme__note ORDER BY id") == [("acme/x.zip!it's 2.json",), ("acme/x.zip!1.json",)]
    assert ledger(store) == [(2, 1, 0, 1, 0), (1, 1, 0, 0, 0), (1, 1, 0, 0, 0)]


def test_failed_parts_are_tried_again_when_the_declarations_change_and_loaded_ones_are_not(store):
    specs = [SPEC]
    first, second = reading_of("acme", specs, "first"), reading_of("acme", specs, "second")
    landed = [delivery(1, "acme/x.zip"), delivery(2)]
    assert store.pending(landed, specs, "first") == landed
    good, bad = Part("good", SPEC, "ndjson"), Unrecognised("bad", "no such columns")
    opened = []

    def open_one(part):
        opened.append(part.name)
        return Records(SPEC, [row(part.name, 1)], rejects=[(2, "bad row", "raw")])

    shared = {"open_part": open_one, "protector": PROTECTOR, "batch": "b"}
    store.load_delivery(landed[0], [good, bad], **shared, reading=first)
    store.load_delivery(landed[1], [good], **shared, reading=first)
    assert store.pending(landed, specs, "first") == []
    assert store.pending(landed, specs, "second") == landed[:1]
    other_vendor = [replace(d, vendor="other") for d in landed]
    assert store.pending(other_vendor, [SPEC, replace(SPEC, vendor="other")], "first") == other_vendor
    store.load_delivery(landed[0], [good, Part("bad", SPEC, "ndjson")], **shared, reading=second)
    assert opened == ["good", "good", "bad"], "what is loaded is not read again"
    assert ledger(store) == [(2, 1, 0, 0, 1), (2, 1, 0, 0, 1), (2, 0, 1, 0, 1)]
    assert query(store, "SELECT count(*) FROM ops.file WHERE state <> 'loaded'") == [(0,)]
    assert query(store, "SELECT count(*) FROM ops.quarantine WHERE line IS NULL") == [(0,)]


def test_loading_a_delivery_twice_changes_nothing(store):
    load(store, 1, [row("a", 1)], rejects=[(2, "bad", "raw")])
    before = dump(store)
    assert load(store, 1, [row("a", 2, "must not be read")]) == 0
    assert dump(store) == before


def test_json_that_a_reader_let_through_broken_is_quarantined_and_no_other_row(store):
    load(store, 1, [row("a", 1, tags="[1]"), row("b", 1, tags="[1"), row("c", 1, _extra="{")])
    assert current(store) == [("a", "x")]
    assert query(store, "SELECT line, reason FROM ops.quarantine ORDER BY line") == [
        (2, 'column "tags": the value is not valid JSON'),
        (3, 'column "_extra": the value is not valid JSON'),
    ]
    assert ledger(store) == [(3, 1, 0, 0, 2)]


def test_an_implausible_event_does_not_make_a_stream_look_fresh(store):
    load(store, 1, [row("a", 1), row("b", 5000)])
    assert query(store, "SELECT last_event_at FROM ops.stream WHERE stream = 'note'") == [(at(1),)]


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("failure", [Interrupted("stop"), OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_while_reading_keeps_nothing_and_keeps_its_type(store, failure):
    load(store, 1, [row("a", 1)])
    before = dump(store)
    with pytest.raises(type(failure)):
        load(store, 2, [row("b", 1)], failure=failure)
    assert dump(store) == before
    load(store, 2, [row("b", 1)])
    assert len(ledger(store)) == 2


@pytest.mark.parametrize("room", [0, 300_000])
def test_a_full_disk_keeps_what_was_there_and_the_next_run_carries_on(store, room):
    load(store, 1, [row("a", 1)])
    before = dump(store)
    noise = random.Random(1)
    rows = [row(f"k{n}", 2, state=f"{noise.getrandbits(2000):x}") for n in range(8000)]
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (store.path.stat().st_size + room, limits[1]))
    try:
        with pytest.raises((duckdb.Error, OSError)):
            load(store, 2, rows)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert dump(store) == before
    load(store, 2, rows)
    assert ledger(store) == [(1, 1, 0, 0, 0), (8000, 8000, 0, 0, 0)]


# --- histories -------------------------------------------------------------------------------------------------------

VENDOR = 'id, "at", state, body, tags, _text, _text_sha256, _extra, _deleted'


def dump(store, spec=SPEC):
    """Everything but times and runs, in a fixed order."""
    where = "_file, _line, _sequence"
    return [
        query(store, f"SELECT {VENDOR}, {where} FROM raw.{spec.table} ORDER BY ALL"),
        query(store, f"SELECT {VENDOR}, {where} FROM history.{spec.table} ORDER BY ALL"),
        query(store, "SELECT * EXCLUDE (loaded_at, batch) FROM ops.file ORDER BY sequence, file, stream"),
        query(store, "SELECT * EXCLUDE (batch) FROM ops.quarantine ORDER BY ALL"),
    ]


keys = st.sampled_from(["a", "b", "c", None])
bodies = st.sampled_from(["x", "y"])


@st.composite
def histories(draw):
    """Files of versions; a version's cursor is its own, so that equal cursors mean equal content."""
    versions = draw(st.lists(st.tuples(keys, bodies), min_size=1, max_size=6))
    rows = [row(key, day, body) for day, (key, body) in enumerate(versions)]
    files = draw(st.lists(st.lists(st.sampled_from(rows), max_size=5), min_size=2, max_size=4))
    order = draw(st.permutations(range(len(files))))
    return files, order


slow = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@slow
@given(histories())
def test_the_order_of_loading_does_not_matter(tmp_path_factory, template, history):
    files, order = history
    forward, shuffled = (fresh_store(tmp_path_factory.mktemp("h"), template) for _ in range(2))
    for number, rows in enumerate(files):
        load(forward, number, rows)
    for number in order:
        load(shuffled, number, files[number])
    assert dump(shuffled) == dump(forward)
    assert all(balance.agrees for balance in forward.reconcile())
    newest = {}
    for r in (r for rows in files for r in rows):
        if r["id"] and r["at"] >= newest.get(r["id"], r)["at"]:
            newest[r["id"]] = r
    assert current(forward) == sorted((k, r["body"]) for k, r in newest.items())


@slow
@given(histories())
def test_the_order_of_delivery_does_not_change_what_is_current(tmp_path_factory, template, history):
    files, order = history
    contents = []
    for sequence_of in (list(range(len(files))), order):
        store = fresh_store(tmp_path_factory.mktemp("h"), template)
        for place, number in enumerate(sequence_of):
            load(store, place, files[number])
        assert all(balance.agrees for balance in store.reconcile())
        contents.append([query(store, f"SELECT {VENDOR} FROM {s}.acme__note ORDER BY ALL") for s in ("raw", "history")])
    assert contents[0] == contents[1]


# --- layout ----------------------------------------------------------------------------------------------------------


def test_preparing_again_changes_nothing_and_a_new_column_keeps_the_rows(store):
    load(store, 1, [row("a", 1)])
    load(store, 2, [row("a", 2, "new")])
    before = dump(store)
    store.prepare([SPEC, SNAPSHOT])
    assert dump(store) == before
    wider = replace(SPEC, fields=(*SPEC.fields, Field("mood", "string", "Mood")), description="A note, with its mood.")
    store.prepare([wider, SNAPSHOT])
    assert query(store, "SELECT id, mood FROM raw.acme__note") == [("a", None)]
    load(store, 3, [row("a", 3, "newest", mood="glad")], wider)
    assert query(store, "SELECT mood, _sequence FROM raw.acme__note") == [("glad", 3)]
    assert query(store, "SELECT mood, _sequence FROM history.acme__note ORDER BY 2") == [(None, 1), (None, 2)]
    assert query(store, "SELECT description FROM ops.stream WHERE stream = 'note'") == [("A note, with its mood.",)]
    store.prepare([SPEC, SNAPSHOT])
    load(store, 4, [row("a", 4, "after the column was dropped")])
    assert query(store, "SELECT mood FROM history.acme__note WHERE _sequence = 3") == [("glad",)], "nothing is lost"


def test_a_changed_type_stops_with_the_remedy(store):
    changed = tuple(replace(f, type="integer") if f.name == "state" else f for f in SPEC.fields)
    with pytest.raises(StoreError, match=r"raw.acme__note.state is VARCHAR .* BIGINT .* move the build database away"):
        store.prepare([replace(SPEC, fields=changed, tombstone=None)])


def test_layout_versions_are_recorded_and_newer_ones_refused(store, monkeypatch):
    assert query(store, "SELECT version FROM ops.schema_version") == [(build_layout.LAYOUT_VERSION,)]
    later = build_layout.Migration(2, "Say notes in capitals", ("UPDATE raw.acme__note SET body = upper(body)",))
    load(store, 1, [row("a", 1, "shout")])
    with monkeypatch.context() as patch:
        patch.setattr(build_layout, "MIGRATIONS", (*build_layout.MIGRATIONS, later))
        patch.setattr(build_layout, "LAYOUT_VERSION", 2)
        store.prepare([SPEC, SNAPSHOT])
        store.prepare([SPEC, SNAPSHOT])
    assert current(store) == [("a", "SHOUT")]
    with pytest.raises(StoreError, match="layout 2 and this Earshot knows 1"):
        store.prepare([SPEC])


def test_files_are_private_and_leftovers_swept(store):
    store.temp_directory.mkdir()
    (store.temp_directory / "duckdb_temp_storage-0.tmp").write_bytes(b"left by a kill")
    store.prepare([SPEC])
    assert oct(store.path.stat().st_mode & 0o777) == "0o600"
    assert not store.temp_directory.exists()


def test_a_damaged_database_and_a_busy_one_are_explained(tmp_path, store):
    broken = tmp_path / "broken.duckdb"
    broken.write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreError, match="move it away"), BuildStore(broken).connect():
        pass
    script = "import duckdb,sys; c=duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", script, str(store.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        with pytest.raises(StoreBusy, match="in use by another process"), store.connect():
            pass
        patient = BuildStore(store.path, patience_seconds=60)
        threading.Timer(0.5, other.stdin.close).start()
        with patient.connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_memory_is_bounded_by_its_limit_not_by_the_file(tmp_path):
    """80 MB of text through a database that may hold 48 MB: it must spill, and the result must be whole."""
    store = BuildStore(tmp_path / "build.duckdb", memory_limit="48MB", threads=1)
    store.prepare([SPEC])
    spilled = []

    class Long:
        encoding, drift = "utf-8", ()

        def __iter__(self):
            none = pa.RecordBatch.from_pylist([], schema=REJECTS)
            for number in range(20):
                made = [{**row(f"{number}-{i}", 1, f"{'abcdef'[i % 6]} plain word " * 140), "_line": i} for i in range(2000)]
                yield Batch(pa.RecordBatch.from_pylist(made, schema=SPEC.arrow_schema()), none)
                spilled.append(sum(f.stat().st_size for f in store.temp_directory.glob("*")))

    part = Part("", SPEC, "ndjson")
    read = store.load_delivery(delivery(1), [part], open_part=lambda _: Long(), protector=PROTECTOR, batch="b")
    assert read == 40_000
    assert max(spilled) > 1_000_000
    assert ledger(store) == [(40_000, 40_000, 0, 0, 0)]


# --- kills -----------------------------------------------------------------------------------------------------------

LOADER = """
import os, signal, sys, threading
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from connectors.landing import Landing
from connectors.parts import Limits
from connectors.reader import inspect, open_part
from connectors.registry import load_specs
from insights.redact import Redactor
from orchestration import merge, store as store_module
from orchestration.ahead import followed_up
from orchestration.protect import Protector
from orchestration.store import BuildStore, Staged, StoreBusy, reading_of
import duckdb, pandas  # duckdb imports it with the first parameter; once for all children
workspace, points = Path(sys.argv[2]), [int(point) for point in sys.argv[3:]]
specs = load_specs()
point = calls = 0
def maybe_die():
    global calls
    calls += 1
    if calls == point:
        os.kill(os.getpid(), signal.SIGKILL)
class Dying:
    # Every statement of a load is a point to die at, before and after.
    def __init__(self, connection): self.__dict__["connection"] = connection
    def __getattr__(self, name): return getattr(self.connection, name)
    def execute(self, *arguments):
        maybe_die()
        result = self.connection.execute(*arguments)
        maybe_die()
        return result
    def cursor(self): return Dying(self.connection.cursor())
    def close(self):
        maybe_die()
        self.connection.close()
        maybe_die()
    def __enter__(self): return self
    def __exit__(self, *trouble): self.close()
connect = store_module.duckdb.connect
def load():
    if point < 0:  # by the clock: in the middle of a statement, of a commit, of a checkpoint
        signal.setitimer(signal.ITIMER_REAL, -point / 1000)
    store_module.duckdb.connect = lambda *a, **k: Dying(connect(*a, **k))
    store = BuildStore(workspace / "build.duckdb", threads=1)
    declared = [specs["zendesk__ticket"], specs["zendesk__user"]]
    store.prepare(declared)
    def staged(delivery):
        return store.stage_delivery(
            delivery, inspect(delivery.path, delivery.name, declared, Limits()),
            open_part=lambda part: open_part(delivery.path, part, Limits()),
            protector=Protector("salt", Redactor()), batch="b", reading=reading_of("zendesk", declared),
        )
    with store.held_open():  # as a run does: one is read while the one before is written
        waiting = store.pending(Landing(workspace / "landing").deliveries(), declared)
        for _ in followed_up(store.commit, map(staged, waiting), Staged.close):
            pass
    print("statements", calls, flush=True)
def check():
    store = BuildStore(workspace / "build.duckdb", threads=1)
    with store.connect() as connection:
        there = connection.execute("FROM duckdb_tables() WHERE schema_name = 'ops' AND table_name = 'file'").fetchall()
    assert not there or all(balance.agrees for balance in store.reconcile())
def in_child(function):
    sys.stdout.flush()
    child = os.fork()
    if not child:
        code = 1
        try:
            function()
            code = 0
        except BaseException:
            import traceback
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
for point in points:
    print("load", in_child(load))
    print("check", in_child(check))
"""


def ticket(number, day, subject="Broken"):
    stamp = f"2025-01-{day:02d}T00:00:00Z"
    return {"id": number, "subject": subject, "status": "open", "created_at": stamp, "updated_at": stamp, "requester_id": 5}


def ndjson(records):
    return "".join(json.dumps(r) + "\n" for r in records)


def deliver(workspace):
    """Three overlapping deliveries with duplicates, updates, bad rows and an archive."""
    inbox = workspace / "inbox" / "zendesk"
    inbox.mkdir(parents=True)
    first = [ticket(n, 1) for n in range(300)]
    (inbox / "tickets1.json").write_text(ndjson([*first, *first[:20], {"id": None, "status": "open", "updated_at": "x"}]))
    (inbox / "tickets2.json").write_text(ndjson([ticket(n, 2, "Still broken") for n in range(0, 300, 3)]))
    with zipfile.ZipFile(inbox / "tickets3.zip", "w") as archive:
        archive.writestr("a.json", ndjson([ticket(n, 3, "Again") for n in range(0, 60)]))
        archive.writestr("b.json", ndjson([ticket(n, 1) for n in range(200, 320)]))
        archive.writestr("notes.txt", "nothing to see")
    Landing(workspace / "landing", settle_seconds=0).collect(inbox.parent, {"zendesk"})


def run_loader(workspace, *points):
    """Load once per point, dying at that statement, or after that many milliseconds if negative; 0 is to live.

    Returns each load's exit code, and the last one's number of statements.
    """
    command = [sys.executable, "-c", LOADER, str(ROOT), str(workspace), *map(str, points)]
    outcome = subprocess.run(command, check=False, capture_output=True, text=True)
    said = [line.split() for line in outcome.stdout.splitlines()]
    assert outcome.returncode == 0, outcome.stderr
    assert [int(code) for what, code in said if what == "check"] == [0] * len(points), outcome.stderr
    return [int(code) for what, code in said if what == "load"], int(said[-3][1])


def state_of(workspace):
    store = BuildStore(workspace / "build.duckdb", threads=1)
    assert all(balance.agrees for balance in store.reconcile())
    columns = "* EXCLUDE (_loaded_at)"
    return [
        query(store, f"SELECT {columns} FROM raw.zendesk__ticket ORDER BY ALL"),
        query(store, f"SELECT {columns} FROM history.zendesk__ticket ORDER BY ALL"),
        query(store, "SELECT * EXCLUDE (loaded_at) FROM ops.file ORDER BY sequence, file, stream"),
        query(store, "SELECT * FROM ops.quarantine ORDER BY ALL"),
    ]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A workspace that was loaded without any kill, and how many statements and milliseconds that took."""
    calm = tmp_path_factory.mktemp("calm")
    deliver(calm)
    began = time.monotonic()
    codes, statements = run_loader(calm, 0)
    assert codes == [0]
    return calm, statements, int(1000 * (time.monotonic() - began))


def converged(undisturbed, killed, points):
    """Loads with these kills and once without; returns how many kills hit."""
    calm, *_ = undisturbed
    shutil.copytree(calm / "landing", killed / "landing")
    codes, _ = run_loader(killed, *points, 0)
    assert codes[-1] == 0
    expected = state_of(calm)
    assert (len(expected[0]), len(expected[1])) == (320, 160)
    assert state_of(killed) == expected
    return len([code for code in codes if code < 0])


def test_kills_at_any_statement_of_loading_converge_to_the_undisturbed_content(undisturbed, tmp_path):
    # Early points first, since each load that gets far leaves the next one less to do.
    points = sorted(random.Random(7).sample(range(1, undisturbed[1] * 2 // 3), 8))
    assert converged(undisturbed, tmp_path, points) >= 4, "the kills must hit"


def test_kills_at_any_moment_of_loading_converge_to_the_undisturbed_content(undisturbed, tmp_path):
    rng = random.Random(8)
    # Where the clock hits is the machine's affair; whatever it hits, the next load makes good.
    converged(undisturbed, tmp_path, [-rng.randrange(20, max(40, undisturbed[2])) for _ in range(4)])


# --- the whole way in, on real files ---------------------------------------------------------------------------------


def test_from_inbox_to_raw_with_the_real_reader(tmp_path):
    inbox = tmp_path / "inbox"
    (inbox / "delighted").mkdir(parents=True)
    (inbox / "delighted" / "nps.csv").write_text(
        "ID,Score,Comment,Email,Name,Created At,Mood\n"
        '1,9,"Great,\nwrite me: jane@example.com",jane@example.com,Jane Doe,2025-01-01T10:00:00Z,glad\n'
        "2,33,too much,bob@example.com,Bob Roe,2025-01-02T10:00:00Z,sad\n"
        "1,9,Great again,jane@example.com,Jane Doe,2025-01-01T10:00:00Z,glad\n"
    )
    specs = load_specs()
    landing = Landing(tmp_path / "landing", settle_seconds=0)
    landing.collect(inbox, {"delighted"})
    store = BuildStore(tmp_path / "build.duckdb")
    store.prepare(specs.values())
    (landed,) = store.pending(landing.deliveries(), specs.values())
    parts = inspect(landed.path, landed.name, [specs["delighted__response"]], Limits())
    seen = []
    read = store.load_delivery(
        landed,
        parts,
        open_part=lambda part: open_part(landed.path, part, Limits()),
        protector=PROTECTOR,
        batch="b",
        reading=reading_of("delighted", specs.values()),
        progress=seen.append,
    )
    assert (read, sum(seen)) == (3, 3)
    assert store.pending(landing.deliveries(), specs.values()) == []
    (current_row,) = query(store, "SELECT comment, email_domain, _line, _extra FROM raw.delighted__response")
    assert current_row == ("Great again", "example.com", 5, '{"Mood":"glad"}')
    assert query(store, "SELECT comment FROM history.delighted__response") == [("Great,\nwrite me: [EMAIL]",)]
    assert query(store, "SELECT line FROM ops.quarantine") == [(4,)]
    (balance,) = store.reconcile()
    assert balance.agrees
    for name in ("jane@", "bob@", "Jane Doe", "Bob Roe"):
        assert name.encode() not in store.path.read_bytes()


def test_a_recount_finds_what_the_ledger_does_not_know(store):
    load(store, 1, [row("a", 1), row("b", 1)])
    with store.connect() as connection:
        connection.execute("DELETE FROM raw.acme__note WHERE id = 'a'")
    (balance,) = store.reconcile()
    assert (balance.balance, balance.agrees) == (0, False)
    with store.connect() as connection:
        connection.execute("UPDATE ops.file SET rows_loaded = 1")
    (balance,) = store.reconcile()
    assert (balance.balance, balance.agrees) == (1, False)


def test_no_state_is_left_in_the_environment(store):
    assert not [name for name in os.environ if name.startswith("EARSHOT_")]
    with pytest.raises(duckdb.Error), store.connect() as connection:
        connection.execute("SELECT * FROM nowhere")
    load(store, 1, [row("a", 1)])


def test_a_database_of_an_older_layout_is_widened_where_it_is_read(tmp_path):
    store = BuildStore(tmp_path / "build.duckdb")
    store.prepare(())
    with store.connect() as connection:
        connection.execute("ALTER TABLE ops.gate_result DROP COLUMN waived")
    store.widen()
    with store.connect() as connection:
        assert connection.execute("SELECT count(*) FILTER (waived) FROM ops.gate_result").fetchone() == (0,)
    store.path.write_bytes(b"damaged")
    with pytest.raises(StoreError):
        store.widen()
