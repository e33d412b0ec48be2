"""A person is forgotten everywhere, also after a kill, and a later export does not bring the person back."""

import csv
import gzip
import io
import json
import os
import shutil
import signal
import subprocess
import time
import zipfile
from pathlib import Path

import duckdb
import fastavro
import pyarrow.parquet as pq
import pytest
from walk_support import EARSHOT, ROOT, earshot, query

from connectors.landing import Landing
from orchestration.assets.landed import collect
from orchestration.settings import load_settings


def _person(workspace):
    """Somebody who answered a survey in words and wrote tickets: address, name and the words."""
    tickets = {}
    for name in sorted((workspace / "inbox/zendesk").rglob("*users*.ndjson")):
        users = [json.loads(line) for line in name.read_text("utf-8").splitlines() if line.startswith("{")]
        tickets |= {user["email"]: user["name"] for user in users if user.get("email") and user.get("name")}
    every = [path.read_text("utf-8") for path in sorted((workspace / "inbox/delighted").glob("*.csv"))]
    rows = [row for text in every for row in csv.DictReader(io.StringIO(text))]
    for row in rows:
        words = row["Comment"] or ""
        others = sum(words in (other["Comment"] or "") for other in rows if other["Email"] != row["Email"])
        plain = words.isascii() and not set(words) & set("\"'\n\r\\")
        if row["Email"] in tickets and len(words.split()) > 6 and plain and not others and _is_published(workspace, words):
            return row["Email"], row["Name"], words
    raise AssertionError("the sample company has nobody who answered and wrote")


def _is_published(workspace, words):
    return query(workspace / "warehouse.duckdb", "SELECT count(*) FROM core.feedback WHERE text = ?", [words]) == [(1,)]


def _everything(path):
    """The bytes of a file, and of all that is packed in it: independent of the product's own search."""
    return list(_unpacked(path.read_bytes())) + (_tables(path) if path.suffix == ".duckdb" else [])


def _unpacked(content):
    yield content
    if content[:2] == b"\x1f\x8b":
        yield from _unpacked(gzip.decompress(content))
    elif content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield repr(archive.namelist()).encode()
            for name in archive.namelist():
                yield from _unpacked(archive.read(name))
    elif content[:4] == b"PAR1":
        yield repr(pq.read_table(io.BytesIO(content)).to_pylist()).encode()
    elif content[:3] == b"Obj":
        yield repr(list(fastavro.reader(io.BytesIO(content)))).encode()


