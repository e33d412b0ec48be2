"""Landing: what arrives is copied once, in a stable order, and survives kills, torn writes and hostile inboxes."""

import hashlib
import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import landing as landing_module
from connectors.errors import ConfigurationError, ConnectorError, TransientError
from connectors.landing import Landing, natural_key

VENDORS = ("amplitude", "delighted", "zendesk")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "inbox"
    for vendor in VENDORS:
        (folder / vendor).mkdir(parents=True)
    return folder


@pytest.fixture
def landing(tmp_path):
    return Landing(tmp_path / "state" / "landing", settle_seconds=0)


def put(folder, name, content, *, age=60.0):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    stamp = time.time() - age
    os.utime(path, (stamp, stamp))
    return path


def content_of(landing):
    return [(d.vendor, d.name, d.sequence, d.path.read_bytes()) for d in landing.deliveries()]


def test_a_file_is_landed_once_under_its_hash_and_cannot_be_changed(inbox, landing):
    put(inbox, "zendesk/2025/tickets.json.gz", b"payload")
    found = landing.collect(inbox, VENDORS)
    (delivery,) = found.new
    sha = hashlib.sha256(b"payload").hexdigest()
    assert delivery.path == landing.root / "zendesk" / sha[:2] / f"{sha}.json.gz"
    assert (delivery.vendor, delivery.name, delivery.sha256) == ("zendesk", "zendesk/2025/tickets.json.gz", sha)
    assert (delivery.bytes, delivery.sequence, delivery.path.read_bytes()) == (7, 1, b"payload")
    assert stat.S_IMODE(delivery.path.stat().st_mode) == 0o400
    for folder in (landing.root, *(p for p in landing.root.rglob("*") if p.is_dir())):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(landing.manifest.stat().st_mode) == 0o600
    assert (inbox / "zendesk/2025/tickets.json.gz").exists(), "the inbox belongs to the user"
    assert landing.deliveries() == (delivery,)


def test_repetition_is_a_counted_no_op_under_any_name(inbox, landing):
    put(inbox, "zendesk/a.json", "same")
    landing.collect(inbox, VENDORS)
    put(inbox, "zendesk/copy of a.json", "same")
    put(inbox, "delighted/a.json", "same")
    found = landing.collect(inbox, VENDORS)
    assert [d.name for d in found.new] == ["delighted/a.json"], "another vendor's file is another delivery"
    assert found.repeated == 2
    again = landing.collect(inbox, VENDORS)
    assert (again.new, again.repeated) == ((), 3)


def test_unchanged_files_are_not_read_again(inbox, landing, monkeypatch):
    put(inbox, "zendesk/a.json", "one")
    put(inbox, "zendesk/b.json", "one")
    landing.collect(inbox, VENDORS)

    def refuse(*_):
        pytest.fail("an unchanged file was read again")

    monkeypatch.setattr(landing_module._Inbox, "read", refuse)
    assert landing.collect(inbox, VENDORS).repeated == 2


def test_a_touched_file_is_read_again_and_recognised(inbox, landing):
    path = put(inbox, "zendesk/a.json", "one")
    landing.collect(inbox, VENDORS)
    os.utime(path, (1, 1))
    found = landing.collect(inbox, VENDORS)
    assert (found.new, found.repeated) == ((), 1)
    assert landing._read_manifest().stamps["zendesk/a.json"].endswith(":1000000000")


def test_a_change_that_keeps_size_and_stamp_is_seen_while_the_stamp_is_fresh(inbox, landing):
    path = put(inbox, "zendesk/a.json", "one", age=0)
    landing.collect(inbox, VENDORS)
    stamp = path.stat().st_mtime_ns
    path.write_text("two")
    os.utime(path, ns=(stamp, stamp))
    assert [d.path.read_text() for d in landing.collect(inbox, VENDORS).new] == ["two"]


def test_a_corrected_file_under_the_same_name_is_a_new_delivery(inbox, landing):
    put(inbox, "zendesk/a.json", "one")
    landing.collect(inbox, VENDORS)
    put(inbox, "zendesk/a.json", "two!", age=30)
    landing.collect(inbox, VENDORS)
    assert content_of(landing) == [("zendesk", "zendesk/a.json", 1, b"one"), ("zendesk", "zendesk/a.json", 2, b"two!")]


