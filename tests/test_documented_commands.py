"""Every command that README and docs show is one that exists, with options that exist; those that only read are run."""

import re
import shlex
import shutil
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest
import typer
from typer.testing import CliRunner
from walk_support import EARSHOT

from orchestration.cli import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*/README.md"))]
SHOWN = re.compile(r"^ {4,}(earshot [a-z].*)$", re.MULTILINE)
# They only read a workspace that has published.
READING = {"status", "sql", "ask", "loop", "describe", "check", "digest", "interview-kit", "gate list", "doctor", "metrics"}
# They answer on a port until they are ended.
SERVING = {"dashboard", "ui"}
# What writes, or takes a partner, is run by tests of its own.
RUN_ELSEWHERE = {
    "backfill": "orchestration/test_backfill.py",
    "tables": "orchestration/test_tables.py",
    "backup": "orchestration/test_backup.py",
    "demo": "conftest.py",
    "docs": "test_reference_pages.py",
    "forget": "test_privacy.py",
    "init": "orchestration/test_init_command.py",
    "label": "orchestration/test_label_command.py",
    "mcp": "test_assistant.py",
    "pull": "orchestration/test_pulling.py",
    "restore": "orchestration/test_backup.py",
    "run": "conftest.py",
    "superset": "test_reference_pages.py",
    "themes": "orchestration/test_themes_command.py",
}
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


def reads(words):
    """Whether a command changes nothing, and so can be run as it is shown."""
    return bool({words[0], " ".join(words[:2])} & READING) or words[-1] == "--help"


# Each once, wherever it is shown.
READ = {" ".join(words): words for _, words in COMMANDS if reads(words)}


@pytest.mark.parametrize("arguments", READ.values(), ids=READ)
def test_a_shown_command_that_reads_does_what_it_says(company, arguments):
    words = [str(company) if word == "~/voc" else word for word in arguments]
    if words == ["sql", "-w", str(company)]:
        pytest.skip("a prompt; the query form is run")
    outcome = CliRunner().invoke(app, words, env={"COLUMNS": "160"})
    assert outcome.exit_code in ((0, CHECK_FOUND_SOMETHING) if words[0] == "check" else (0,)), outcome.output


def test_every_shown_command_is_run_somewhere():
    """A command of which no test is known, and a test that does not call what it is known for, both fail here."""
    for _, words in COMMANDS:
        if words[0] in SERVING or reads(words):
            continue
        assert words[0] in RUN_ELSEWHERE, f"add the test that runs it: earshot {' '.join(words)}"
        text = (ROOT / "tests" / RUN_ELSEWHERE[words[0]]).read_text("utf-8")
        assert f'"{words[0]}"' in text, (words[0], RUN_ELSEWHERE[words[0]])


SERVED = {" ".join(words): words for _, words in COMMANDS if words[0] in SERVING}


@pytest.mark.parametrize("arguments", SERVED.values(), ids=SERVED)
def test_a_shown_command_that_serves_answers_until_it_is_ended(company, tmp_path, arguments):
    for name in ("earshot.toml", "warehouse.duckdb"):
        shutil.copy2(company / name, tmp_path / name)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    words = [str(tmp_path) if word == "~/voc" else word for word in arguments]
    words = [*words[: words.index("--port")], "--port", str(port)] if "--port" in words else [*words, "--port", str(port)]
    server = subprocess.Popen([EARSHOT, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        page = answer(f"http://127.0.0.1:{port}", server)
        assert {"dashboard": "Earshot", "ui": "Dagster"}[words[0]] in page
    finally:
        server.terminate()
        said, _ = server.communicate(timeout=60)
    assert f"http://127.0.0.1:{port} (Ctrl-C ends it)" in said
    with socket.socket() as freed:
        assert freed.connect_ex(("127.0.0.1", port)) != 0


def answer(address, server):
    """The first page of a server, once it is there."""
    for _ in range(600):
        try:
            return httpx.get(address, timeout=30, follow_redirects=True).text
        except httpx.TransportError:
            assert server.poll() is None, server.stdout.read()
            time.sleep(0.2)
    raise AssertionError(f"{address} never answered")


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