def _tables(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        return [repr(connection.execute(f"SELECT t::VARCHAR FROM {name} AS t").fetchall()).encode() for (name,) in names]


def _found(workspace, needles):
    """Files by needle in which it occurs, whatever its case."""
    found = {needle: set() for needle in needles}
    for path in sorted(workspace.rglob("*")):
        if path.is_file() and not path.is_symlink():
            contents = [content.lower() for content in _everything(path)]
            for needle in needles:
                if any(needle.lower().encode() in content for content in contents):
                    found[needle].add(str(path.relative_to(workspace)))
    return found


@pytest.fixture(scope="module")
def forgotten(company, tmp_path_factory):
    """A copy of the sample company in which a person was forgotten, by a command that was killed once."""
    workspace = tmp_path_factory.mktemp("privacy") / "workspace"
    shutil.copytree(company, workspace, symlinks=True)
    for truth in workspace.glob("truth*"):
        truth.unlink()
    person = _person(workspace)
    known_before = _found(workspace, person)
    export = workspace.parent / "export"
    told = earshot("export", "--email", person[0], "--out", export, "-w", workspace)
    assert told.returncode == 0, told.stderr
    _killed_midway(workspace, person[0])
    finished = earshot("forget", "--email", person[0].upper(), "--yes", "-w", workspace)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return workspace, person, known_before, finished.stdout


def _killed_midway(workspace, email):
    """Kills the command as soon as the first delivery is rewritten."""
    manifest = workspace / ".earshot/landing/manifest.jsonl"
    before = manifest.read_bytes()
    command = [str(EARSHOT), "forget", "--email", email, "--yes", "-w", str(workspace)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
    while manifest.read_bytes() == before:
        assert process.poll() is None
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert (workspace / ".earshot/forgetting.json").exists()


def test_nothing_of_the_person_is_left_anywhere(forgotten):
    workspace, person, known_before, said = forgotten
    assert all(any("landing" in place for place in places) for places in known_before.values())
    assert any(place == "warehouse.duckdb" for place in known_before[person[2]])
    assert {needle: places for needle, places in _found(workspace, person).items() if places} == {}
    assert "finds nothing" in said
    assert not (workspace / ".earshot/forgetting.json").exists()


def test_the_certificate_counts_and_names_nobody(forgotten):
    workspace, _, _, said = forgotten
    (path,) = (workspace / ".earshot/erasures").glob("certificate-*.json")
    certificate = json.loads(path.read_text("utf-8"))
    assert certificate["erasure_id"] in said
    assert sum(one["records"] for one in certificate["sources"]) > 3
    assert certificate["texts"] >= 1
    counted = query(workspace / "warehouse.duckdb", "SELECT source, records FROM trust.erasure ORDER BY source")
    assert counted == [(one["source"], one["records"]) for one in certificate["sources"]]


def test_every_row_is_accounted_for_as_if_the_person_had_never_been(forgotten, company):
    workspace = forgotten[0]
    totals = "SELECT sum(rows_read), sum(balance), count(*) FROM trust.source_reconciliation"
    read, balance, files = query(workspace / "warehouse.duckdb", totals)[0]
    read_before, _, files_before = query(company / "warehouse.duckdb", totals)[0]
    assert (balance, files) == (0, files_before)
    assert 0 < read_before - read < 0.1 * read_before
    states = query(workspace / "warehouse.duckdb", "SELECT DISTINCT state FROM trust.source_reconciliation ORDER BY 1")
    assert states == query(company / "warehouse.duckdb", "SELECT DISTINCT state FROM trust.source_reconciliation ORDER BY 1")


def test_the_export_for_the_person_had_every_record_with_its_origin(forgotten):
    workspace, (email, name, words), _, _ = forgotten
    folder = workspace.parent / "export"
    records = json.loads((folder / "person.json").read_text("utf-8"))
    assert {"delighted", "zendesk"} <= {record["source"] for record in records}
    assert any(words in record["record"].values() for record in records)
    rows = list(csv.DictReader((folder / "person.csv").open(encoding="utf-8", newline="")))
    assert len({row["record"] for row in rows}) == len(records)
    assert any(row["value"] == name for row in rows)
    assert any(row["value"] == email for row in rows)


def test_neither_an_old_export_nor_a_new_one_brings_the_person_back(forgotten, company, tmp_path):
    workspace, person, _, _ = forgotten
    settings = load_settings(shutil.copytree(workspace, tmp_path / "workspace", symlinks=True))
    old = [path for path in (company / "inbox/delighted").glob("*.csv") if person[0].encode() in path.read_bytes()]
    inbox = Path(settings.inbox) / "delighted"
    for path in old:
        shutil.copyfile(path, inbox / path.name)
        shutil.copyfile(path, inbox / f"again_{path.name}")
        (inbox / f"new_{path.name}").write_bytes(path.read_bytes() + b"99,nps,9,still a customer,,new@example.com,New One\r\n")
    landed = collect(settings, ["delighted", "zendesk"])
    assert {delivery.name.split("/")[1].split("_")[0] for delivery in landed.new} == {"new"}
    texts = [one.path.read_text("utf-8") for one in Landing(settings.landing_dir).deliveries() if "new_" in one.name]
    assert texts
    assert all("still a customer" in text for text in texts)
    assert not any(needle in text for text in texts for needle in person)