def test_order_is_natural_and_does_not_follow_the_folder(inbox, tmp_path):
    names = ["zendesk/page10.json", "zendesk/page2.json", "amplitude/x.json", "zendesk/page1.json", "zendesk/a/1.json"]
    expected = ["amplitude/x.json", "zendesk/a/1.json", "zendesk/page1.json", "zendesk/page2.json", "zendesk/page10.json"]
    for turn, order in enumerate((names, names[::-1])):
        folder = tmp_path / f"inbox{turn}"
        for name in order:
            put(folder, name, name)
        found = Landing(tmp_path / f"landing{turn}", settle_seconds=0).collect(folder, VENDORS)
        assert [d.name for d in found.new] == expected
        assert [d.sequence for d in found.new] == [1, 2, 3, 4, 5]


@given(st.lists(st.text(alphabet="ab01.9/ é", max_size=8), unique=True))
def test_natural_order_is_total(names):
    shuffled = names[:]
    random.Random(3).shuffle(shuffled)
    assert sorted(shuffled, key=natural_key) == sorted(names, key=natural_key)


def test_clutter_is_skipped_with_mention(inbox, landing):
    for name in (".DS_Store", "zendesk/.DS_Store", "zendesk/~$book.xlsx", "zendesk/x.csv.part", "zendesk/y.csv.crdownload"):
        put(inbox, name, "x")
    put(inbox, "zendesk/.git/config.json", "x")
    found = landing.collect(inbox, VENDORS)
    assert found.new == found.refused == ()
    assert {name for name, _ in found.skipped} == {
        ".DS_Store",
        "zendesk/.DS_Store",
        "zendesk/~$book.xlsx",
        "zendesk/x.csv.part",
        "zendesk/y.csv.crdownload",
        "zendesk/.git",
    }


def test_what_is_out_of_place_is_refused_with_the_remedy(inbox, landing):
    put(inbox, "tickets.json", "x")
    put(inbox, "zendesks/tickets.json", "x")
    put(inbox, "Zendesk/tickets.json", "x")
    put(inbox, "qqq/tickets.json", "x")
    refused = dict(landing.collect(inbox, VENDORS).refused)
    assert "move it into the folder of its vendor" in refused["tickets.json"]
    assert "zendesk/" in refused["zendesks/"]
    assert "zendesk/" in refused["Zendesk/"]
    assert "amplitude, delighted, zendesk" in refused["qqq/"]
    assert landing.deliveries() == ()


def test_links_pipes_and_odd_names_are_refused_and_never_followed(inbox, landing, tmp_path):
    secret = put(tmp_path, "secret/passwords.csv", "hunter2")
    (inbox / "zendesk/link.csv").symlink_to(secret)
    (inbox / "zendesk/folder").symlink_to(secret.parent)
    (inbox / "zendesk/loop").symlink_to(inbox)
    (inbox / "zendesk/broken.csv").symlink_to(tmp_path / "nowhere")
    (inbox / "qualtrics").symlink_to(secret.parent)
    os.mkfifo(inbox / "zendesk/pipe.csv")
    put(inbox, "zendesk/line\nbreak.csv", "x")
    (Path(os.fsdecode(os.fsencode(inbox) + b"/zendesk/\xff.csv"))).write_text("x")
    put(inbox, "zendesk/good.csv", "good")
    found = landing.collect(inbox, (*VENDORS, "qualtrics"))
    assert [d.name for d in found.new] == ["zendesk/good.csv"]
    assert len(found.refused) == 8
    for name, reason in found.refused:
        assert name.isprintable(), "a report must be printable"
        assert reason
    assert b"hunter2" not in b"".join(p.read_bytes() for p in landing.root.rglob("*") if p.is_file())


def test_a_link_swapped_in_after_the_listing_is_not_followed(inbox, landing, tmp_path, monkeypatch):
    path = put(inbox, "zendesk/a.csv", "12345678")
    secret = put(tmp_path, "secret.csv", "password")
    scan = landing_module._Inbox.scan

    def scan_then_swap(self, vendors):
        listing = scan(self, vendors)
        path.unlink()
        path.symlink_to(secret)
        return listing

    monkeypatch.setattr(landing_module._Inbox, "scan", scan_then_swap)
    found = landing.collect(inbox, VENDORS)
    assert found.new == ()
    assert "cannot be read" in dict(found.refused)["zendesk/a.csv"]


def test_an_unreadable_file_stops_only_itself(inbox, landing, monkeypatch):
    put(inbox, "zendesk/a.csv", "a")
    put(inbox, "zendesk/b.csv", "b")
    opened = landing_module._Inbox._open

    def fail_on_a(self, path):
        if path.endswith("a.csv"):
            raise PermissionError(13, "Permission denied")
        return opened(self, path)

    monkeypatch.setattr(landing_module._Inbox, "_open", fail_on_a)
    found = landing.collect(inbox, VENDORS)
    assert found.refused == (("zendesk/a.csv", "cannot be read: Permission denied"),)
    assert [d.name for d in found.new] == ["zendesk/b.csv"]


