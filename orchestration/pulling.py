"""Pulls the export APIs that a workspace names: each page is landed, then loaded together with where its stream stands.

Nothing here runs without an `[sources.<vendor>.api]` section. One stream that fails stops no other.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import duckdb

from connectors.api.client import Client, Clock, Patience, Secret
from connectors.api.pages import Page, Pull
from connectors.api.pull import pages
from connectors.api.spec import ApiSpec, Endpoint
from connectors.errors import ConfigurationError, ConnectorError
from connectors.landing import Landing, Pulled
from connectors.registry import load_apis
from connectors.spec import ExportSpec
from insights.redact import Redactor
from orchestration.assets.loaded import load_file, open_store, own_reading
from orchestration.erasure import sieve
from orchestration.protect import Protector
from orchestration.resources import Progress, Pulling
from orchestration.settings import ApiSection, Settings, api_secrets
from orchestration.store import reading_of

LOOPBACK = ("127.0.0.1", "localhost", "::1")
FIRST_PULL = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a stream stands between pulls.

    Attributes:
        vendor: whose.
        endpoint: what is pulled.
        pages: pages landed so far.
        moved_at: when the last one was safe.
        finished_at: when a pull last came to its end.
        failure: why the last one did not.
    """

    vendor: str
    endpoint: str
    pages: int
    moved_at: datetime | None
    finished_at: datetime | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class Puller:
    """What a run pulls before it looks into the inbox.

    Attributes:
        settings: the workspace.
        already: outcome of a pull that the same command has made; then nothing is pulled again.
    """

    settings: Settings
    already: tuple[Pulling, ...] | None = None

    def pull(self, specs: Mapping[str, ExportSpec], batch: str, progress: Progress) -> tuple[Pulling, ...]:
        """Pulls, unless that has been done."""
        return pull_all(self.settings, specs, batch, progress) if self.already is None else self.already


def pull_all(
    settings: Settings,
    specs: Mapping[str, ExportSpec],
    batch: str,
    progress: Progress,
    *,
    vendors: Sequence[str] = (),
    anew: bool = False,
    clock: Clock | None = None,
    patience: Patience | None = None,
) -> tuple[Pulling, ...]:
    """Pulls every stream that the workspace names.

    Args:
        settings: the workspace.
        specs: declared streams by raw table name.
        batch: mark of the rows that are loaded.
        progress: told of each stream.
        vendors: only these; all where empty.
        anew: begin at the first day again; what landed stays and is known by its content and keys.
        clock: time, for tests.
        patience: how long answers are waited for, for tests.

    Returns:
        How each stream ended.
    """
    chosen = {vendor: section for vendor, section in settings.apis.items() if not vendors or vendor in vendors}
    if not chosen:
        return ()
    work = _Work(settings, specs, batch, clock or Clock(), patience or Patience())
    work.store.prepare(specs.values())
    work.load_what_landed()
    known = load_apis()
    outcomes: list[Pulling] = []
    targets = [(vendor, section, name) for vendor, section in chosen.items() for name in _wanted(known.get(vendor), section)]
    progress.stage("Pulling", len(targets))
    for vendor, section, name in targets:
        if anew:
            work.store.forget_pull(vendor, name)
        with work.store.held_open():
            outcome = work.pull_stream(known.get(vendor), vendor, section, name)
        outcomes.append(outcome)
        progress.advance(f"{vendor} {name}: {outcome.failure or f'{outcome.files} new files'}")
    shutil.rmtree(work.scratch, ignore_errors=True)
    return tuple(outcomes)


def configuration_problems(settings: Settings) -> Iterator[tuple[str, str]]:
    """What is wrong with the API sections: key and remedy. Nothing is asked of anybody."""
    known = load_apis()
    for vendor, section in settings.apis.items():
        key = f"[sources.{vendor}.api]"
        api = known.get(vendor)
        if api is None:
            yield key, f"{vendor} has no export API here; those that have: {', '.join(sorted(known))}"
            continue
        try:
            for name in section.streams or api.names[:1]:
                _endpoint(api, name)
            _base_url(api, section)
            _secrets(api, section)
        except ConfigurationError as error:
            yield key, str(error)


