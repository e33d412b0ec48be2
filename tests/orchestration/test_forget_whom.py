"""Whom `earshot forget` means: everyone at a domain, or one person by contact key or by a vendor's id; and nobody else."""

import gzip
import hashlib
import json
import shutil

import duckdb
import pytest

from orchestration.assets.landed import collect
from orchestration.assets.loaded import load_new_files
from orchestration.declared import workspace_specs
from orchestration.erasure import ErasureError, forget
from orchestration.persons import Subject, hashed, suppressed
from orchestration.resources import LogProgress
from orchestration.settings import load_settings
from orchestration.workspace import create_workspace

ADA, BOB, CY = "ada@north.example", "bob@north.example", "cy@south.example"
NAMES = {ADA: "Ada Northman", BOB: "Bob Northman", CY: "Cy Southman"}
WORDS = {
    ADA: "The weekly export takes all morning here",
    BOB: "Billing shows the wrong currency for us",
    CY: "Our admins are happy with the rollout",
}
IDS = {ADA: 9000000101, BOB: 9000000102, CY: 9000000103}
QUIET = LogProgress()


def answers(prefix=""):
    head = "ID,Survey Type,Score,Comment,Email,Name,Created At,Updated At\n"
    stamps = "2026-05-01 10:00:00 UTC,2026-05-01 10:00:00 UTC"
    return head + "".join(f"{prefix}{n},nps,9,{WORDS[who]},{who},{NAMES[who]},{stamps}\n" for n, who in enumerate(WORDS))


def users():
    stamps = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
    rows = [{"id": IDS[who], "email": who, "name": NAMES[who], "role": "end-user", **stamps} for who in IDS]
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A workspace of three people that has loaded what they wrote; published is nothing."""
    root = tmp_path_factory.mktemp("whom") / "voc"
    create_workspace(root, "Example Ltd", ["delighted", "zendesk"])
    (root / "inbox/delighted/answers.csv").write_text(answers(), "utf-8")
    (root / "inbox/zendesk/users.ndjson").write_text(users(), "utf-8")
    settings = load_settings(root)
    collect(settings, ["delighted", "zendesk"])
    load_new_files(settings, workspace_specs(settings), "run", QUIET)
    assert left(root) == set(NAMES)
    return root


@pytest.fixture
def settings(loaded, tmp_path):
    return load_settings(shutil.copytree(loaded, tmp_path / "voc"))


def left(root):
    """Who can be found in any file or table: by address, name, words, or the key that raw tables hold."""
    contents = [path.read_bytes() for path in root.rglob("*") if path.is_file() and path.suffix != ".duckdb"]
    with duckdb.connect(str(root / ".earshot/build.duckdb"), read_only=True) as connection:
        tables = connection.execute("SELECT schema_name || '.\"' || table_name || '\"' FROM duckdb_tables()").fetchall()
        contents += [repr(connection.execute(f"FROM {name}").fetchall()).encode() for (name,) in tables]
    needles = {who: (who, NAMES[who], WORDS[who], key_of(root, who)) for who in NAMES}
    return {who for who, spellings in needles.items() if any(s.encode() in content for s in spellings for content in contents)}


def key_of(root, who):
    salt = (root / ".earshot/salt").read_text("ascii").strip()
    return hashlib.sha256((salt + who).encode()).hexdigest()


def forgotten(settings, **whom):
    return forget(settings, Subject(**whom), QUIET, lambda: None)


def test_everyone_at_a_domain_is_forgotten_for_good_and_nobody_else(settings):
    certificate = forgotten(settings, domains=("@North.example",))
    assert left(settings.root) == {CY}
    assert {one.source: one.records for one in certificate.sources} == {"delighted": 2, "zendesk": 2}
    assert hashed(settings.salt, ["domain|north.example"]) <= suppressed(settings)
    # Neither an export of before nor somebody new of the same domain comes in later.
    stamps = "2026-06-01 10:00:00 UTC,2026-06-01 10:00:00 UTC"
    later = f"{answers('again')}77,nps,1,Somebody new wrote this,dee@north.example,Dee Northman,{stamps}\n"
    (settings.root / "inbox/delighted/later.csv").write_text(later, "utf-8")
    collect(settings, ["delighted", "zendesk"])
    (settings.root / "inbox/delighted/later.csv").unlink()
    assert left(settings.root) == {CY}
    landed = b"".join(path.read_bytes() for path in settings.landing_dir.rglob("*.csv"))
    assert b"dee@north.example" not in landed
    assert b"again2" in landed


def test_a_contact_key_of_the_marts_means_one_person(settings):
    certificate = forgotten(settings, contacts=(key_of(settings.root, BOB),))
    assert left(settings.root) == {ADA, CY}
    assert sum(one.records for one in certificate.sources) == 2


def test_an_id_of_one_vendor_leads_to_the_person_at_the_others(settings):
    forgotten(settings, contacts=(f"zendesk:{IDS[ADA]}",))
    assert left(settings.root) == {BOB, CY}


@pytest.mark.parametrize(
    "whom",
    [
        {"domains": ("nowhere.example",)},
        {"domains": ("th.example",)},
        {"contacts": ("zendesk:9999999999",)},
        {"contacts": ("0" * 64,)},
    ],
)
def test_whom_nobody_knows_changes_nothing(settings, whom):
    with pytest.raises(ErasureError, match="no delivery knows this person"):
        forgotten(settings, **whom)
    assert left(settings.root) == set(NAMES)
    assert suppressed(settings) == set()
    assert not (settings.state_dir / "forgetting.json").exists()


def test_an_address_with_a_tag_in_a_link_or_in_capitals_is_the_same_person(settings):
    head = "ID,Survey Type,Score,Comment,Email,Name,Created At,Updated At\n"
    stamps = "2026-05-01 10:00:00 UTC,2026-05-01 10:00:00 UTC"
    said = [
        "Open https://x.example/?to=ada%40north.example please",
        "Write to ADA+news@North.example instead",
        "Ask Ada Northman",
    ]
    rows = [f"m{n},nps,3,{words},cy@south.example,Cy Southman,{stamps}\n" for n, words in enumerate(said)]
    rows.append(f"m9,nps,2,The tagged mailbox is hers as well,Ada+survey@north.example,,{stamps}\n")
    inbox = settings.root / "inbox/delighted"
    (inbox / "more.csv").write_text(head + "".join(rows), "utf-8")
    collect(settings, ["delighted"])
    load_new_files(settings, workspace_specs(settings), "more", QUIET)
    certificate = forgotten(settings, emails=(ADA,))
    assert certificate.complete
    kept = (inbox / "more.csv").read_text("utf-8")
    assert kept in [path.read_text("utf-8") for path in settings.landing_dir.rglob("*.csv")]
    assert kept.lower().count("ada") == 0
    assert "The tagged mailbox" not in kept
    assert kept.count("[erased]") == 3
    # Delivered again, packed, the person stays out.
    (inbox / "again.csv.gz").write_bytes(gzip.compress((head + "".join(rows)).encode()))
    collect(settings, ["delighted"])
    assert left(settings.root) == {BOB, CY}


def test_what_nobody_could_search_is_named_and_no_proof_is_claimed(settings):
    whole = gzip.compress(answers("z").encode() * 40)
    (settings.root / "inbox/delighted/hurt.csv.gz").write_bytes(whole[: len(whole) // 4])
    collect(settings, ["delighted"])
    load_new_files(settings, workspace_specs(settings), "hurt", QUIET)
    certificate = forgotten(settings, emails=("nobody@elsewhere.example",))
    assert not certificate.complete
    assert "hurt.csv.gz" in certificate.remarks[-1]
