"""What an export API looks like: how it is asked, how it pages and how it proves who asks, declared as frozen values.

A vendor announces one `ApiSpec` as `API` beside its `SPECS`. Three shapes cover the vendors that ship; what a page holds
is read by the export spec of its stream, like any delivered file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

Method = Literal["GET", "POST"]
# How a moment is written in a request: seconds or milliseconds since 1970, ISO 8601 with Z, or a strftime format.
Stamp = str


@dataclass(frozen=True, slots=True)
class Auth:
    """How a request proves who asks. Templates name secrets in braces.

    Attributes:
        secrets: names of the secrets; a workspace says which environment variable holds each.
        public: those of them that are names rather than secrets: they may stand in what is pulled.
        user: user name of HTTP basic authentication.
        password: its password.
        header: header that carries a key, where basic authentication is not used.
        value: content of that header.
        token_path: where secrets are exchanged for a token of short life (OAuth client credentials).
    """

    secrets: tuple[str, ...]
    public: tuple[str, ...] = ()
    user: str = ""
    password: str = ""
    header: str = ""
    value: str = ""
    token_path: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    """Which records of another kind a page's records belong to, where its answer leaves that out: asked for page by page.

    The answer is read, and put into the records, in the form of HubSpot's associations.

    Attributes:
        path: address below the base.
        to: what the links lead to, as records name it.
    """

    path: str
    to: str


@dataclass(frozen=True, slots=True)
class TokenPages:
    """Pages that each name the next one.

    Templates may use `{since}`, `{until}`, `{token}`, `{each}` and the workspace's parameters.

    Attributes:
        path: template of the address below the base.
        request: template of the query (GET) or the JSON body (POST).
        first: template of a window's first request, where it differs.
        method: HTTP method.
        records: dotted path of the list of records; empty where the answer is the list.
        token: dotted path of the next token; `#number` counts pages, `#last:<field>` takes the last record's field.
        start_token: token of the first request.
        ended: dotted path of the flag that says that there is no more.
        size: a page with fewer records is the last one.
        continues: the last token stays good, and the next pull goes on from it. Else a pull reads a closed window of time.
        rereads: what leaves the window shifts later records to pages that were read, so that a window of several pages is
            read again until two passes agree.
        stamp: how moments are written.
        lag: the newest records that are not asked for yet, because they may still change places.
        overlap: how far a window reaches back into the one before.
        links: what is asked for each page besides.
    """

    path: str
    request: Mapping[str, Any]
    first: Mapping[str, Any] | None = None
    method: Method = "GET"
    records: str = ""
    token: str = ""
    start_token: str = ""
    ended: str = ""
    size: int = 0
    continues: bool = False
    rereads: bool = False
    stamp: Stamp = "iso"
    lag: timedelta = timedelta(minutes=1)
    overlap: timedelta = timedelta(0)
    links: Links | None = None


@dataclass(frozen=True, slots=True)
class TimeWindows:
    """One answer per window of time, as the file that it is.

    Attributes:
        path: template of the address below the base.
        request: template of the query.
        suffix: suffix of the landed file.
        step: width of a window.
        grain: smallest width; windows begin on its multiples.
        inclusive: the end that is asked for is the last grain inside the window, not the first one behind it.
        stamp: how moments are written.
        lag: what happened later than this is not there yet.
        overlap: how far back a pull reads again, for what arrives late.
        empty: statuses that say that a window holds nothing.
        smaller: statuses that say that a window is too large; it is halved.
    """

    path: str
    request: Mapping[str, Any]
    suffix: str
    step: timedelta
    grain: timedelta
    inclusive: bool = False
    stamp: Stamp = "iso"
    lag: timedelta = timedelta(0)
    overlap: timedelta = timedelta(0)
    empty: tuple[int, ...] = (404,)
    smaller: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AsyncJob:
    """A job that is started, waited for and downloaded.

    Templates may also use `{job}` and what `found` takes from the finished job.

    Attributes:
        start: path that starts it (POST).
        body: template of the JSON body.
        job: dotted path of the job's id in the answer.
        poll: path that tells how it stands.
        status: dotted path of its state there.
        done: states that say it is done.
        failed: states that say it never will be.
        reason: dotted path of why it failed.
        found: names for dotted paths of the finished job's answer; `url` is an address to fetch instead of `result`.
        result: path of the result.
        request: query of the result.
        locator: response header that names the next piece of the result, which is asked for by the parameter `locator`.
        suffix: suffix of the landed file.
        stamp: how moments are written.
        lag: the newest records that are not asked for yet.
        overlap: how far a window reaches back into the one before.
        poll_seconds: first pause between two looks; they grow to half a minute.
        most_seconds: how long a pull waits; the next pull goes on waiting for the same job.
    """

    start: str
    body: Mapping[str, Any]
    job: str
    poll: str
    status: str
    done: tuple[str, ...]
    failed: tuple[str, ...]
    result: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    found: Mapping[str, str] = field(default_factory=dict)
    locator: str = ""
    suffix: str = ".csv"
    stamp: Stamp = "iso"
    lag: timedelta = timedelta(0)
    overlap: timedelta = timedelta(0)
    poll_seconds: float = 2.0
    most_seconds: float = 3600.0


@dataclass(frozen=True, slots=True)
class Conversations:
    """Messages of the channels of a chat, landed in the layout of the chat's own export archive.

    Attributes:
        lookback: how far back a pull reads again, with all replies.
        threads: how far back, beyond that, messages are looked through for replies that came since.
        every: how often that is done.
    """

    lookback: timedelta = timedelta(days=14)
    threads: timedelta = timedelta(days=180)
    every: timedelta = timedelta(days=1)


Shape = TokenPages | TimeWindows | AsyncJob | Conversations


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One stream that can be pulled.

    Attributes:
        name: how a workspace names it; usually the stream.
        stream: stream of the vendor's export specs that the pages belong to.
        shape: how it is asked.
        each: workspace parameter with a list, one window for each of its values (surveys); empty for none.
        usual: pulled where the workspace names no streams.
    """

    name: str
    stream: str
    shape: Shape
    each: str = ""
    usual: bool = True


