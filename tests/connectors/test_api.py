"""Export APIs over real HTTP: what a pull does when the other side fails, lies about its clock, or goes round in circles."""

import gzip
import io
import itertools
import json
import zipfile
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from api_fakes import (
    FAKES,
    NOW,
    Amplitude,
    Answer,
    Delighted,
    FakeClock,
    HubSpot,
    Intercom,
    Mixpanel,
    Qualtrics,
    Salesforce,
    Slack,
    Zendesk,
    since_of,
)

from connectors.api.client import Client, Clock, Patience, Secret
from connectors.api.pages import Pull
from connectors.api.pull import pages
from connectors.api.spec import AsyncJob, Conversations, filled
from connectors.errors import ConfigurationError, ConnectorError, TransientError
from connectors.registry import load_apis, load_specs

PARAMETERS = {"project_id": "123", "surveys": ("SV_1",), "Account_fields": ", ARR__c"}


@contextmanager
def pulling(fake, scratch, *, clock=None, since=None, name="", listed=()):
    """A function of a state that pulls and gives pages as pairs of state and content."""
    api = load_apis()[fake.vendor]
    clock, since = clock or FakeClock(), since or datetime.fromisoformat(f"{since_of(fake)}T00:00:00+00:00")
    endpoint = next(e for e in api.endpoints if not name or e.name == name)
    secrets = {key: Secret(f"VAR_{key.upper()}", value) for key, value in fake.secrets.items()}
    with (
        fake.served() as url,
        Client(api, url, secrets, scratch, Clock(clock.now, clock.sleep, clock.elapsed), Patience(timeout=0.4)) as client,
    ):
        pull = Pull(endpoint, client, since, scratch, {**api.parameters, **PARAMETERS}, listed)

        def walk(state=None, most=200):
            for page in itertools.islice(pages(pull, state or {}), most):
                yield page.state, page.file.read_bytes() if page.file else b""

        yield walk


def content(walked):
    return [body for _, body in walked if body]