@pytest.mark.parametrize("change", ["append", "rewrite", "remove"])
def test_a_file_that_changes_while_it_is_copied_is_left_for_the_next_run(inbox, landing, monkeypatch, change):
    path = put(inbox, "zendesk/a.csv", "half")
    read = landing_module._Inbox.read

    def read_and_change(self, candidate):
        yield from read(self, candidate)
        if change == "append":
            with path.open("a") as handle:
                handle.write(" and the rest")
        elif change == "rewrite":
            path.write_text("HALF")
        else:
            path.unlink()

    with monkeypatch.context() as patch:
        patch.setattr(landing_module._Inbox, "read", read_and_change)
        found = landing.collect(inbox, VENDORS)
    assert (found.new, [n for n, _ in found.skipped]) == ((), ["zendesk/a.csv"])
    assert "still being written" in found.skipped[0][1]
    assert not list((landing.root / ".tmp").iterdir())
    expected = {"append": [b"half and the rest"], "rewrite": [b"HALF"], "remove": []}[change]
    assert [d.path.read_bytes() for d in landing.collect(inbox, VENDORS).new] == expected


def test_a_slow_writer_is_given_a_moment(inbox, tmp_path):
    path = inbox / "zendesk/slow.csv"
    script = "import sys,time\nf=open(sys.argv[1],'w')\nfor i in range(400): f.write('x');f.flush();time.sleep(0.01)"
    with subprocess.Popen([sys.executable, "-c", script, str(path)]) as writer:
        while not path.exists() or not path.stat().st_size:
            time.sleep(0.005)
        found = Landing(tmp_path / "landing", settle_seconds=0.2).collect(inbox, VENDORS)
        writer.kill()
    assert [n for n, _ in found.skipped] == ["zendesk/slow.csv"]


def test_empty_files_land_and_missing_inboxes_are_explained(inbox, landing, tmp_path):
    put(inbox, "zendesk/empty.csv", "")
    assert landing.collect(inbox, VENDORS).new[0].bytes == 0
    with pytest.raises(ConfigurationError, match="no inbox folder"):
        landing.collect(tmp_path / "nowhere", VENDORS)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("zendesk/a.JSON.GZ", ".JSON.GZ"),
        ("zendesk/report.v2.csv", ".csv"),
        ("zendesk/noext", ""),
        ("zendesk/x.we ird;rm.csv.gz", ".csv.gz"),
        ("zendesk/x.we ird;rm", ""),
        ("zendesk/x." + "y" * 200, ""),
    ],
)
def test_landed_names_keep_only_safe_suffixes(inbox, landing, name, suffix):
    put(inbox, name, "x")
    assert landing.collect(inbox, VENDORS).new[0].path.name == hashlib.sha256(b"x").hexdigest() + suffix


def test_other_file_systems_work_the_same(landing):
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pipe("/drop/zendesk/page10.json", b"ten")
    memory.pipe("/drop/zendesk/page9.json", b"nine")
    memory.pipe("/drop/stray.csv", b"x")
    found = landing.collect("memory://drop", VENDORS)
    assert [(d.name, d.path.read_bytes()) for d in found.new] == [
        ("zendesk/page9.json", b"nine"),
        ("zendesk/page10.json", b"ten"),
    ]
    assert [n for n, _ in found.refused] == ["stray.csv"]
    assert landing.collect("memory://drop", VENDORS).repeated == 2
    memory.pipe("/drop/zendesk/page9.json", b"NINE")
    assert [d.path.read_bytes() for d in landing.collect("memory://drop", VENDORS).new] == [b"NINE"]
    with pytest.raises(ConfigurationError):
        landing.collect("memory://nowhere", VENDORS)


@pytest.mark.parametrize("torn", [b'{"kind":"deliv', b"\x00\x00\x00\n", b'{"kind":"delivery"}'])
def test_a_torn_last_line_is_cut_and_its_file_landed_again(inbox, landing, torn):
    put(inbox, "zendesk/a.csv", "a")
    landing.collect(inbox, VENDORS)
    before = landing.manifest.read_bytes()
    with landing.manifest.open("ab") as handle:
        handle.write(torn)
    assert len(landing.deliveries()) == 1, "readers pass over the torn line"
    put(inbox, "zendesk/b.csv", "b")
    landing.collect(inbox, VENDORS)
    assert landing.manifest.read_bytes().startswith(before)
    assert [d.sequence for d in landing.deliveries()] == [1, 2]
    for line in landing.manifest.read_text().splitlines():
        json.loads(line)