@dataclass(frozen=True, slots=True)
class ApiSpec:
    """A vendor's export API.

    Attributes:
        vendor: whose.
        reference: where it is documented, and how sure we are of it.
        auth: how a request proves who asks.
        endpoints: what can be pulled, in the order of pulling.
        base_url: usual address; empty where every customer has another.
        headers: headers of every request.
        per_minute: most requests a minute; 0 for no limit of our own.
        parameters: values of templates that a workspace may set otherwise.
        refused: says why an answer of status 200 is none.
    """

    vendor: str
    reference: str
    auth: Auth
    endpoints: tuple[Endpoint, ...]
    base_url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    per_minute: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    refused: Callable[[Any], str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of everything that can be pulled."""
        return tuple(endpoint.name for endpoint in self.endpoints)


def written(moment: datetime, stamp: Stamp) -> str | int:
    """A moment as a vendor wants it."""
    moment = moment.astimezone(UTC)
    if stamp == "s":
        return int(moment.timestamp())
    if stamp == "ms":
        return int(moment.timestamp() * 1000)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ" if stamp == "iso" else stamp)


def filled(template: Any, values: Mapping[str, Any]) -> Any:
    """A template with its values; one that is nothing but a name keeps the value's type."""
    if isinstance(template, Mapping):
        return {key: filled(value, values) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [filled(value, values) for value in template]
    if not isinstance(template, str):
        return template
    if template.startswith("{") and template.endswith("}") and template[1:-1] in values:
        return values[template[1:-1]]
    for name, value in values.items():
        template = template.replace("{" + name + "}", str(value))
    return template


def at_path(document: Any, path: str) -> Any:
    """What lies at a dotted path of a JSON document; None where nothing does."""
    for part in path.split(".") if path else ():
        document = document.get(part) if isinstance(document, Mapping) else None
    return document
