"""Pulls of a whole workspace: every record once, whatever fails or is killed, and no secret anywhere."""

import io
import json
import multiprocessing
import re
import signal
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from api_fakes import (
    FAKES,
    NOW,
    Amplitude,
    HubSpot,
    HubSpotExport,
    Intercom,
    Mixpanel,
    Qualtrics,
    Salesforce,
    Zendesk,
    pull_and_die,
    pull_workspace,
    variables,
    write_workspace,
)
from rich.console import Console
from typer.testing import CliRunner

from orchestration.assets.loaded import open_store
from orchestration.cli import app
from orchestration.inputs import nothing_new, present_inputs, remember_published
from orchestration.inspection import inspect_workspace
from orchestration.pulling import standings
from orchestration.settings import SettingsError, load_settings


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    def make(fake, url):
        for name, value in variables(fake).items():
            monkeypatch.setenv(name, value)
        return write_workspace(tmp_path / "workspace", fake, url)

    return make


@pytest.fixture(scope="session")
def processes():
    """Starts processes that have imported what a pull needs, and nothing else."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["api_fakes", "orchestration.pulling", "connectors.registry"])
    return context


def keys_of(root, fake):
    key = {"delighted": "response_id"}.get(fake.vendor, getattr(fake, "key", "id"))
    return sorted(row[0] for row in query(root, f"SELECT {key} FROM raw.{fake.table}"))


def query(root, sql):
    with duckdb.connect(str(root / ".earshot" / "build.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def all_is_accounted_for(root):
    balances = open_store(load_settings(root)).reconcile()
    return bool(balances) and all(balance.agrees for balance in balances) and not query(root, "FROM ops.quarantine")


def bytes_of(root):
    return [(path.name, path.read_bytes()) for path in root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("fake", FAKES, ids=lambda fake: fake.__name__)
def test_every_record_once_through_all_that_passes(fake, workspace):
    """Busy, broken, cut off and slow, each on a request of its own; then once more with nothing new."""
    other_side = fake()
    other_side.faults = {1: "429", 3: "500", 5: "truncated", 7: "slow"}
    with other_side.served() as url:
        root = workspace(other_side, url)
        outcomes, clock = pull_workspace(root)
        assert [outcome.failure for outcome in outcomes] == [None]
        assert not other_side.faults or len(other_side.requests) < 7
        assert 7.0 in clock.slept
        assert keys_of(root, other_side) == sorted(other_side.expected())
        assert all_is_accounted_for(root)

        read = query(root, "SELECT sum(rows_read) FROM ops.file")
        other_side.clock.at = NOW + timedelta(hours=2)
        outcomes, _ = pull_workspace(root, NOW + timedelta(hours=2))
        assert [outcome.failure for outcome in outcomes] == [None]
        assert keys_of(root, other_side) == sorted(other_side.expected())
        assert all_is_accounted_for(root)
        if fake is Zendesk:
            assert query(root, "SELECT sum(rows_read) FROM ops.file") == read

        other_side.expired = True
        outcomes, _ = pull_workspace(root, NOW + timedelta(hours=60))
    assert any(variable in outcomes[0].failure for variable in variables(other_side))
    assert query(root, "SELECT failure FROM ops.pull") == [(outcomes[0].failure,)]
    assert keys_of(root, other_side) == sorted(other_side.expected())
    for name, secret in other_side.secrets.items():
        if name not in ("email", "user", "client_id"):
            assert not [path for path, content in bytes_of(root) if secret.encode() in content]


@pytest.mark.parametrize(
    ("fake", "streams", "told"),
    [
        (
            Zendesk,
            ("ticket", "user", "organization"),
            "SELECT count(*), bool_and(email_domain = 'example.test') FROM raw.zendesk__user JOIN raw.zendesk__organization o "
            "ON organization_id = o.id",
        ),
        (
            HubSpotExport,
            ("contact", "deal", "note", "deal_export"),
            "SELECT count(*), bool_and(amount = 1200.5 AND body = 'They want SSO' AND c.company_ids IS NOT NULL "
            "AND e.company_ids::VARCHAR = CASE WHEN id::INT % 5 = 0 THEN '[]' ELSE '[{\"id\":\"' || id || '\"}]' END) "
            "FROM raw.hubspot__deal d JOIN raw.hubspot__engagement e USING (id) JOIN raw.hubspot__contact c USING (id)",
        ),
        (
            Intercom,
            ("conversation", "contact"),
            "SELECT count(*), bool_and(email_domain LIKE 'c%.example' AND companies::VARCHAR LIKE '%co%') "
            "FROM raw.intercom__contact",
        ),
        (
            Salesforce,
            ("account", "contact", "opportunity", "task"),
            "SELECT count(*), bool_and(amount = 5000 AND is_won AND o.name LIKE 'Deal, \"big\" %' AND _text LIKE '%SSO,%.') "
            "FROM raw.salesforce__opportunity o JOIN raw.salesforce__task USING (account_id) "
            "JOIN raw.salesforce__contact USING (account_id) JOIN raw.salesforce__account a ON account_id = a.id",
        ),
    ],
    ids=lambda part: getattr(part, "vendor", None),
)
def test_every_stream_of_a_vendor_asks_as_it_must_and_loads_with_its_types(fake, streams, told, workspace):
    other_side = fake()
    other_side.section = re.sub(r"streams = .*", f"streams = {json.dumps(streams)}", other_side.section)
    other_side.faults = {2: "429", 4: "500", 6: "truncated"}
    with other_side.served() as url:
        root = workspace(other_side, url)
        outcomes, _ = pull_workspace(root)
        assert {outcome.endpoint: outcome.failure for outcome in outcomes} == dict.fromkeys(streams)
        assert not other_side.faults
        assert query(root, told) == [(len(other_side.records), True)]
        assert all_is_accounted_for(root)


@pytest.mark.parametrize(
    ("fake", "when"), [(Zendesk, "landed"), (Zendesk, "loaded"), (Amplitude, "loaded"), (Salesforce, "landed")]
)
def test_killed_between_two_pages_it_goes_on_without_gap_or_double(fake, when, workspace, processes):
    other_side = fake()
    with other_side.served() as url:
        root = workspace(other_side, url)
        process = processes.Process(target=pull_and_die, args=(root, variables(other_side), 2, when))
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        landed = len(list((root / ".earshot" / "landing" / other_side.vendor).rglob("*.*")))
        assert landed == 2
        # The state stands behind the last page that is loaded, never behind one that is not.
        assert query(root, "SELECT pages FROM ops.pull") == [(1 if when == "landed" else 2,)]
        asked = len(other_side.requests)
        outcomes, _ = pull_workspace(root)
    assert [outcome.failure for outcome in outcomes] == [None]
    assert keys_of(root, other_side) == sorted(other_side.expected())
    assert all_is_accounted_for(root)
    if fake is Zendesk:
        assert len(other_side.requests) - asked == 1


def test_a_changed_record_replaces_its_version_and_a_repeated_page_counts_once(workspace):
    fake = Zendesk()
    fake.repeats = True
    with fake.served() as url:
        root = workspace(fake, url)
        pull_workspace(root)
        assert keys_of(root, fake) == sorted(fake.expected())
        settings = load_settings(root)
        remember_published(settings, present_inputs(settings))
        pull_workspace(root)
        assert nothing_new(settings)
        fake.change(2, NOW - timedelta(minutes=3))
        pull_workspace(root)
        assert not nothing_new(settings)
    assert keys_of(root, fake) == sorted(fake.expected())
    assert query(root, "SELECT subject FROM raw.zendesk__ticket WHERE id = '2'") == [("Changed 2",)]
    assert all_is_accounted_for(root)


def test_a_record_that_changes_while_it_is_read_ends_as_its_newest_version(workspace):
    fake = HubSpot()

    def change(number):
        if number == 2:
            fake.change(150, NOW - timedelta(minutes=1))

    fake.before = change
    with fake.served() as url:
        root = workspace(fake, url)
        pull_workspace(root)
        assert len(keys_of(root, fake)) == 229
        fake.clock.at = NOW + timedelta(hours=1)
        pull_workspace(root, NOW + timedelta(hours=1))
    assert keys_of(root, fake) == sorted(fake.expected())
    assert all_is_accounted_for(root)


def test_one_stream_that_fails_stops_no_other_and_goes_on_later(workspace, monkeypatch):
    broken, sound = Intercom(), Mixpanel()
    broken.faults = dict.fromkeys(range(2, 8), "500")
    with broken.served() as broken_url, sound.served() as url:
        root = workspace(broken, broken_url)
        first = (root / "earshot.toml").read_text()
        workspace(sound, url)
        (root / "earshot.toml").write_text(first + (root / "earshot.toml").read_text())
        outcomes, _ = pull_workspace(root)
        assert [bool(outcome.failure) for outcome in outcomes] == [True, False]
        assert "answered 500" in outcomes[0].failure
        assert keys_of(root, sound) == sorted(sound.expected())
        assert {s.vendor: bool(s.failure) for s in standings(load_settings(root))} == {"intercom": True, "mixpanel": False}
        found = [f for f in inspect_workspace(load_settings(root)) if f.subject == "intercom conversation"]
        assert [f.problem for f in found] == [True]
        outcomes, _ = pull_workspace(root)
    assert [outcome.failure for outcome in outcomes] == [None, None]
    assert keys_of(root, broken) == sorted(broken.expected())
    assert all_is_accounted_for(root)


def test_a_rebuilt_database_knows_from_the_landing_area_where_its_streams_stand(workspace):
    fake = Zendesk()
    with fake.served() as url:
        root = workspace(fake, url)
        pull_workspace(root)
        state = query(root, "SELECT state FROM ops.pull")
        (root / ".earshot" / "build.duckdb").unlink()
        asked = len(fake.requests)
        pull_workspace(root)
    assert query(root, "SELECT state FROM ops.pull") == state
    assert keys_of(root, fake) == sorted(fake.expected())
    assert len(fake.requests) == asked + 1


def test_another_address_is_another_stream_and_anew_begins_at_the_first_day(workspace):
    fake, elsewhere = Zendesk(), Zendesk(3)
    with fake.served() as url, elsewhere.served() as other_url:
        root = workspace(fake, url)
        pull_workspace(root)
        pull_workspace(root, anew=True)
        assert [("start_time" in r.query) for r in fake.requests] == [True, False, False, True, False, False]
        assert query(root, "SELECT count(*), sum(rows_read) FROM ops.file") == [(3, 8)]
        workspace(fake, other_url)
        pull_workspace(root)
    assert "start_time" in elsewhere.requests[0].query


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace("token = ", "tokn = "), "name the environment variable that holds token"),
        (lambda text: text.replace("FAKE_ZENDESK_TOKEN", "NOT_SET_ANYWHERE"), "NOT_SET_ANYWHERE is not set"),
        (lambda text: text.replace('["ticket"]', '["tickets"]'), "has no 'tickets' to pull; it has ticket, user"),
        (lambda text: text.replace("base_url", "# base_url"), "base_url is missing"),
        (lambda text: text.replace("http://127.0.0.1", "http://desk.example"), "must begin with https://"),
        (lambda text: text.replace("sources.zendesk", "sources.gong"), "gong has no export API here"),
    ],
)
def test_a_wrong_section_is_told_with_its_remedy_and_nobody_is_asked(change, told, workspace):
    fake = Zendesk()
    with fake.served() as url:
        root = workspace(fake, url)
        (root / "earshot.toml").write_text(change((root / "earshot.toml").read_text()))
        found = [f.text for f in inspect_workspace(load_settings(root)) if f.problem]
    assert [text for text in found if told in text]
    assert not fake.requests


def test_a_secret_in_the_configuration_is_refused_and_not_repeated(workspace):
    root = workspace(Zendesk(), "http://127.0.0.1:9")
    text = (root / "earshot.toml").read_text().replace("FAKE_ZENDESK_TOKEN", "zd-secret-pasted")
    (root / "earshot.toml").write_text(text)
    with pytest.raises(SettingsError, match="must name an environment variable") as refused:
        load_settings(root)
    assert "pasted" not in str(refused.value)


def test_the_command_tells_what_came_and_ends_with_a_code(workspace, monkeypatch):
    said = io.StringIO()
    for place in ("orchestration.commands.pull.console", "orchestration.cli.console", "orchestration.shell.complaints"):
        monkeypatch.setattr(place, Console(file=said, width=200))
    fake = Qualtrics()
    # The command has the machine's own clock.
    fake.clock.at = datetime.now(UTC)
    with fake.served() as url:
        root = str(workspace(fake, url))
        assert CliRunner().invoke(app, ["pull", "-w", root]).exit_code == 0
        assert "✓ qualtrics response: 2 new files, 8 records" in said.getvalue()
        fake.expired = True
        assert CliRunner().invoke(app, ["pull", "-w", root, "qualtrics"]).exit_code == 1
        assert "FAKE_QUALTRICS_TOKEN is expired" in said.getvalue()
    assert CliRunner().invoke(app, ["pull", "-w", root, "zendesk"]).exit_code == 2
    CliRunner().invoke(app, ["status", "-w", root])
    assert "✗ qualtrics response: the last pull failed" in said.getvalue()
