"""One HTTP client for every vendor: retries what passes, waits as long as it is told to, and never lets a secret out."""

from __future__ import annotations

import base64
import json
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import tenacity

from connectors.api.spec import ApiSpec, filled
from connectors.errors import ConfigurationError, ConnectorError, TransientError

CHUNK = 1 << 16
# An answer that is held in memory to be understood; files are not.
MOST_PAGE_BYTES = 256 << 20
MOST_REDIRECTS = 3
SHOWN = 300
# Shorter ones would be found in innocent texts.
SHORTEST_SECRET = 6


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as the pull sees it; tests give their own.

    Attributes:
        now: present moment, aware.
        sleep: waits so many seconds.
        elapsed: seconds of a clock that nobody sets.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    elapsed: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret and where it came from.

    Attributes:
        variable: environment variable that holds it.
        value: itself; never shown.
    """

    variable: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer is waited for.

    Attributes:
        attempts: tries before a request is given up.
        first_wait: seconds after the first try; each further pause is twice as long.
        longest_wait: longest pause of our own.
        longest_told_wait: longest pause that a server may ask for; a longer one ends the pull.
        timeout: seconds without a byte.
    """

    attempts: int = 6
    first_wait: float = 1.0
    longest_wait: float = 60.0
    longest_told_wait: float = 900.0
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer whose body is safe in a file.

    Attributes:
        status: HTTP status.
        headers: its headers.
        file: its body.
        at: the server's clock when it answered; None where it does not say.
    """

    status: int
    headers: httpx.Headers
    file: Path
    at: datetime | None

    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.file.read_bytes())


class _AgainError(Exception):
    """This try failed in a way that passes."""

    def __init__(self, text: str, wait: float | None = None) -> None:
        super().__init__(text)
        self.wait = wait


class RefusedError(ConnectorError):
    """The server understood and said no; the same request fails again.

    Attributes:
        status: HTTP status.
    """

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class Client:
    """Requests to one vendor, below one base address."""

    def __init__(
        self,
        spec: ApiSpec,
        base_url: str,
        secrets: Mapping[str, Secret],
        scratch: Path,
        clock: Clock | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Name the other side; nothing is asked yet.

        Args:
            spec: the vendor's API.
            base_url: its address.
            secrets: secrets by the names that the spec gives them.
            scratch: folder for the bodies of answers.
            clock: time.
            patience: how long an answer is waited for.
        """
        self._spec = spec
        self._base = base_url.rstrip("/")
        self._secrets = dict(secrets)
        self._hidden = _forms(secret for name, secret in self._secrets.items() if name not in spec.auth.public)
        self._scratch = scratch
        self.clock = clock or Clock()
        self.patience = patience or Patience()
        self._token = ""
        self._asked_at: float | None = None
        self._http = httpx.Client(timeout=httpx.Timeout(self.patience.timeout), headers=dict(spec.headers))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def close(self) -> None:
        """Ends the connection."""
        self._http.close()

    def json(self, method: str, path: str, request: Mapping[str, Any] | None = None, *, accept: tuple[int, ...] = ()) -> Reply:
        """Asks for a JSON document and makes sure that it is a whole one."""
        return self._patiently(method, path, request, accept, _require_json)

    def fetch(
        self,
        method: str,
        path: str,
        request: Mapping[str, Any] | None = None,
        *,
        suffix: str,
        accept: tuple[int, ...] = (),
    ) -> Reply:
        """Downloads a file of any size and makes sure, as far as its format allows, that it is whole.

        Args:
            method: HTTP method.
            path: path below the base, or a whole address; the latter is asked without our secrets if it is another server's.
            request: query.
            suffix: suffix of the format.
            accept: statuses beside success that the caller understands.
        """
        return self._patiently(method, path, request, accept, _WHOLE.get(suffix, _require_nothing))

    def hide(self, text: str) -> str:
        """A text without the secrets, in any form in which they are sent."""
        for form in self._hidden:
            text = text.replace(form, "***")
        return text

    def _patiently(
        self,
        method: str,
        path: str,
        request: Mapping[str, Any] | None,
        accept: tuple[int, ...],
        require_whole: Callable[[Path], None],
    ) -> Reply:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_AgainError),
            stop=tenacity.stop_after_attempt(self.patience.attempts),
            wait=self._pause,
            sleep=self.clock.sleep,
            reraise=True,
        )
        try:
            return retrying(self._once, method, path, request, accept, require_whole)
        except _AgainError as trouble:
            raise TransientError(
                f"{self._place(method, path)}: {trouble} (tried {self.patience.attempts} times); "
                "the next pull goes on from here"
            ) from None

    def _pause(self, retry: tenacity.RetryCallState) -> float:
        trouble = retry.outcome.exception() if retry.outcome else None
        if isinstance(trouble, _AgainError) and trouble.wait is not None:
            return trouble.wait
        return min(self.patience.longest_wait, self.patience.first_wait * 2.0 ** (retry.attempt_number - 1))

    def _once(
        self,
        method: str,
        path: str,
        request: Mapping[str, Any] | None,
        accept: tuple[int, ...],
        require_whole: Callable[[Path], None],
    ) -> Reply:
        self._keep_pace()
        try:
            reply = self._send(method, self._address(path), request)
            if reply.status == 401 and self._spec.auth.token_path and self._token:
                # A token of short life has run out; its secrets may still be good.
                self._token = ""
                reply = self._send(method, self._address(path), request)
        except httpx.TransportError as trouble:
            raise _AgainError(self.hide(_told(trouble))) from None
        self._judge(reply, method, path, accept)
        if reply.status < 300:
            try:
                require_whole(reply.file)
            except ValueError:
                raise _AgainError("the answer was cut off") from None
        return reply

    def _send(self, method: str, address: str, request: Mapping[str, Any] | None) -> Reply:
        body = {"json": dict(request)} if method == "POST" and request is not None else {}
        query = {"params": dict(request)} if method != "POST" and request else {}
        for _ in range(MOST_REDIRECTS + 1):
            headers = self._proof() if _origin(address) == _origin(self._base) else {}
            with self._http.stream(method, address, headers=headers, **body, **query) as response:  # type: ignore[arg-type]
                reply = self._kept(response)
            if reply.status not in (301, 302, 303, 307, 308) or "location" not in reply.headers:
                return reply
            address = str(httpx.URL(address).join(reply.headers["location"]))
            query = {}
            if reply.status in (301, 302, 303):
                method, body = "GET", {}
        raise RefusedError(
            f"{self._spec.vendor}: the server sends the request round in circles: check the address in earshot.toml",
            reply.status,
        )

    def _kept(self, response: httpx.Response) -> Reply:
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._scratch / "answer"
        with file.open("wb") as target:
            for chunk in response.iter_bytes(CHUNK):
                target.write(chunk)
        return Reply(response.status_code, response.headers, file, _moment(response.headers.get("date", "")))

    def _judge(self, reply: Reply, method: str, path: str, accept: tuple[int, ...]) -> None:
        status = reply.status
        if status < 300 or status in accept:
            return
        if status == 429 or status in (408, 425) or status >= 500:
            raise _AgainError(f"the server answered {status}", self._told_wait(reply))
        place = self._place(method, path)
        if status in (401, 403):
            raise self.refusal(f"{place}: the server answered {status}{self._said(reply)}", status)
        raise RefusedError(f"{place}: the server answered {status}{self._said(reply)}", status)

    def refusal(self, text: str, status: int = 401) -> ConfigurationError:
        """What to do where the server does not take our word for who we are."""
        variables = " and ".join(secret.variable for secret in self._secrets.values())
        what = (
            f"the secret in {variables} is expired, revoked or mistyped: put a good one into the environment"
            if status == 401
            else f"the secret in {variables} may not read this: give it the right to, or use another"
        )
        return ConfigurationError(f"{text}; {what}")

    def _told_wait(self, reply: Reply) -> float | None:
        """Seconds that the server asks to wait, by number or by its own clock."""
        told = reply.headers.get("retry-after", "").strip()
        if not told:
            return None
        try:
            seconds = float(told)
        except ValueError:
            until = _moment(told)
            if until is None:
                return None
            seconds = (until - (reply.at or self.clock.now())).total_seconds()
        if seconds > self.patience.longest_told_wait:
            raise TransientError(
                f"{self._spec.vendor}: the server asks to wait {seconds / 60:.0f} minutes; the next pull goes on from here"
            )
        return max(0.0, seconds)

    def _keep_pace(self) -> None:
        if self._spec.per_minute and self._asked_at is not None:
            early = self._asked_at + 60 / self._spec.per_minute - self.clock.elapsed()
            if early > 0:
                self.clock.sleep(early)
        self._asked_at = self.clock.elapsed()

    def _address(self, path: str) -> str:
        return path if "://" in path else self._base + path

    def _place(self, method: str, path: str) -> str:
        # No query: it may hold more than is good for a log.
        return f"{self._spec.vendor}: {method} {self.hide(urlsplit(path).path)}"

    def _said(self, reply: Reply) -> str:
        text = " ".join(reply.file.read_bytes()[: 4 * SHOWN].decode("utf-8", "replace").split())
        return f": {self.hide(text)[:SHOWN]}" if text else ""

    def _proof(self) -> dict[str, str]:
        auth = self._spec.auth
        values = {name: secret.value for name, secret in self._secrets.items()}
        if auth.token_path:
            self._token = self._token or self._exchanged(values)
            return {"Authorization": f"Bearer {self._token}"}
        if auth.header:
            return {auth.header: str(filled(auth.value, values))}
        pair = f"{filled(auth.user, values)}:{filled(auth.password, values)}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    def _exchanged(self, values: Mapping[str, str]) -> str:
        form = {"grant_type": "client_credentials", **values}
        with self._http.stream("POST", self._base + self._spec.auth.token_path, data=form) as response:
            reply = self._kept(response)
        place = self._place("POST", self._spec.auth.token_path)
        if reply.status == 429 or reply.status >= 500:
            raise _AgainError(f"the server answered {reply.status}", self._told_wait(reply))
        try:
            token = str(reply.document()["access_token"]) if reply.status < 300 else ""
        except (ValueError, KeyError, TypeError):
            token = ""
        if not token:
            raise self.refusal(f"{place}: the server gave no token (status {reply.status}){self._said(reply)}")
        self._hidden = (token, *self._hidden)
        return token

    def require_no_secret(self, file: Path) -> None:
        """An answer that repeats a secret is not landed: the landing area is kept and copied."""
        wanted = [form.encode() for form in self._hidden]
        longest = max((len(form) for form in wanted), default=0)
        before = b""
        with file.open("rb") as source:
            while chunk := source.read(CHUNK):
                window = before + chunk
                if any(form in window for form in wanted):
                    raise ConnectorError(
                        f"{self._spec.vendor}: an answer holds the secret it was asked with and is not kept: make a new one"
                    )
                before = window[-longest:] if longest else b""


