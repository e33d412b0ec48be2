"""The weekly digests say what the marts say, are written by Dagster's own job, and reach a mail server once."""

import json
import re
import socket

import dagster as dg
import pytest
from aiosmtpd.controller import Controller
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.definitions import build_defs
from orchestration.delivery import delivered_topics
from orchestration.digests import digests_job, weekly_schedule, write_digests
from orchestration.erasure import discard_copies
from orchestration.settings import load_settings
from orchestration.sql_prompt import open_published
from orchestration.voc_digest import read_voc_digest, render_voc
from orchestration.workspace import create_workspace


@pytest.fixture
def published(company):
    with open_published(company / "warehouse.duckdb") as connection:
        yield connection


@pytest.fixture
def mailbox():
    class Keeping:
        def __init__(self):
            self.mails = []

        async def handle_DATA(self, server, session, envelope):  # noqa: N802
            self.mails.append(envelope.content.decode("utf-8", "replace"))
            return "250 OK"

    keeping = Keeping()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        keeping.port = probe.getsockname()[1]
    server = Controller(keeping, hostname="127.0.0.1", port=keeping.port)
    server.start()
    yield keeping
    server.stop()


def test_the_numbers_are_those_of_the_marts(published):
    digest = read_voc_digest(published, "EUR")
    text = render_voc(digest, "markdown")
    [(week, theme, mentions, n, low, high)] = published.execute(
        "SELECT week_start, theme_name, mentions, feedback_n, share_low, share_high "
        "FROM voc.theme_weekly JOIN core.theme USING (theme_id) WHERE series = 'restated' AND segment = 'all' "
        "AND channel = 'all' AND valid_to IS NULL AND is_complete_week "
        "ORDER BY week_start DESC, mentions DESC, theme_id LIMIT 1"
    ).fetchall()
    assert f"week of {week:%d %B %Y}" in text
    assert f"- {theme}: {mentions} mention" in text
    assert f"({low:.0%} to {high:.0%}, n = {n})" in text
    [(nps, answers)] = published.execute(
        "SELECT nps, n FROM voc.nps_monthly WHERE segment = 'all' ORDER BY month_start DESC LIMIT 1"
    ).fetchall()
    assert f": {nps:.0f} (" in text
    assert f"n = {answers})" in text


def test_every_quote_is_somebodys_words(published):
    quotes = [said for section in read_voc_digest(published, "EUR").sections for said in section.said if said.quote]
    assert len(quotes) > 5
    for said in quotes:
        [(text,)] = published.execute(
            "SELECT text FROM core.feedback WHERE feedback_id = ?", [said.source.rpartition(" · ")[2]]
        ).fetchall()
        assert said.quote in " ".join(text.split())


def test_each_form_is_what_its_reader_takes(published):
    digest = read_voc_digest(published, "EUR")
    blocks = json.loads(render_voc(digest, "slack"))["blocks"]
    assert blocks[0]["type"] == "header"
    assert all(len(block["text"]["text"]) <= 3000 for block in blocks if block["type"] == "section")
    page = render_voc(digest, "html")
    assert page.startswith("<!doctype html>")
    assert not re.search(r"(src|href)=", page)


def test_nothing_published_is_told(tmp_path):
    create_workspace(tmp_path, "Example")
    outcome = CliRunner().invoke(app, ["digest", "voc", "-w", str(tmp_path)])
    assert outcome.exit_code == 1
    assert "earshot run" in outcome.stderr


def test_the_job_writes_them_and_mails_them_once(company_copy, mailbox):
    with (company_copy / "earshot.toml").open("a") as config:
        config.write(f'[delivery]\nemail_to = ["pm@example.com"]\nsmtp_host = "127.0.0.1"\nsmtp_port = {mailbox.port}\n')
    settings = load_settings(company_copy)
    job = digests_job(settings)
    assert job.execute_in_process().success
    files = sorted(path.name for path in (company_copy / "digests").iterdir())
    assert any(re.fullmatch(r"voc-\d{4}-\d\d-\d\d.md", name) for name in files)
    assert len(mailbox.mails) == len(files)
    assert any("multipart/alternative" in mail and "Voice of customer" in mail for mail in mailbox.mails)
    assert job.execute_in_process().success
    assert len(mailbox.mails) == len(files)
    # Their quotes may be those of somebody who is forgotten.
    discard_copies(settings)
    assert not settings.digests_dir.exists()


def test_what_one_channel_refused_is_said_on_the_other_until_it_is_over(company_copy, mailbox):
    config = company_copy / "earshot.toml"
    before = config.read_text("utf-8")
    mail = f'email_to = ["pm@example.com"]\nsmtp_host = "127.0.0.1"\nsmtp_port = {mailbox.port}\nattempts = 1\n'

    def delivered(command):
        config.write_text(f"{before}[delivery]\n{mail}command = {json.dumps(command)}\n", "utf-8")
        return write_digests(load_settings(company_copy))[1]

    def alarms():
        return sum("not delivered everywhere" in " ".join(mail.split()) for mail in mailbox.mails)

    assert delivered(["false"])
    assert alarms() == 1
    assert delivered(["false"])
    assert alarms() == 1
    assert delivered(["true"]) == []
    assert delivered_topics(load_settings(company_copy)) & {"undelivered"} == set()


def test_of_a_digest_that_failed_the_sensor_tells(company_copy, capfd):
    """A channel refuses, the run fails, and the sensor that watches the job says so: all three Dagster's own."""
    with (company_copy / "earshot.toml").open("a") as config:
        config.write('[delivery]\ncommand = ["false"]\nattempts = 1\n')
    definitions = build_defs(load_settings(company_copy))
    job = definitions.resolve_job_def("digests")
    sensor = definitions.resolve_sensor_def("run_failed")
    with dg.DagsterInstance.ephemeral() as instance:
        failed = job.execute_in_process(instance=instance, raise_on_error=False)
        assert not failed.success
        context = dg.build_run_status_sensor_context(
            sensor_name="run_failed",
            dagster_event=failed.get_run_failure_event(),
            dagster_instance=instance,
            dagster_run=failed.dagster_run,
        ).for_run_failure()
        sensor(context)
    [told] = [line for line in capfd.readouterr().err.splitlines() if "earshot status" in line]
    assert f"digests: run {failed.run_id} failed: Written, but not delivered everywhere. command: " in told


def test_the_schedule_is_the_workspaces(tmp_path):
    create_workspace(tmp_path, "Example")
    config = tmp_path / "earshot.toml"
    config.write_text(config.read_text().replace('# digests_at = "mon 07:00"', 'digests_at = "thu 16:30"'))
    settings = load_settings(tmp_path)
    assert weekly_schedule(settings, digests_job(settings)).cron_schedule == "30 16 * * thu"