def standings(settings: Settings) -> list[Standing]:
    """Where the streams of all APIs stand; nothing where the build database is in use or does not exist."""
    if not settings.build_db.is_file():
        return []
    try:
        with duckdb.connect(str(settings.build_db), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            rows = connection.execute(
                "SELECT source, endpoint, pages, moved_at, finished_at, failure FROM ops.pull ORDER BY source, endpoint"
            ).fetchall()
    except duckdb.Error:
        return []
    return [Standing(*row) for row in rows]


def told(standing: Standing) -> str:
    """Where a stream stands, in words."""
    if standing.failure:
        return f"the last pull failed: {standing.failure}"
    when = f"{standing.finished_at:%Y-%m-%d %H:%M} UTC" if standing.finished_at else "never whole"
    return f"pulled {when}; {standing.pages:,} pages landed so far"


class _Work:
    """One pull of a workspace."""

    def __init__(
        self, settings: Settings, specs: Mapping[str, ExportSpec], batch: str, clock: Clock, patience: Patience
    ) -> None:
        self.settings = settings
        self.specs = specs
        self.batch = batch
        self.clock = clock
        self.patience = patience
        self.store = open_store(settings)
        self.landing = Landing(settings.landing_dir, sieve=sieve(settings))
        self.scratch = settings.state_dir / "pulling"
        self._reading = own_reading(settings)
        self._protector: Protector | None = None

    @property
    def protector(self) -> Protector:
        if self._protector is None:
            self._protector = Protector(salt=self.settings.salt, redactor=Redactor())
        return self._protector

    def load_what_landed(self) -> None:
        """Load pages that a killed pull had landed: where their streams stand is known only with them."""
        waiting = self.store.pending(self.landing.deliveries(), self.specs.values(), self._reading)
        for delivery in waiting:
            if delivery.pulled:
                reading = reading_of(delivery.vendor, self.specs.values(), self._reading)
                load_file(self.settings, self.specs, self.store, self.protector, delivery, self.batch, reading)

    def pull_stream(self, api: ApiSpec | None, vendor: str, section: ApiSection, name: str) -> Pulling:
        """Pull one stream and put on record how that ended."""
        files = rows = 0
        failure: str | None = None
        try:
            if api is None:
                raise ConfigurationError(f"{vendor} has no export API here")
            for landed, read in self._pages(api, section, _endpoint(api, name)):
                files += landed
                rows += read
        except ConnectorError as trouble:
            failure = str(trouble)
        self.store.end_pull(vendor, name, failure)
        return Pulling(vendor, name, files, rows, failure)

    def _pages(self, api: ApiSpec, section: ApiSection, endpoint: Endpoint) -> Iterator[tuple[int, int]]:
        base_url = _base_url(api, section)
        known = self.store.pull_state(api.vendor, endpoint.name)
        # A stream of another address is another stream.
        state = known.get("state", {}) if known.get("base_url") == base_url else {}
        folder = self.scratch / api.vendor
        with Client(api, base_url, _secrets(api, section), folder, self.clock, self.patience) as client:
            pull = Pull(
                endpoint=endpoint,
                client=client,
                since=_first_day(section, self.clock),
                scratch=folder,
                parameters={**api.parameters, **section.parameters},
                listed=self.settings.listed_channels(api.vendor),
            )
            for page in pages(pull, state):
                yield self._keep(api.vendor, endpoint, page, json.dumps({"base_url": base_url, "state": page.state}))

    def _keep(self, vendor: str, endpoint: Endpoint, page: Page, state: str) -> tuple[int, int]:
        """Make a page and the state behind it safe; number of files landed and of records read."""
        delivery = None
        if page.file is not None:
            with self.landing.receiving() as receive:
                delivery = receive(vendor, page.file, page.suffix, Pulled(endpoint.name, endpoint.stream, state))
        if delivery is None:
            self.store.move_pull(vendor, endpoint.name, state)
            return 0, 0
        reading = reading_of(vendor, self.specs.values(), self._reading)
        return 1, load_file(self.settings, self.specs, self.store, self.protector, delivery, self.batch, reading)


def _wanted(api: ApiSpec | None, section: ApiSection) -> list[str]:
    if section.streams or api is None:
        return list(section.streams) or [""]
    return [endpoint.name for endpoint in api.endpoints if endpoint.usual]


def _endpoint(api: ApiSpec, name: str) -> Endpoint:
    for endpoint in api.endpoints:
        if endpoint.name == name:
            return endpoint
    raise ConfigurationError(f"streams: {api.vendor} has no {name!r} to pull; it has {', '.join(api.names)}")


def _base_url(api: ApiSpec, section: ApiSection) -> str:
    base_url = section.base_url or api.base_url
    if not base_url:
        raise ConfigurationError(f'base_url is missing: your own address at {api.vendor}, such as "https://example.test"')
    parts = urlsplit(base_url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ConfigurationError(f"base_url = {base_url!r}: secrets are sent there, so it must begin with https://")
    return base_url.rstrip("/")


def _secrets(api: ApiSpec, section: ApiSection) -> dict[str, Secret]:
    found = {name: Secret(variable, value) for name, (variable, value) in api_secrets(section).items()}
    for name in api.auth.secrets:
        if name not in found:
            example = f"{api.vendor}_{name}".upper()
            raise ConfigurationError(
                f'secrets: name the environment variable that holds {name}, such as secrets = {{ {name} = "{example}" }}'
            )
        if not found[name].value:
            raise ConfigurationError(
                f"the environment variable {found[name].variable} is not set: it holds {api.vendor}'s {name}"
            )
    return {name: found[name] for name in api.auth.secrets}


def _first_day(section: ApiSection, clock: Clock) -> datetime:
    if section.since is not None:
        return datetime(section.since.year, section.since.month, section.since.day, tzinfo=UTC)
    return (clock.now().astimezone(UTC) - FIRST_PULL).replace(hour=0, minute=0, second=0, microsecond=0)