def readable(body):
    """What a page says, out of its archive where it is one."""
    if not body.startswith(b"PK"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        held = ((name, archive.read(name)) for name in archive.namelist())
        return b"".join(gzip.decompress(content) if name.endswith(".gz") else content for name, content in held)


@pytest.mark.parametrize("fake", FAKES, ids=lambda fake: fake.__name__)
def test_an_expired_secret_is_named_by_its_variable_and_never_shown(fake, tmp_path):
    other_side = fake()
    other_side.expired = True
    with pulling(other_side, tmp_path) as walk, pytest.raises(ConfigurationError) as refused:
        list(walk())
    assert "VAR_" in str(refused.value)
    assert not any(secret in str(refused.value) for secret in other_side.secrets.values())


@pytest.mark.parametrize("kind", ["unset", "a trap in the answer"])
def test_an_answer_that_repeats_a_secret_is_not_kept(kind, tmp_path):
    fake = Zendesk()
    if kind != "unset":
        fake.records[3]["subject"] = f"my key is {fake.secrets['token']}"
    with pulling(fake, tmp_path) as walk:
        if kind == "unset":
            assert len(content(walk())) == 3
            return
        with pytest.raises(ConnectorError, match="holds the secret") as refused:
            list(walk())
    assert fake.secrets["token"] not in str(refused.value)


def test_the_server_says_how_long_to_wait(tmp_path):
    fake = Zendesk()
    fake.faults = {1: "429", 2: "429 date", 3: "500"}
    clock = FakeClock(NOW + timedelta(minutes=30))
    with pulling(fake, tmp_path, clock=clock) as walk:
        assert len(content(walk())) == 3
    # Seconds; a date, on the server's own clock, which is half an hour behind ours; then our own pause, which doubles.
    told = [wait for wait in clock.slept if wait not in (6.0,)]
    assert told[:3] == [7.0, 11.0, 4.0]


def test_a_wait_of_hours_ends_the_pull_instead(tmp_path):
    fake = Zendesk()
    fake.faults = {2: "429 hours"}
    with pulling(fake, tmp_path) as walk:
        seen = walk()
        next(seen)
        with pytest.raises(TransientError, match="120 minutes"):
            next(seen)


@pytest.mark.parametrize("fault", ["truncated", "unframed"])
@pytest.mark.parametrize("fake", [Zendesk, Amplitude, Mixpanel])
def test_an_answer_that_is_cut_off_is_asked_for_again(fault, fake, tmp_path):
    whole, cut = fake(), fake()
    with pulling(whole, tmp_path) as walk:
        expected = content(walk())
    cut.faults = dict.fromkeys((1, 8, 15), fault)
    with pulling(cut, tmp_path) as walk:
        assert content(walk()) == expected


def test_a_server_that_stays_broken_ends_the_pull_with_a_reason(tmp_path):
    fake = Zendesk()
    fake.faults = dict.fromkeys(range(2, 20), "500")
    with pulling(fake, tmp_path) as walk, pytest.raises(TransientError, match=r"answered 500 \(tried 6 times\)"):
        list(walk())


@pytest.mark.parametrize("fake", [Zendesk, Intercom, Slack, Salesforce])
def test_a_token_that_comes_twice_stops_the_pull(fake, tmp_path):
    other_side = fake()
    other_side.loops = True
    since = NOW - timedelta(days=100)
    with pulling(other_side, tmp_path, since=since) as walk, pytest.raises(ConnectorError, match=r"twice|no next page"):
        list(walk())
    assert len(other_side.requests) < 15


@pytest.mark.parametrize("fake", [HubSpot, Delighted, Intercom])
def test_a_record_that_changes_between_pages_is_not_missed_nor_is_its_neighbour(fake, tmp_path):
    """Leaving the closed window, it moves those behind it to pages that were read already."""
    other_side = fake()
    early, late = NOW - timedelta(days=60), NOW - timedelta(seconds=30)

    def change(number):
        if number == 2:
            other_side.change(2, late)

    other_side.before = change
    clock = FakeClock()
    with pulling(other_side, tmp_path, clock=clock, since=early) as walk:
        walked = list(walk())
        seen = b"".join(content(walked))
        for neighbour in other_side.expected() - {"2", "r2"}:
            assert f'"id": "{neighbour}"'.encode() in seen
        clock.at = other_side.clock.at = NOW + timedelta(hours=1)
        again = content(walk(walked[-1][0]))
        assert any(b'"id": "2"' in body or b'"id": "r2"' in body for body in again)


@pytest.mark.parametrize("fake", [HubSpot, Delighted, Intercom, Amplitude, Qualtrics, Salesforce, Slack])
def test_a_clock_ahead_of_the_servers_opens_no_gap(fake, tmp_path):
    """The window ends where the server's clock stood, however far ahead ours is."""
    other_side = fake()
    with pulling(other_side, tmp_path, clock=FakeClock(NOW + timedelta(hours=9)), since=NOW - timedelta(days=3)) as walk:
        state = list(walk())[-1][0]
    state = state.get("SV_1", state)
    assert datetime.fromisoformat(state["until"]) <= NOW


@pytest.mark.parametrize("fake", [Amplitude, Mixpanel])
def test_late_events_are_found_within_the_overlap(fake, tmp_path):
    other_side, clock = fake(), FakeClock()
    with pulling(other_side, tmp_path, clock=clock) as walk:
        state = list(walk())[-1][0]
        other_side.add("late", datetime.fromisoformat(state["until"]) - timedelta(hours=2, minutes=30))
        clock.at = other_side.clock.at = NOW + timedelta(days=1)
        assert any(b'"late"' in readable(body) for body in content(walk(state)))


def test_a_window_that_is_too_large_is_halved(tmp_path):
    fake = Amplitude()
    fake.most_hours = 5
    with pulling(fake, tmp_path, since=NOW - timedelta(days=4)) as walk:
        list(walk())
    widths = {
        datetime.strptime(r.query["end"], "%Y%m%dT%H") - datetime.strptime(r.query["start"], "%Y%m%dT%H") for r in fake.requests
    }
    assert {timedelta(hours=23), timedelta(hours=11), timedelta(hours=5), timedelta(hours=2)} <= widths
    fake.most_hours = 0
    with (
        pulling(fake, tmp_path, since=NOW - timedelta(days=4)) as walk,
        pytest.raises(TransientError, match=r"cannot give even"),
    ):
        list(walk())


@pytest.mark.parametrize(("fake", "failed"), [(Salesforce, "Failed"), (Qualtrics, "failed")])
def test_a_failed_job_is_told_and_the_next_pull_starts_another(fake, failed, tmp_path):
    other_side, state = fake(), {}
    good, other_side.ends_as = other_side.ends_as, failed
    with pulling(other_side, tmp_path) as walk:
        with pytest.raises(ConnectorError, match=f"ended as {failed}"):
            for state, _ in walk():  # noqa: B007 - the last state is what the caller has kept
                pass
        other_side.ends_as = good
        assert content(walk(state))
    assert len(other_side.jobs) == 2


@pytest.mark.parametrize("fake", [Salesforce, Qualtrics])
def test_a_job_is_not_started_twice_and_one_that_is_forgotten_is(fake, tmp_path):
    other_side = fake()
    with pulling(other_side, tmp_path) as walk:
        started, _ = next(iter(walk()))
        assert len(other_side.jobs) == 1
        resumed = list(walk(started))
        assert len(other_side.jobs) == 1
        other_side.jobs.clear()
        assert content(walk(started)) == content(resumed)
    assert len(other_side.jobs) == 1


def test_a_token_of_short_life_is_renewed(tmp_path):
    fake = Salesforce()
    with pulling(fake, tmp_path) as walk:
        walked = walk()
        next(walked)
        fake.tokens = set()
        assert content(walked)
    assert fake.issued == 2


def test_a_token_that_grew_old_reads_its_window_again(tmp_path):
    fake = Intercom()
    real = fake.answer

    def forgetful(request):
        if "starting_after" in request.json["pagination"] and len(fake.requests) == 2:
            return Answer({"errors": [{"code": "parameter_invalid"}]}, 400)
        return real(request)

    with pulling(fake, tmp_path, since=NOW - timedelta(days=100)) as walk:
        first, _ = next(iter(walk()))
        fake.answer = forgetful
        seen = b"".join(content(walk(first)))
    assert all(f'"id": "{n}"'.encode() in seen for n in fake.expected())


def test_private_channels_are_asked_for_only_where_they_are_listed(tmp_path):
    fake = Slack()
    with pulling(fake, tmp_path) as walk:
        list(walk())
    assert fake.requests[0].query["types"] == "public_channel"
    assert {r.query["channel"] for r in fake.requests if r.path == "/conversations.history"} == {"C1"}


def test_a_reply_to_a_message_of_months_ago_is_found_and_no_other_old_thread_is_read(tmp_path):
    """It comes neither with the history nor within the overlap, and killed on its way the pull goes on to it."""
    fake, clock = Slack(), FakeClock()
    old, quiet = (f"{int((NOW - timedelta(days=days)).timestamp())}.000100" for days in (70, 60))
    fake.messages |= {old: "Who owns the price list?", quiet: "Nobody answers this"}
    with pulling(fake, tmp_path, clock=clock, since=NOW - timedelta(days=80)) as walk:
        state = list(walk())[-1][0]
        fake.thread, fake.replies = old, [f"{int((NOW + timedelta(hours=3)).timestamp())}.000300"]
        asked = len(fake.requests)
        clock.at = fake.clock.at = NOW + timedelta(hours=4)
        assert fake.replies[0].encode() not in b"".join(readable(body) for body in content(walk(state)))
        clock.at = fake.clock.at = NOW + timedelta(hours=30)
        walked = list(walk(state))
        assert fake.replies[0].encode() in b"".join(readable(body) for body in content(walked))
        assert {r.query["ts"] for r in fake.requests[asked:] if r.path == "/conversations.replies"} == {old}
        place = next(place for place, _ in walked if place.get("stretch") == 1)
        assert fake.replies[0].encode() in b"".join(readable(body) for body in content(walk(place)))
        clock.at = fake.clock.at = NOW + timedelta(hours=31)
        asked = len(fake.requests)
        list(walk(walked[-1][0]))
        assert not [r for r in fake.requests[asked:] if r.path == "/conversations.replies"]


def test_what_slack_says_with_status_200_is_no_answer(tmp_path):
    fake = Slack()
    fake.answer = lambda request: fake.page({"ok": False, "error": "missing_scope"}, "")
    with pulling(fake, tmp_path) as walk, pytest.raises(ConfigurationError, match="may not read this"):
        list(walk())


EVERY = [(api, endpoint) for api in load_apis().values() for endpoint in api.endpoints]


@pytest.mark.parametrize(("api", "endpoint"), EVERY, ids=lambda part: getattr(part, "name", getattr(part, "vendor", "")))
def test_what_is_declared_fits_together(api, endpoint):
    """The stream exists, every template finds its values, and proofs use declared secrets alone."""
    assert f"{api.vendor}__{endpoint.stream}" in load_specs()
    proof = filled([api.auth.user, api.auth.password, api.auth.value], dict.fromkeys(api.auth.secrets, "x"))
    assert "{" not in str(proof)
    assert set(api.auth.public) < set(api.auth.secrets)
    shape = endpoint.shape
    if isinstance(shape, Conversations):
        return
    given = {
        **api.parameters,
        **dict.fromkeys(("since", "until", "token", "job", "each", "project_id"), "x"),
        **dict.fromkeys(getattr(shape, "found", ()), "x"),
    }
    templates = [shape.start, shape.body, shape.poll, shape.result] if isinstance(shape, AsyncJob) else [shape.path]
    templates += [shape.request, getattr(shape, "first", None) or {}]
    # No brace is left but those of dictionaries.
    texts = [text for template in templates for text in _texts(filled(template, given))]
    assert not [text for text in texts if "{" in text]


def _texts(value):
    if isinstance(value, dict):
        return [text for part in value.values() for text in _texts(part)]
    return [text for part in value for text in _texts(part)] if isinstance(value, list) else [str(value)]


def test_time_based_pages_repeat_their_boundary_and_lose_nothing(tmp_path):
    fake = Zendesk()
    with pulling(fake, tmp_path, name="organization") as walk:
        walked = list(walk())
        assert {r["id"] for body in content(walked) for r in json.loads(body)["organizations"]} == set(range(1, 9))
        fake.organizations.append(fake.organization(9, NOW - timedelta(hours=1)))
        again = [r["id"] for body in content(walk(walked[-1][0])) for r in json.loads(body)["organizations"]]
    assert again == [8, 9]