def test_damage_in_the_middle_of_the_manifest_stops_with_the_remedy(inbox, landing):
    for name in "abc":
        put(inbox, f"zendesk/{name}.csv", name)
    landing.collect(inbox, VENDORS)
    lines = landing.manifest.read_bytes().splitlines(keepends=True)
    lines[1] = b"garbage\n"
    landing.manifest.write_bytes(b"".join(lines))
    with pytest.raises(ConnectorError, match=r"line 2 is damaged; restore"):
        landing.collect(inbox, VENDORS)


def test_a_full_disk_leaves_no_half_entry(inbox, landing, monkeypatch):
    put(inbox, "zendesk/a.csv", "a")
    landing.collect(inbox, VENDORS)
    put(inbox, "zendesk/b.csv", "b")
    write = os.write

    def half_then_full(descriptor, data):
        if len(data) > 20:
            return write(descriptor, data[:20])
        raise OSError(28, "No space left on device")

    def full(descriptor, data):
        if data.startswith(b'{"kind"'):
            return write(descriptor, data[:20])
        raise OSError(28, "No space left on device")

    for failing in (half_then_full, full):
        with monkeypatch.context() as patch:
            patch.setattr(landing_module.os, "write", failing)
            with pytest.raises(OSError, match="No space left"):
                landing.collect(inbox, VENDORS)
        assert landing.manifest.read_bytes().count(b"\n") == 1
        assert landing.manifest.read_bytes().endswith(b"\n")
    assert [d.name for d in landing.collect(inbox, VENDORS).new] == ["zendesk/b.csv"]
    assert not list((landing.root / ".tmp").iterdir())


def test_a_second_collector_waits_and_says_so(inbox, tmp_path):
    put(inbox, "zendesk/a.csv", "a")
    root = tmp_path / "landing"
    Landing(root).collect(inbox, VENDORS)
    with Landing(root)._locked(), pytest.raises(TransientError, match="another run is collecting"):
        Landing(root, lock_timeout=0.1).collect(inbox, VENDORS)


KILLED = """
import os, random, signal, sys
sys.path.insert(0, sys.argv[1])
from connectors import landing as module
from connectors.landing import Landing
countdown = int(sys.argv[4])
calls = 0
def maybe_die():
    global calls
    calls += 1
    if calls == countdown:
        os.kill(os.getpid(), signal.SIGKILL)
def dying(function):
    def call(*args, **kwargs):
        maybe_die()
        result = function(*args, **kwargs)
        maybe_die()
        return result
    return call
os.fsync = dying(os.fsync)
os.write = dying(lambda d, b, w=os.write: w(d, b[:len(b) // 2 + 1]))  # short writes, so that a kill tears a line
module.Path.replace = dying(module.Path.replace)
Landing(__import__("pathlib").Path(sys.argv[3]), settle_seconds=0).collect(sys.argv[2], ("amplitude", "delighted", "zendesk"))
"""


def test_kills_at_any_point_converge_to_the_undisturbed_landing(inbox, tmp_path):
    for number in range(6):
        put(inbox, f"zendesk/page{number}.json", f"content {number % 5}")
    undisturbed = Landing(tmp_path / "undisturbed", settle_seconds=0)
    undisturbed.collect(inbox, VENDORS)
    rng = random.Random(20260)
    disturbed = Landing(tmp_path / "disturbed", settle_seconds=0)
    killed = 0
    for countdown in (1, 2, *rng.sample(range(3, 60), 8)):
        arguments = [str(ROOT), str(inbox), str(disturbed.root), str(countdown)]
        outcome = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False, capture_output=True)
        assert outcome.returncode in (0, -signal.SIGKILL), outcome.stderr
        killed += outcome.returncode == -signal.SIGKILL
        for delivery in disturbed.deliveries():
            assert hashlib.sha256(delivery.path.read_bytes()).hexdigest() == delivery.sha256
        assert [d.sequence for d in disturbed.deliveries()] == list(range(1, len(disturbed.deliveries()) + 1))
    assert killed >= 3, "the kills must hit"
    disturbed.collect(inbox, VENDORS)
    assert content_of(disturbed) == content_of(undisturbed)
    landed = {p.relative_to(disturbed.root) for p in disturbed.root.rglob("*.json")}
    assert landed == {p.relative_to(undisturbed.root) for p in undisturbed.root.rglob("*.json")}
    assert not list((disturbed.root / ".tmp").iterdir())
