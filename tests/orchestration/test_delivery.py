"""Messages reach real local servers, are tried again, are told once, and give no secret away."""

import json
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from orchestration.delivery import Message, deliver, deliver_once, delivered_topics, forget_topic
from orchestration.settings import load_settings

HELLO = Message("Gate blocked a run", "The **theme** suite blocked:\n\n- `keys` on core.theme", html="<p>blocked</p>")
HOOK_PATH = "/services/T000/B000/not-to-be-told"


@pytest.fixture
def webhook():
    """A local server that answers with the codes of `codes` in turn, then 200, and keeps what it was sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["Content-Length"])
            server.received.append((self.path, json.loads(self.rfile.read(length))))
            code = server.codes.pop(0) if server.codes else 200
            self.send_response(code)
            if code == 429:
                self.send_header("Retry-After", "0")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.received, server.codes = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """Makes a workspace's settings from the lines of its [delivery]."""
    for name in ("EARSHOT_SLACK_WEBHOOK", "EARSHOT_SMTP_USER", "EARSHOT_SMTP_PASSWORD"):
        monkeypatch.delenv(name, raising=False)

    def make(*lines, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        (tmp_path / "earshot.toml").write_text("\n".join(("[delivery]", "retry_seconds = 0", *lines)), "utf-8")
        return load_settings(tmp_path)

    return make


def hook(server):
    return f"http://127.0.0.1:{server.server_address[1]}{HOOK_PATH}"


def test_nothing_leaves_the_machine_unless_configured(workspace):
    assert deliver(workspace(), HELLO) == ()


def test_slack_gets_title_and_text_and_a_busy_server_is_asked_again(workspace, webhook):
    webhook.codes[:] = [429, 503]
    (receipt,) = deliver(workspace(EARSHOT_SLACK_WEBHOOK=hook(webhook)), HELLO)
    assert receipt.delivered, receipt
    assert len(webhook.received) == 3
    path, payload = webhook.received[-1]
    assert path == HOOK_PATH
    assert payload["text"] == HELLO.title
    assert "*theme* suite blocked" in payload["blocks"][1]["text"]["text"]


def test_a_refusal_is_not_repeated_and_no_channel_stops_another(workspace, webhook, tmp_path):
    webhook.codes[:] = [404]
    script = f"import pathlib, sys; pathlib.Path({str(tmp_path / 'told.txt')!r}).write_text(sys.stdin.read())"
    settings = workspace(f"command = {json.dumps([sys.executable, '-c', script])}", EARSHOT_SLACK_WEBHOOK=hook(webhook))
    slack, command = deliver(settings, HELLO)
    assert len(webhook.received) == 1
    assert "404" in slack.problem
    assert "not-to-be-told" not in slack.problem + repr(settings)
    assert command.delivered, command
    assert (tmp_path / "told.txt").read_text("utf-8").startswith("# Gate blocked a run\n\nThe **theme** suite")


def test_a_server_that_stays_away_is_given_up(workspace, webhook):
    address = hook(webhook)
    webhook.shutdown()
    webhook.server_close()
    (receipt,) = deliver(workspace("attempts = 2", EARSHOT_SLACK_WEBHOOK=address), HELLO)
    assert "cannot be reached" in receipt.problem
    assert "not-to-be-told" not in receipt.problem


class _Mailbox:
    def __init__(self):
        self.mails, self.put_off = [], 1

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the name that aiosmtpd calls
        if self.put_off:
            self.put_off -= 1
            return "451 try again later"
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


def _accepts(password):
    def authenticate(_server, _session, _envelope, _mechanism, data):
        return AuthResult(success=data.password == password.encode(), handled=False)

    return authenticate


@pytest.fixture
def mailbox():
    """A local mail server that wants the password `right` and puts the first message off."""
    box = _Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        box.port = probe.getsockname()[1]
    controller = Controller(
        box, hostname="127.0.0.1", port=box.port, authenticator=_accepts("right"), auth_required=True, auth_require_tls=False
    )
    controller.start()
    yield box
    controller.stop()


def mail_lines(box):
    return 'smtp_host = "127.0.0.1"', f"smtp_port = {box.port}", 'email_to = ["ops@example.com", "pm@example.com"]'


def signed_in(word):
    return {"EARSHOT_SMTP_USER": "earshot", "EARSHOT_SMTP_PASSWORD": word}


def test_mail_is_sent_with_both_bodies_after_being_put_off(workspace, mailbox):
    settings = workspace(*mail_lines(mailbox), **signed_in("right"))
    (receipt,) = deliver(settings, HELLO)
    assert receipt.delivered, receipt
    ((_, recipients, content),) = mailbox.mails
    assert recipients == ["ops@example.com", "pm@example.com"]
    assert "Subject: Gate blocked a run" in content
    assert "The **theme** suite" in content
    assert "<p>blocked</p>" in content


def test_a_wrong_password_is_told_without_it(workspace, mailbox):
    settings = workspace(*mail_lines(mailbox), **signed_in("wrong-one"))
    (receipt,) = deliver(settings, HELLO)
    assert "refused user or password" in receipt.problem
    assert "wrong-one" not in receipt.problem + repr(settings)
    assert not mailbox.mails


def test_a_command_that_is_not_there_is_told(workspace):
    (receipt,) = deliver(workspace('command = ["no-such-program-here"]'), HELLO)
    assert "cannot be started" in receipt.problem


def test_the_same_news_is_told_once_on_each_channel(workspace, webhook, tmp_path):
    settings = workspace(EARSHOT_SLACK_WEBHOOK=hook(webhook))
    webhook.codes[:] = [404]
    told = [deliver_once(settings, HELLO, topic="block", state=state) for state in ("a", "a", "a", "b")]
    assert [[receipt.delivered for receipt in receipts] for receipts in told] == [[False], [True], [], [True]]
    assert delivered_topics(settings) == {"block"}
    forget_topic(settings, "block")
    assert delivered_topics(settings) == set()
    assert deliver_once(settings, HELLO, topic="block", state="b")[0].delivered