def _forms(secrets: Any) -> tuple[str, ...]:
    """Every form in which secrets are sent, the longest first."""
    values = [secret.value for secret in secrets if len(secret.value) >= SHORTEST_SECRET]
    forms = {form for value in values for form in (value, quote(value, safe=""), json.dumps(value)[1:-1])}
    forms |= {base64.b64encode(value.encode()).decode() for value in values}
    return tuple(sorted(forms, key=len, reverse=True))


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _told(trouble: httpx.TransportError) -> str:
    if isinstance(trouble, httpx.TimeoutException):
        return "the server was too slow"
    if isinstance(trouble, httpx.RemoteProtocolError):
        return "the answer was cut off"
    return f"the server cannot be reached ({type(trouble).__name__})"


def _require_json(file: Path) -> None:
    if file.stat().st_size > MOST_PAGE_BYTES:
        raise ConnectorError(f"an answer is larger than {MOST_PAGE_BYTES >> 20} MB; ask for smaller pages")
    json.loads(file.read_bytes())


def _require_zip(file: Path) -> None:
    if file.stat().st_size and not zipfile.is_zipfile(file):
        raise ValueError("no whole archive")


def _require_lines(file: Path) -> None:
    """The last line of NDJSON is a whole record."""
    size = file.stat().st_size
    with file.open("rb") as source:
        tail, position = b"", size
        while position > 0 and b"\n" not in tail.rstrip(b"\n"):
            step = min(CHUNK, position)
            position -= step
            source.seek(position)
            tail = source.read(step) + tail
    last = tail.rstrip(b"\n").rsplit(b"\n", 1)[-1]
    if last.strip():
        json.loads(last)


def _require_nothing(file: Path) -> None:
    """The format does not show where it ends; the length of the answer has been checked by the protocol."""


_WHOLE: Mapping[str, Callable[[Path], None]] = {".zip": _require_zip, ".ndjson": _require_lines, ".json": _require_json}
