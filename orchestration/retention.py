"""How long a source's own words are kept: older records go from the delivered files themselves, and from all made of them."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from dateutil import parser as dates

from connectors.landing import Delivery
from connectors.rewrite import Cells, Counts
from connectors.spec import ExportSpec, Field
from orchestration.erasure import Erased, erase, reload_sources, remember_erasures, write_erasures
from orchestration.persons import plain
from orchestration.resources import Progress
from orchestration.run_history import get_state, set_state
from orchestration.settings import Settings
from orchestration.store import BuildStore

logger = logging.getLogger("earshot")
# What the clock was taken to say when retention was last applied.
BELIEVED = "believed_clock"
SECONDS_DIGITS, MILLISECONDS_DIGITS = 10, 13


class Expired:
    """Takes out records with words whose time is up; a `connectors.rewrite.Judge`.

    Records without words stay, whatever their age: an account is no older than its last ticket.

    Attributes:
        vendor: whose export is being read.
    """

    def __init__(
        self, specs: Iterable[ExportSpec], oldest: Mapping[str, datetime], maps: Mapping[str, Mapping[str, str]]
    ) -> None:
        self.vendor = ""
        self._oldest = oldest
        self._streams: dict[str, list[tuple[Field, set[str], set[str]]]] = {}
        for spec in specs:
            if spec.text and spec.event_time:
                named = maps.get(spec.table, {})
                names = {
                    name: {*spec.by_name[name].candidates, named.get(name, name)} for name in (*spec.text, spec.event_time)
                }
                words = {plain(header) for text in spec.text for header in names[text]}
                entry = (spec.by_name[spec.event_time], {plain(header) for header in names[spec.event_time]}, words)
                self._streams.setdefault(spec.vendor, []).append(entry)

    def drops(self, cells: Cells) -> bool:
        """Whether a record is older than its source keeps words."""
        named = {plain(column): text for column, text in cells}
        for moment, times, words in self._streams.get(self.vendor, ()):
            if not words.isdisjoint(named):
                for name in times & named.keys():
                    at = _moment(named[name], moment)
                    if at is not None:
                        return at < self._oldest[self.vendor]
        return False

    def redacted(self, text: str) -> str:
        """The text itself."""
        return text


def apply_retention(settings: Settings, specs: Mapping[str, ExportSpec], run_id: str, progress: Progress) -> list[Erased]:
    """Takes out what is older than `retention_days` of its source, where anything is; the run's lock is held.

    Returns:
        What was taken out, by source, as it is put on record.
    """
    now = datetime.now(UTC)
    days = {vendor: source.retention_days for vendor, source in settings.config.sources.items()}
    store = BuildStore(settings.build_db)
    today = _believed(now, store, settings.config.privacy.max_clock_lead_days) if any(days.values()) else now
    oldest = {vendor: today - timedelta(days=kept) for vendor, kept in days.items() if kept}
    due = [vendor for vendor in oldest if _has_older(store, specs, vendor, oldest[vendor])]
    if not due:
        return []
    progress.stage("Taking out what is kept no longer", 1)
    found: dict[str, list[Counts]] = {}

    def note(delivery: Delivery, counts: Counts) -> None:
        found.setdefault(delivery.vendor, []).append(counts)

    maps = {spec.table: settings.column_map(spec.vendor, spec.stream) for spec in specs.values()}
    erase(settings, Expired(specs.values(), oldest, maps), note, only=due)
    for vendor in sorted(set(due) - found.keys()):
        logger.warning("%s holds records older than its retention_days that no delivered file shows the age of", vendor)
    if not found:
        return []
    reload_sources(settings, set(found), run_id, progress)
    erasure_id = uuid.uuid4().hex[:12]
    erased = [Erased(erasure_id, "retention", v, now, len(all_), sum(c.records for c in all_), 0) for v, all_ in found.items()]
    write_erasures(settings, erasure_id, erased)
    remember_erasures(settings, store)
    return erased


def _believed(now: datetime, store: BuildStore, lead_days: int) -> datetime:
    """The clock, or as many days as it may be ahead of both the newest record and what was believed last.

    A clock that is right is believed a month further with each run, however long nothing was delivered; and a wrong one no
    more than that.
    """
    with store.connect() as connection:
        row = connection.execute("SELECT max(last_event_at) FROM ops.stream WHERE last_event_at <= ?", [now]).fetchone()
    newest: datetime | None = row[0] if row else None
    last = get_state(store, BELIEVED)
    known = [newest.astimezone(UTC)] if newest else []
    known += [datetime.fromisoformat(last)] if last else []
    latest = max(known) + timedelta(days=lead_days) if known else now
    believed = min(now, latest)
    set_state(store, BELIEVED, believed.isoformat())
    if believed < now:
        logger.warning(
            "The clock says %s, and the newest record is of %s: retention_days is counted from %s. Set the clock, or, if it is "
            "right, call `earshot run` again: each run counts from %s days later at most (max_clock_lead_days under [privacy])",
            f"{now:%Y-%m-%d}",
            f"{newest:%Y-%m-%d}" if newest else "no known day",
            f"{believed:%Y-%m-%d}",
            lead_days,
        )
    return believed


def _has_older(store: BuildStore, specs: Mapping[str, ExportSpec], vendor: str, oldest: datetime) -> bool:
    streams = [spec for spec in specs.values() if spec.vendor == vendor and spec.text and spec.event_time]
    with store.connect() as connection:
        return any(
            connection.execute(
                f'SELECT 1 FROM {schema}.{spec.table} WHERE "{spec.event_time}"::TIMESTAMPTZ < ? LIMIT 1', [oldest]
            ).fetchone()
            for spec in streams
            for schema in ("raw", "history")
        )


def _moment(text: str, field: Field) -> datetime | None:
    """When a record happened, as the reader would understand it; None where that is not clear."""
    text = text.strip()
    if text.isdigit() and len(text) in (SECONDS_DIGITS, MILLISECONDS_DIGITS):
        return datetime.fromtimestamp(int(text) / (1000 if len(text) == MILLISECONDS_DIGITS else 1), UTC)
    for form in field.formats:
        try:
            return _utc(datetime.strptime(text, form))
        except ValueError:
            continue
    try:
        return _utc(dates.parse(text))
    except (ValueError, OverflowError):
        return None


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
