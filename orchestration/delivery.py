"""The one place where a message leaves the machine: a Slack webhook, e-mail, or a command, and only where configured.

A channel that fails is tried again and stops no other one. What a secret is worth comes from the environment alone, and no
message of an error repeats it.
"""

from __future__ import annotations

import json
import smtplib
import ssl
import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from filelock import FileLock
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from orchestration.settings import DeliverySection, Settings

CHANNELS = ("slack", "email", "command")
DELIVERED_FILE = "delivered.json"
TIMEOUT_SECONDS = 20.0
LONGEST_WAIT_SECONDS = 60.0
# Slack refuses a text block beyond 3000 characters.
SLACK_TEXT = 2900


class DeliveryError(Exception):
    """A channel did not take a message; the text names the channel and the remedy, never a secret."""


class _TryAgain(Exception):
    """The other side is busy or away.

    Attributes:
        after: seconds that it asked to wait for.
    """

    def __init__(self, text: str, after: float = 0.0) -> None:
        super().__init__(text)
        self.after = after


@dataclass(frozen=True, slots=True)
class Message:
    """What people are told.

    Attributes:
        title: one line of plain text.
        markdown: the message, in Markdown.
        html: the same for mail programs that show it; without it they show the Markdown.
        blocks: the same as Slack blocks; without them Slack shows the Markdown.
    """

    title: str
    markdown: str
    html: str = ""
    blocks: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message on one channel.

    Attributes:
        channel: one of `CHANNELS`.
        problem: why it was not delivered; empty where it was.
    """

    channel: str
    problem: str = ""

    @property
    def delivered(self) -> bool:
        """Whether the other side took it."""
        return not self.problem


def configured_channels(settings: Settings) -> tuple[str, ...]:
    """The channels that this workspace delivers to, in a fixed order."""
    delivery, secrets = settings.config.delivery, settings.secrets
    present = {"slack": bool(secrets.slack_webhook), "email": bool(delivery.email_to), "command": bool(delivery.command)}
    return tuple(channel for channel in CHANNELS if present[channel])


def deliver(settings: Settings, message: Message, *, channels: Collection[str] | None = None) -> tuple[Receipt, ...]:
    """Sends a message to every configured channel, each tried several times.

    Args:
        settings: the workspace.
        message: what to say.
        channels: only to these; None for all that are configured.

    Returns:
        One receipt per channel; none where nothing is configured.
    """
    wanted = [c for c in configured_channels(settings) if channels is None or c in channels]
    return tuple(_attempt(settings, channel, message) for channel in wanted)


def deliver_once(settings: Settings, message: Message, *, topic: str, state: str) -> tuple[Receipt, ...]:
    """Sends a message unless the same topic in the same state was delivered before, channel by channel.

    Args:
        settings: the workspace.
        message: what to say.
        topic: what it is about, such as `block` or `digest:sales`.
        state: what would have to change for it to be news, such as a fingerprint or a period.

    Returns:
        Receipts of the channels that were tried now.
    """
    with _delivered(settings) as memory:
        waiting = [c for c in configured_channels(settings) if memory.get(topic, {}).get(c) != state]
    receipts = deliver(settings, message, channels=waiting)
    with _delivered(settings) as memory:
        memory.setdefault(topic, {}).update({receipt.channel: state for receipt in receipts if receipt.delivered})
    return receipts


def delivered_topics(settings: Settings) -> frozenset[str]:
    """Topics that were told on some channel and not forgotten since."""
    with _delivered(settings) as memory:
        return frozenset(topic for topic, channels in memory.items() if channels)


def forget_topic(settings: Settings, topic: str) -> None:
    """Makes a topic news again."""
    with _delivered(settings) as memory:
        memory.pop(topic, None)


@contextmanager
def _delivered(settings: Settings) -> Iterator[dict[str, dict[str, str]]]:
    """The memory of what was delivered, state by channel by topic, read and replaced as a whole under a lock."""
    settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = settings.state_dir / DELIVERED_FILE
    with FileLock(path.with_suffix(".lock"), timeout=TIMEOUT_SECONDS):
        try:
            before = path.read_text("utf-8")
            memory: dict[str, dict[str, str]] = json.loads(before)
        except (OSError, ValueError):
            # Nothing was delivered yet, or the file is damaged: telling twice is better than not at all.
            before, memory = "", {}
        yield memory
        after = json.dumps(memory)
        if after != before:
            fresh = path.with_suffix(".new")
            fresh.write_text(after, "utf-8")
            fresh.replace(path)


def _attempt(settings: Settings, channel: str, message: Message) -> Receipt:
    send: Callable[[Settings, Message], None] = {"slack": _slack, "email": _email, "command": _command}[channel]
    delivery = settings.config.delivery
    retrying = Retrying(
        retry=retry_if_exception_type(_TryAgain),
        stop=stop_after_attempt(delivery.attempts),
        wait=_wait(delivery),
        reraise=True,
    )
    try:
        retrying(send, settings, message)
    except (_TryAgain, DeliveryError) as trouble:
        return Receipt(channel, str(trouble))
    return Receipt(channel)


def _wait(delivery: DeliverySection) -> Callable[[RetryCallState], float]:
    """Longer from try to try, and at least as long as the other side asked for."""
    usual = wait_exponential_jitter(multiplier=delivery.retry_seconds, max=LONGEST_WAIT_SECONDS, jitter=delivery.retry_seconds)

    def wait(state: RetryCallState) -> float:
        trouble = state.outcome.exception() if state.outcome else None
        asked = trouble.after if isinstance(trouble, _TryAgain) else 0.0
        return min(LONGEST_WAIT_SECONDS, max(usual(state), asked))

    return wait


def _slack(settings: Settings, message: Message) -> None:
    import httpx

    blocks = message.blocks or _slack_blocks(message)
    try:
        answer = httpx.post(
            settings.secrets.slack_webhook, json={"text": message.title, "blocks": list(blocks)}, timeout=TIMEOUT_SECONDS
        )
    except httpx.TransportError as trouble:
        raise _TryAgain(f"Slack cannot be reached ({type(trouble).__name__})") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise DeliveryError("the Slack webhook in the environment is no web address; copy it from Slack again") from None
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise _TryAgain(f"Slack is busy (HTTP {answer.status_code})", _seconds(answer.headers.get("Retry-After")))
    if answer.status_code != httpx.codes.OK:
        raise DeliveryError(
            f"Slack refused the message (HTTP {answer.status_code}: {answer.text[:80]!r}); make a new incoming webhook and put "
            "it into the environment"
        )


def _slack_blocks(message: Message) -> tuple[Mapping[str, Any], ...]:
    title = {"type": "header", "text": {"type": "plain_text", "text": message.title[:150]}}
    text = message.markdown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("**", "*")
    return title, {"type": "section", "text": {"type": "mrkdwn", "text": text[:SLACK_TEXT]}}


def _seconds(header: str | None) -> float:
    try:
        return max(0.0, float(header or 0))
    except ValueError:
        return 0.0


def _email(settings: Settings, message: Message) -> None:
    delivery = settings.config.delivery
    mail = EmailMessage()
    mail["Subject"] = " ".join(message.title.split())
    mail["From"] = delivery.email_from or f"earshot@{delivery.smtp_host}"
    mail["To"] = ", ".join(delivery.email_to)
    mail.set_content(message.markdown)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    where = f"the mail server {delivery.smtp_host}:{delivery.smtp_port}"
    try:
        _hand_over(settings, mail)
    except smtplib.SMTPAuthenticationError:
        raise DeliveryError(f"{where} refused user or password; correct them in the environment") from None
    except smtplib.SMTPNotSupportedError as trouble:
        raise DeliveryError(f"{where} cannot do what is configured: {trouble}; see smtp_security in [delivery]") from None
    except smtplib.SMTPRecipientsRefused as trouble:
        codes = {code for code, _ in trouble.recipients.values()}
        if all(400 <= code < 500 for code in codes):
            raise _TryAgain(f"{where} puts the recipients off ({_listed(codes)})") from None
        raise DeliveryError(f"{where} refused the recipients ({_listed(codes)}); see email_to in [delivery]") from None
    except smtplib.SMTPResponseException as trouble:
        if 400 <= trouble.smtp_code < 500:
            raise _TryAgain(f"{where} is busy ({trouble.smtp_code})") from None
        raise DeliveryError(f"{where} refused the message ({trouble.smtp_code}); see [delivery]") from None
    except (OSError, smtplib.SMTPException) as trouble:
        raise _TryAgain(f"{where} cannot be reached ({type(trouble).__name__})") from None


def _hand_over(settings: Settings, mail: EmailMessage) -> None:
    delivery, secrets = settings.config.delivery, settings.secrets
    encrypted = ssl.create_default_context()
    if delivery.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            delivery.smtp_host, delivery.smtp_port, timeout=TIMEOUT_SECONDS, context=encrypted
        )
    else:
        server = smtplib.SMTP(delivery.smtp_host, delivery.smtp_port, timeout=TIMEOUT_SECONDS)
    with server:
        if delivery.smtp_security == "starttls":
            server.starttls(context=encrypted)
        if secrets.smtp_user:
            server.login(secrets.smtp_user, secrets.smtp_password)
        server.send_message(mail)


def _listed(codes: Collection[int]) -> str:
    return ", ".join(str(code) for code in sorted(codes))


def _command(settings: Settings, message: Message) -> None:
    """Runs the command that the workspace's owner named, without a shell, with title and Markdown on its standard input."""
    command: Sequence[str] = settings.config.delivery.command
    try:
        ended = subprocess.run(
            command,
            input=f"# {message.title}\n\n{message.markdown}\n",
            capture_output=True,
            text=True,
            timeout=LONGEST_WAIT_SECONDS,
            check=False,
            cwd=settings.root,
        )
    except OSError as trouble:
        raise DeliveryError(f"{command[0]} cannot be started ({trouble.strerror}); see command in [delivery]") from None
    except subprocess.TimeoutExpired:
        raise DeliveryError(f"{command[0]} did not end within {LONGEST_WAIT_SECONDS:.0f} s and was stopped") from None
    if ended.returncode:
        said = " ".join(ended.stderr.split())[:200]
        raise _TryAgain(f"{command[0]} ended with {ended.returncode}" + (f": {said}" if said else ""))
