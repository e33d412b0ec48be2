"""A backup is whole or not there, and a restored workspace is what was backed up or not there either."""

import io
import json
import shutil
import tarfile

import pytest
from typer.testing import CliRunner

from connectors.landing import Landing
from orchestration.assets.loaded import load_new_files
from orchestration.backup import BackupError, back_up, restore
from orchestration.cli import app
from orchestration.declared import workspace_specs
from orchestration.persons import hashed, suppress, suppressed
from orchestration.resources import LogProgress, writer_lock
from orchestration.search import find_needles
from orchestration.settings import load_settings
from orchestration.store import BuildStore
from orchestration.workspace import create_workspace

QUIET = LogProgress()
LOCKED, FAILED = 4, 1


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A workspace with landed files, a build database, labels, a decision and somebody who was forgotten; and its backup."""
    folder = tmp_path_factory.mktemp("backups")
    root = folder / "voc"
    create_workspace(root, "Example Ltd", ["zendesk"])
    made = load_settings(root)
    (root / "inbox/zendesk/tickets.ndjson").write_text('{"id": 1}\n', "utf-8")
    Landing(made.landing_dir).collect(root / "inbox", ["zendesk"])
    BuildStore(made.build_db).prepare(workspace_specs(made).values())
    (root / "theme_labels.ndjson").write_text('{"text": "slow"}\n', "utf-8")
    (root / ".earshot/waivers.json").write_text("[]", "utf-8")
    (root / ".earshot/tmp").mkdir()
    (root / ".earshot/tmp/spilled").write_text("x", "utf-8")
    (root / ".venv").mkdir()
    (root / ".venv/not_ours.py").write_text("", "utf-8")
    suppress(made, hashed(made.salt, ["jane@example.com"]))
    back_up(made, folder / "voc.tar", QUIET)
    return folder


@pytest.fixture
def settings(base, tmp_path):
    """A copy of the workspace that a test may spoil."""
    return load_settings(shutil.copytree(base / "voc", tmp_path / "voc"))


@pytest.fixture
def backup(base, tmp_path):
    """A copy of its backup."""
    return shutil.copy(base / "voc.tar", tmp_path / "voc.tar")


def contents(root):
    files = [path for path in root.rglob("*") if path.is_file() and not path.name.endswith(".lock")]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def test_a_restored_workspace_is_what_was_backed_up_and_as_private(settings, backup, tmp_path):
    made = restore(backup, tmp_path / "again", QUIET)
    left = {"inbox/zendesk/tickets.ndjson", ".earshot/tmp/spilled", ".venv/not_ours.py"}
    assert contents(made.root) == {name: data for name, data in contents(settings.root).items() if name not in left}
    assert ".earshot/salt" in contents(made.root)
    assert backup.stat().st_mode & 0o777 == 0o600
    for name in (".earshot", ".earshot/landing", ".earshot/landing/zendesk"):
        assert (made.root / name).stat().st_mode & 0o777 == 0o700, name
    for name in (
        ".earshot/salt",
        ".earshot/build.duckdb",
        *(f".earshot/{x}" for x in ("landing/manifest.jsonl", "suppressed.json")),
    ):
        assert (made.root / name).stat().st_mode & 0o077 == 0, name


def _damaged(backup, how):
    """The same archive, spoiled."""
    with tarfile.open(backup) as archive:
        members = [(member, archive.extractfile(member).read()) for member in archive]
    spoiled = backup.with_name("spoiled.tar")
    with tarfile.open(spoiled, "w") as archive:
        for member, content in members:
            how(archive, member, content)
    return spoiled


def _add(archive, member, content):
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def _changed(archive, member, content):
    _add(archive, member, content.replace(b"slow", b"fast"))


def _missing(archive, member, content):
    if member.name != "themes.yml":
        _add(archive, member, content)


def _surplus(archive, member, content):
    _add(archive, member, content)
    if member.name == "themes.yml":
        member.name = "themes2.yml"
        _add(archive, member, content)


def _outside(archive, member, content):
    if member.name == "themes.yml":
        member.name = "../themes.yml"
    _add(archive, member, content)


def _link(archive, member, content):
    if member.name == "themes.yml":
        member.type, member.linkname, content = tarfile.SYMTYPE, "/etc/hostname", b""
    _add(archive, member, content)


def _without_manifest(archive, member, content):
    if member.name != "MANIFEST.json":
        _add(archive, member, content)


def _of_the_future(archive, member, content):
    if member.name == "MANIFEST.json":
        content = json.dumps({**json.loads(content), "format": 99}).encode()
    _add(archive, member, content)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (_changed, "differ from their hashes, such as theme_labels.ndjson"),
        (_missing, "such as themes.yml"),
        (_surplus, "such as themes2.yml"),
        (_outside, "outside the workspace"),
        (_link, "does not belong there"),
        (_without_manifest, "cut off"),
        (_of_the_future, "format 99"),
    ],
)
def test_a_spoiled_backup_restores_nothing(backup, tmp_path, how, told):
    spoiled = _damaged(backup, how)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(BackupError, match=told):
        restore(spoiled, tmp_path / "again", QUIET)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("length", [0, 700, 30_000])
def test_a_cut_off_backup_restores_nothing(backup, tmp_path, length):
    backup.write_bytes(backup.read_bytes()[:length])
    before = sorted(tmp_path.iterdir())
    with pytest.raises(BackupError, match=r"damaged|cut off"):
        restore(backup, tmp_path / "again", QUIET)
    assert sorted(tmp_path.iterdir()) == before


def test_what_stands_there_is_refused_and_with_force_moved_aside_while_its_inbox_stays(settings, backup):
    (settings.root / "themes.yml").write_text("spoiled", "utf-8")
    with pytest.raises(BackupError, match="--force"):
        restore(backup, settings.root, QUIET)
    assert (settings.root / "themes.yml").read_text("utf-8") == "spoiled"
    made = restore(backup, settings.root, QUIET, force=True)
    assert (settings.root / "themes.yml").read_text("utf-8") != "spoiled"
    assert (made.aside / "themes.yml").read_text("utf-8") == "spoiled"
    assert (settings.root / "inbox/zendesk/tickets.ndjson").exists()
    assert not made.forgotten_since


def test_whoever_was_forgotten_since_stays_on_the_list_and_it_is_said(settings, backup):
    since = hashed(settings.salt, ["joe@example.com"])
    suppress(settings, since)
    assert restore(backup, settings.root, QUIET, force=True).forgotten_since
    assert since < suppressed(load_settings(settings.root))


def test_a_backup_of_before_brings_nobody_back_who_was_forgotten_since(tmp_path):
    create_workspace(tmp_path / "voc", "Example Ltd", ["zendesk"])
    settings = load_settings(tmp_path / "voc")
    users = ['{"id": 7001, "name": "Jane Roeder", "email": "jane@x.example", "created_at": "2026-01-05T10:00:00Z"}']
    users.append(users[0].replace("7001", "7002").replace("Jane Roeder", "Bob Other").replace("jane@", "bob@"))
    delivered = settings.root / "inbox/zendesk/users.ndjson"
    delivered.write_text("\n".join(users) + "\n", "utf-8")
    Landing(settings.landing_dir).collect(settings.root / "inbox", ["zendesk"])
    specs = workspace_specs(settings)
    BuildStore(settings.build_db).prepare(specs.values())
    load_new_files(settings, specs, "first", QUIET)
    settings.warehouse_db.write_bytes(b"stands for what was published, with Jane Roeder in it")
    back_up(settings, tmp_path / "voc.tar", QUIET)
    # What `earshot forget` leaves: the person is out of everything, and on the list.
    (settings.root / "inbox/zendesk/users.ndjson").unlink()
    suppress(settings, hashed(settings.salt, ["email|jane@x.example"]))
    made = restore(tmp_path / "voc.tar", settings.root, QUIET, force=True)
    assert (made.forgotten_since, made.taken_out, made.left_in) == (True, 1, ())
    needles = ["jane@x.example", "Jane Roeder", "bob@x.example"]
    assert set(find_needles([settings.root], needles).found) == {"bob@x.example"}
    with BuildStore(settings.build_db).connect() as connection:
        assert connection.execute("SELECT count(*) FROM raw.zendesk__user").fetchall() == [(1,)]
    assert not settings.warehouse_db.exists()
    # Where the salts differ nobody is recognised, and that is said.
    elsewhere = shutil.copytree(settings.root, tmp_path / "elsewhere")
    (elsewhere / ".earshot/salt").write_text("another", "utf-8")
    suppress(load_settings(elsewhere), hashed("another", ["email|joe@x.example"]))
    made = restore(tmp_path / "voc.tar", elsewhere, QUIET, force=True)
    assert (made.forgotten_since, made.taken_out) == (True, None)


def test_no_backup_is_made_where_it_would_be_lost_or_replace_something(settings, backup, tmp_path):
    kept = backup.read_bytes()
    for target, told in (
        (settings.root / "b.tar", "in the workspace itself"),
        (backup, "replaces nothing"),
        (tmp_path / "b.zip", "neither a folder nor"),
        (tmp_path / "nowhere" / "b.tar", "no folder"),
    ):
        with pytest.raises(BackupError, match=told):
            back_up(settings, target, QUIET)
    assert backup.read_bytes() == kept


def test_a_damaged_landed_file_is_found_and_leaves_no_half_backup(settings, tmp_path):
    (delivery,) = Landing(settings.landing_dir).deliveries()
    delivery.path.chmod(0o600)
    delivery.path.write_bytes(b'{"id": 2}\n')
    with pytest.raises(BackupError, match="not what was landed"):
        back_up(settings, tmp_path / "b.tar", QUIET)
    assert [path.name for path in tmp_path.iterdir()] == ["voc"]


def test_a_damaged_build_database_is_told_and_not_backed_up(settings, tmp_path):
    settings.build_db.write_bytes(b"no database")
    outcome = CliRunner().invoke(app, ["backup", str(tmp_path), "-w", str(settings.root)])
    assert outcome.exit_code == FAILED
    assert "cannot be opened" in outcome.output
    assert list(tmp_path.glob("*.tar")) == []


def test_neither_works_beside_a_run(settings, backup, tmp_path):
    with writer_lock(settings.state_dir / "run.lock", "a run", 0):
        made = CliRunner().invoke(app, ["backup", str(tmp_path), "-w", str(settings.root)])
        restored = CliRunner().invoke(app, ["restore", str(backup), str(settings.root), "--force"])
    assert (made.exit_code, restored.exit_code) == (LOCKED, LOCKED)
    assert settings.build_db.exists()
    shutil.rmtree(settings.root)
    assert CliRunner().invoke(app, ["restore", str(backup), str(settings.root)]).exit_code == 0
