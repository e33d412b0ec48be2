"""Product events as Amplitude's export API delivers them: zips of gzipped NDJSON, 55 keys a line.

Written day by day: memory holds one day's draws and a user list, whatever the number of events. Every line is put
together from pieces that are prepared once, because this is the one export that may have tens of millions of records.
"""

from __future__ import annotations

import gzip
import json
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import date, timedelta
from typing import IO
from zipfile import ZipFile

import numpy as np

from demo.company import DAY, FEATURES, FIRST_DAY, LAST_DAY, START, UNADOPTED, Company, seconds
from demo.exports.ledger import FileCount, Ledger, member
from demo.plan import Floats, Ints
from demo.rng import vectors

Tick = Callable[[int], None]
APP = 583_194
HOURLY_FROM = date(2026, 6, 15)  # the live export; what lies before was backfilled by day
EVENTS, REPEATED_EVERY, MALFORMED_EVERY, FAR_FUTURE_EVERY = 30_000, 1_000, 15_000, 30_000
BLOCK = 4_096


class Amplitude:
    """Writes every archive of the product analytics, and counts who used which feature."""

    def __init__(self, company: Company, ledger: Ledger, tick: Tick) -> None:
        self._company = company
        self._ledger = ledger
        self._tick = tick
        accounts = company.accounts
        self._since = np.array([a.since for a in accounts])
        self._until = np.array([a.until if a.is_customer else 0 for a in accounts])
        self._contacts = np.array([a.contacts for a in accounts])
        self._first_user = np.concatenate([[0], np.cumsum(self._contacts)])
        self._rates = self._usage_rates()
        self._emails = [f'"{company.person(a.index, n).email}"' for a in accounts for n in range(a.contacts)]
        self._groups = [json.dumps({"account": [a.id]}, separators=(",", ":")) for a in accounts]
        self._cities = [a.city for a in accounts]
        self._countries = [a.country for a in accounts]
        self._types = [f.event_type for f in FEATURES]
        self._properties = [
            json.dumps({"feature": f.name, "product_area": f.product_area}, separators=(",", ":")) for f in FEATURES
        ]
        self._clock = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(DAY)]
        self._written = 0
        self.events = np.zeros(len(FEATURES), dtype=np.int64)
        self.used = np.zeros((len(accounts), len(FEATURES)), dtype=bool)
        released = [f.released for f in FEATURES]
        self._trial = [(seconds(day), seconds(day + timedelta(days=30))) for day in released]
        self.used_in_trial = np.zeros((len(accounts), len(FEATURES)), dtype=bool)

    def _usage_rates(self) -> Floats:
        """Expected events a day per account and feature, while both exist; they sum to the wanted number over all days."""
        company = self._company
        draws = vectors(company.seed, "usage")
        accounts = company.accounts
        size = {"enterprise": 9.0, "mid_market": 3.5, "smb": 1.2}
        weight = np.array([size[a.segment] * a.is_customer for a in accounts]) * (0.4 + draws.random(len(accounts)))
        taste = draws.random((len(accounts), len(FEATURES)))
        popular = np.array([f.weight for f in FEATURES], dtype=float)
        adopts = np.full(len(FEATURES), 0.8)
        if company.planted:
            unadopted = [f.name for f in FEATURES].index(UNADOPTED)
            adopts[unadopted] = 0.02
            popular[unadopted] = 0.5
        rates: Floats = weight[:, None] * popular[None, :] * (taste < adopts)
        released = np.array([max(START, seconds(f.released)) for f in FEATURES])
        days = np.clip(self._until[:, None] - np.maximum(self._since[:, None], released[None, :]), 0, None) / DAY
        return rates * (company.count(EVENTS) / max(1.0, float((rates * days).sum())))

    def write(self) -> None:
        """Write a zip per quarter, and one by the hour for the last two weeks."""
        starts = [FIRST_DAY, *(date(y, m, 1) for y in (2025, 2026) for m in (1, 4, 7, 10)), HOURLY_FROM]
        starts = sorted(day for day in set(starts) if FIRST_DAY <= day <= HOURLY_FROM and day != date(2025, 1, 1))
        with ThreadPoolExecutor(1, thread_name_prefix="gzip") as self._pool:
            self._archives(starts)

    def _archives(self, starts: list[date]) -> None:
        tail: list[str] = []
        for start, following in zip(starts, [*starts[1:], LAST_DAY + timedelta(days=1)], strict=True):
            last = following - timedelta(days=1)
            name = f"amplitude/{APP}_{start:%Y%m%d}T00_{last:%Y%m%d}T23.zip"
            with self._ledger.archive(name) as archive:
                if tail:
                    # The last hours before a window are read again with it, since events may come in late.
                    with self._member(archive, name, f"{start - timedelta(days=1)}_23#1") as (write, count):
                        for line in tail:
                            write(line.encode())
                            count.good("duplicate")
                day = start
                while day <= last:
                    tail = self._day(archive, name, day)
                    day += timedelta(days=1)

    @contextmanager
    def _member(self, archive: ZipFile, zipped: str, name: str) -> Iterator[tuple[Callable[[bytes], None], FileCount]]:
        path = f"{APP}/{APP}_{name}.json.gz"
        with member(archive, path, deflate=False) as stream, closing(_Gzip(stream, self._pool)) as lines:
            yield lines.write, self._ledger.count(f"{zipped}!{path}", "amplitude.event")

    def _day(self, archive: ZipFile, zipped: str, day: date) -> list[str]:
        """Write one day; returns its last lines."""
        moment = seconds(day)
        draws = vectors(self._company.seed, "events", moment)
        alive = (self._since <= moment) & (self._until > moment)
        rates = self._rates * alive[:, None] * np.array([f.released <= day for f in FEATURES])
        bounds = rates.ravel().cumsum()
        quiet = 0.25 if day.weekday() >= 5 else 1.3
        n = int(draws.poisson(bounds[-1] * quiet))
        cell = np.searchsorted(bounds[:-1], draws.random(n) * bounds[-1], side="right")
        account, feature = np.divmod(cell, len(FEATURES))
        user = self._first_user[account] + (draws.random(n) ** 1.5 * self._contacts[account]).astype(np.int64)
        clock = ((6 + 13 * (draws.random(n) + draws.random(n)) / 2) * 3_600).astype(np.int64)
        self._count(moment, account, feature)
        hours = sorted(set((clock // 3_600).tolist())) if day >= HOURLY_FROM else [-1]
        lines: list[str] = []
        for hour in hours:
            chosen = np.arange(n) if hour < 0 else np.flatnonzero(clock // 3_600 == hour)
            with self._member(archive, zipped, f"{day}_{hour if hour >= 0 else 0}#0") as (write, count):
                for block in range(0, len(chosen), BLOCK):
                    part = chosen[block : block + BLOCK]
                    lines = list(self._lines(day, account[part], feature[part], user[part], clock[part], draws))
                    self._emit(lines, write, count)
        return lines[-3:]

    def _count(self, moment: int, account: Ints, feature: Ints) -> None:
        self.events += np.bincount(feature, minlength=len(FEATURES))
        self.used[account, feature] = True
        for number, (start, end) in enumerate(self._trial):
            if start <= moment < end:
                self.used_in_trial[account[feature == number], number] = True

    def _lines(
        self, day: date, account: Ints, feature: Ints, user: Ints, clock: Ints, draws: np.random.Generator
    ) -> Iterator[str]:
        """The lines of some events: all 55 keys of a true record, in alphabetical order."""
        n = len(account)
        ids = draws.bytes(24 * n).hex()
        millis = [f"{ms:03d}000" for ms in draws.integers(0, 1_000, n).tolist()]
        anonymous = (draws.random(n) < 0.04).tolist()
        clocks, today, start = self._clock, str(day), seconds(day)
        cities, countries, groups, emails = self._cities, self._countries, self._groups, self._emails
        properties, types = self._properties, self._types
        rows = zip(account.tolist(), feature.tolist(), user.tolist(), clock.tolist(), millis, anonymous, strict=True)
        for i, (a, f, u, second, ms, hidden) in enumerate(rows, self._written):
            at = 48 * (i - self._written)
            h = ids[at : at + 48]
            event, upload = f"{today} {clocks[second]}.{ms}", f"{today} {clocks[second + 2]}.{ms}"
            yield (
                f'{{"$insert_id":"{h[:16]}","$insert_key":null,"$schema":null,"adid":null,"amplitude_attribution_ids":null,'
                f'"amplitude_event_type":null,"amplitude_id":{90_000_000_000 + u},"app":{APP},"city":"{cities[a]}",'
                f'"client_event_time":"{event}","client_upload_time":"{upload}","country":"{countries[a]}","data":{{}},'
                f'"data_type":"event","device_brand":null,"device_carrier":null,"device_family":"Windows",'
                f'"device_id":"device-{u:07d}","device_manufacturer":null,"device_model":null,"device_type":"Windows","dma":null,'
                f'"event_id":{i},"event_properties":{properties[f]},"event_time":"{event}","event_type":"{types[f]}",'
                f'"global_user_properties":{{}},"group_properties":{{}},"groups":{"{}" if hidden else groups[a]},"idfa":null,'
                f'"ip_address":"192.0.2.{u % 254 + 1}","is_attribution_event":false,"language":"English",'
                f'"library":"amplitude-ts/2.7.1","location_lat":null,"location_lng":null,"os_name":"Chrome","os_version":"126",'
                f'"partner_id":null,"paying":null,"plan":{{}},"platform":"Web","processed_time":"{upload}","region":null,'
                f'"sample_rate":null,"server_received_time":"{upload}","server_upload_time":"{upload}",'
                f'"session_id":{(start + second // 1_800 * 1_800) * 1_000},"source_id":null,"start_version":null,'
                f'"user_creation_time":"2024-11-04 08:00:00.000000","user_id":{"null" if hidden else emails[u]},'
                f'"user_properties":{{}},"uuid":"{h[16:24]}-{h[24:28]}-4{h[29:32]}-8{h[33:36]}-{h[36:48]}","version_name":null}}\n'
            )

    def _emit(self, lines: list[str], write: Callable[[bytes], None], count: FileCount) -> None:
        """Write a block, with the lines that belong to nobody in between."""
        before, self._written = self._written, self._written + len(lines)
        write("".join(lines).encode())
        count.rows += len(lines)
        count.kinds["new"] += len(lines)
        self._tick(len(lines))
        for number in range(before, self._written):
            if number % REPEATED_EVERY == REPEATED_EVERY // 2:
                write(lines[number - before].encode())
                count.good("duplicate")
            if number % MALFORMED_EVERY == 7_000:
                write(lines[number - before][:400].encode() + b"\n")
                count.broken("malformed_line")
            if number % FAR_FUTURE_EVERY == 9_000:
                distant = lines[number - before].replace('"event_time":"2', '"event_time":"9')
                write(distant.replace('"uuid":"', '"uuid":"f').encode())
                count.broken("date_out_of_range")


class _Gzip:
    """A gzip stream without a name or time in its header, compressed beside the caller by one thread, in order.

    Level 1: the text is so regular that a higher one gains little.
    """

    def __init__(self, stream: IO[bytes], pool: ThreadPoolExecutor) -> None:
        self._lines = gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=stream, mtime=0)
        self._pool = pool
        self._waiting: deque[Future[int]] = deque()

    def write(self, data: bytes) -> None:
        """Hand over data; waits where two pieces are still to be compressed, so that memory stays bounded."""
        self._waiting.append(self._pool.submit(self._lines.write, data))
        while len(self._waiting) > 2:
            self._waiting.popleft().result()

    def close(self) -> None:
        """Finish the stream."""
        while self._waiting:
            self._waiting.popleft().result()
        self._lines.close()
