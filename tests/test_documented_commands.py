"""Every command that README and docs show is one that exists, with options that exist; those that only read are run."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from orchestration.cli import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*/README.md"))]
SHOWN = re.compile(r"^ {4,}(earshot [a-z].*)$", re.MULTILINE)
# They only read a workspace that has published; the rest are run by tests of their own.
READING = {"status", "sql", "ask", "loop", "describe", "check", "digest", "interview-kit", "gate list", "doctor"}
CHECK_FOUND_SOMETHING = 5


def shown_commands():
    for page in PAGES:
        for line in SHOWN.findall(page.read_text("utf-8")):
            yield page.relative_to(ROOT).as_posix(), shlex.split(line, comments=True)[1:]


COMMANDS = list(shown_commands())


def parsed(arguments):
    """The command that is meant; its arguments are read as the shell reads them."""
    command, context, words = typer.main.get_command(app), None, list(arguments)
    while hasattr(command, "commands") and not words[0].startswith("-"):
        assert words[0] in command.commands, f"there is no command {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    if words != ["--help"]:
        context = command.make_context(command.name, list(words))
    return command, context


@pytest.mark.parametrize(("page", "arguments"), COMMANDS, ids=[f"{page}: {' '.join(words)}" for page, words in COMMANDS])
def test_a_shown_command_exists_with_its_options(page, arguments):
    assert parsed(arguments)


# Each once, wherever it is shown.
READ = {" ".join(words): words for _, words in COMMANDS if {words[0], " ".join(words[:2])} & READING}


@pytest.mark.parametrize("arguments", READ.values(), ids=READ)
def test_a_shown_command_that_reads_does_what_it_says(company, arguments):
    words = [str(company) if word == "~/voc" else word for word in arguments]
    if words == ["sql", "-w", str(company)]:
        pytest.skip("a prompt; the query form is run")
    outcome = CliRunner().invoke(app, words, env={"COLUMNS": "160"})
    assert outcome.exit_code in ((0, CHECK_FOUND_SOMETHING) if words[0] == "check" else (0,)), outcome.output


def test_the_metric_reference_is_that_of_the_warehouse(company):
    outcome = CliRunner().invoke(app, ["describe", "--metrics", "-w", str(company)])
    assert outcome.exit_code == 0, outcome.output
    written = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    assert outcome.stdout == written, "write it anew: earshot describe --metrics -w WORKSPACE > docs/metrics.md"


def test_a_wrong_option_would_be_seen():
    with pytest.raises(Exception, match="No such option"):
        parsed(["run", "--no-such-option"])
    with pytest.raises(AssertionError, match="there is no command"):
        parsed(["fly"])
    assert len(COMMANDS) > 20
