"""`earshot init`: folders for the systems that a company has, what to export from them, and names put right."""

import pytest
from typer.testing import CliRunner

from connectors.registry import load_specs
from orchestration.cli import app
from orchestration.shell import console


def init(folder, *words, piped=None):
    return CliRunner().invoke(app, ["init", str(folder), *words], input=piped)


def test_only_the_systems_that_are_named(tmp_path):
    made = init(tmp_path / "voc", "--system", "Zendesk", "--system", "salesforce, jira service management")
    assert made.exit_code == 0, made.output
    folders = sorted(path.name for path in (tmp_path / "voc" / "inbox").iterdir())
    assert folders == ["jira_service_management", "salesforce", "zendesk"]
    guide = (tmp_path / "voc" / "exports.md").read_text("utf-8")
    for spec in load_specs().values():
        assert (f"**{spec.stream}**" in guide and spec.description in guide) or spec.vendor not in folders
    assert "hubspot" not in guide


def test_without_a_name_every_system_has_its_folder(tmp_path):
    assert init(tmp_path).exit_code == 0
    assert {path.name for path in (tmp_path / "inbox").iterdir()} == {spec.vendor for spec in load_specs().values()}


def test_answers_that_are_piped_in_are_not_taken_and_that_is_said(tmp_path):
    with console.capture() as shown:
        assert init(tmp_path, piped="zendesk\n").exit_code == 0
    told = " ".join(shown.get().split())
    assert (tmp_path / "inbox" / "slack").is_dir()
    assert "asked for in a terminal only" in told
    assert "--system zendesk,salesforce" in told
    with console.capture() as shown:
        init(tmp_path / "named", "--system", "zendesk", piped="slack\n")
    assert "asked for in a terminal only" not in " ".join(shown.get().split())


@pytest.mark.parametrize(("word", "told"), [("zendsk", "Nearest: zendesk"), ("qqqq", "Known are amplitude")])
def test_an_unknown_system_makes_nothing(tmp_path, word, told):
    refused = init(tmp_path / "voc", "--system", word)
    assert refused.exit_code == 2
    assert told in refused.stderr
    assert not (tmp_path / "voc").exists()
