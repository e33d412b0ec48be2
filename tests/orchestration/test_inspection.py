"""`earshot check` and `earshot doctor`: what is in the wrong place is recognised, what is wrong comes with its remedy."""

import io
import json
import shutil
import zipfile

import pytest
from rich.console import Console
from typer.testing import CliRunner

from orchestration import cli, shell
from orchestration.cli import app
from orchestration.commands import doctor
from orchestration.settings import load_settings
from orchestration.workspace import create_workspace

FINDINGS = 5


@pytest.fixture
def workspace(tmp_path):
    root = tmp_path / "workspace"
    create_workspace(root, "Example")
    load_settings(root)
    return root


@pytest.fixture
def survey(repository_fixtures):
    return repository_fixtures / "delighted" / "response.csv"


@pytest.fixture
def repository_fixtures(request):
    return request.config.rootpath / "tests" / "fixtures" / "exports"


def said(workspace, *arguments):
    """Exit code and words of a command; the shell's console is bound to the real standard output."""
    words = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        for module in (shell, cli, doctor):
            patch.setattr(module, "console", Console(file=words, width=200))
        code = CliRunner().invoke(app, [*arguments, "-w", str(workspace)]).exit_code
    return code, " ".join(words.getvalue().split())


def test_an_export_in_the_wrong_folder_is_recognised(workspace, survey):
    shutil.copyfile(survey, workspace / "inbox" / "zendesk" / "nps.csv")
    code, told = said(workspace, "check")
    assert code == FINDINGS
    assert "zendesk/nps.csv: looks like an export of delighted: move it into inbox/delighted/" in told


def test_an_export_in_the_root_of_the_inbox_or_a_misspelt_folder_is_recognised(workspace, survey):
    (workspace / "inbox" / "deligthed").mkdir()
    for place in ("nps.csv", "deligthed/nps.csv"):
        shutil.copyfile(survey, workspace / "inbox" / place)
    _, told = said(workspace, "check")
    assert told.count("move it into inbox/delighted/") == 2


def test_the_nearest_stream_is_named_with_what_it_lacks(workspace):
    (workspace / "inbox" / "delighted" / "odd.csv").write_text("Comment,Email\nfine,a@example.org\n", "utf-8")
    _, told = said(workspace, "check")
    assert "it fits no stream of delighted; nearest is response, but it lacks" in told


def test_a_folder_that_nobody_knows_gets_its_nearest_name(workspace):
    (workspace / "inbox" / "zendisk").mkdir()
    (workspace / "inbox" / "zendisk" / "x.csv").write_text("foo,bar\n1,2\n", "utf-8")
    _, told = said(workspace, "check")
    assert "Did you mean inbox/zendesk/" in told


def test_a_file_anywhere_is_named_by_its_content(workspace, survey, tmp_path):
    shutil.copyfile(survey, tmp_path / "download (3).csv")
    code, told = said(workspace, "check", str(tmp_path / "download (3).csv"))
    assert "download (3).csv: delighted response:" in told
    assert code in (0, FINDINGS)
    code, told = said(workspace, "check", str(tmp_path / "missing.csv"))
    assert code == FINDINGS
    assert "no such file or folder" in told


def test_a_sound_workspace_has_nothing_to_mend(workspace):
    code, told = said(workspace, "doctor")
    assert code == 0, told
    assert "all well" in told


def test_each_trouble_comes_with_its_remedy(workspace):
    settings = load_settings(workspace)
    (settings.state_dir / "salt").chmod(0o644)
    settings.build_db.write_bytes(b"no database")
    settings.warehouse_db.write_bytes(b"no database either")
    settings.themes_file.write_text("themes: [", "utf-8")
    code, told = said(workspace, "doctor")
    assert code == FINDINGS
    for remedy in ("chmod 600", "--full-refresh", "publishes it anew", "themes.yml"):
        assert remedy in told, told


def test_small_members_of_an_archive_are_told_one_by_one_with_their_own_rows(workspace):
    def event(number):
        return json.dumps({"uuid": f"u{number}", "event_type": "open", "event_time": "2026-05-01 10:00:00", "user_id": "7"})

    members = {"a.json": [event(1), event(2)], "b.json": [event(3), "{broken"], "c.json": [event(4)]}
    with zipfile.ZipFile(workspace / "inbox" / "amplitude" / "hours.zip", "w") as archive:
        for name, lines in members.items():
            archive.writestr(name, "".join(f"{line}\n" for line in lines))
    code, told = said(workspace, "check")
    assert code == FINDINGS
    assert "a.json: amplitude event: 2 good rows ✗" in told
    assert "b.json: amplitude event: 1 good row, 1 for quarantine, most often:" in told
    assert "c.json: amplitude event: 1 good row" in told
