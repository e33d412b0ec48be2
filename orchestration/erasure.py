"""Forgets a person everywhere: landing, inbox and build database first, then everything that is made of them, anew.

The landing area is what all else is made of, so it is rewritten, the vendors concerned are loaded again, and what could
hold a copy (marts, Dagster's and dbt's files, logs, Data Docs, Parquet) is thrown away and made again through the gate.
Every step can be repeated: after a kill, the same command goes on. Nothing is certified that a search does not confirm.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from connectors.landing import Delivery, Landing
from connectors.rewrite import Counts, Judge, rewritten
from connectors.spec import ExportSpec
from orchestration.assets.loaded import load_new_files, open_store
from orchestration.build_layout import FILE_FORMAT
from orchestration.declared import reader_limits, workspace_specs
from orchestration.persons import Collector, Known, Recogniser, Subject, hashed, suppress, suppressed
from orchestration.resources import Progress, writer_lock
from orchestration.search import Searched, find_needles
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.store import BuildStore

JOURNAL_FILE = "forgetting.json"
ERASURES_FOLDER = "erasures"
# Models keep rows from run to run; they are made anew.
MADE_BY_DBT = ("staging", "intermediate")
DATABASES = ("marts_db", "candidate_db")


class ErasureError(Exception):
    """A person is not forgotten yet; the text says what is left to do."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was taken out of one vendor's deliveries; the fields are columns of `trust.erasure`.

    Attributes:
        erasure_id: names the erasure.
        kind: `request`, or `retention`.
        source: vendor.
        erased_at: when.
        files: delivered files that were rewritten.
        records: records that were taken out.
        mentions: other people's records in which the person was replaced.
    """

    erasure_id: str
    kind: str
    source: str
    erased_at: datetime
    files: int
    records: int
    mentions: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a forgetting did, without anything that says who it was.

    Attributes:
        erasure_id: names it.
        erased_at: when it was finished.
        sources: what was taken out of each vendor's deliveries.
        texts: distinct texts that are in no table any more.
        searched_files: files of the workspace that were searched afterwards, archives and databases inside out.
        searched_bytes: their size.
        remarks: what is left to a person, such as a remote inbox.
        complete: whether every file could be searched whole; the remarks name those that could not.
    """

    erasure_id: str
    erased_at: datetime
    sources: tuple[Erased, ...]
    texts: int
    searched_files: int
    searched_bytes: int
    remarks: tuple[str, ...]
    complete: bool


def forget(settings: Settings, subject: Subject, progress: Progress, publish: Callable[[], None]) -> Certificate:
    """Forgets a person.

    Args:
        settings: the workspace.
        subject: whom.
        progress: told what happens.
        publish: runs the main job; whatever it raises goes through, and the same call goes on afterwards.

    Returns:
        The certificate, also written to `.earshot/erasures/`.

    Raises:
        ErasureError: nothing is known of the person, or something of it is left.
        LockHeld: another run is under way.
    """
    hashes = hashed(settings.salt, subject.tokens())
    journal = _Journal.of(settings, hashes)
    with writer_lock(settings.state_dir / "run.lock", f"forget {journal.erasure_id}", 0):
        progress.stage("Reading every delivery", 1)
        known = collect(settings, subject).known
        journal.learn(settings, known)
        known = journal.known
        if not (known.emails or known.ids or journal.files or subject.emails):
            journal.remove(settings)
            raise ErasureError("no delivery knows this person; nothing was changed. Correct the domain or contact key.")
        every = hashes | hashed(settings.salt, known.tokens())
        suppress(settings, every)
        progress.stage("Rewriting deliveries", 1)
        judge = Recogniser(settings.salt, every, known)
        erase(settings, judge, lambda delivery, counts: journal.note(settings, delivery, counts))
        progress.stage("Loading what is left", 1)
        texts = reload_sources(settings, journal.sources, f"forget-{journal.erasure_id}", progress)
        journal.texts = max(journal.texts, texts)
        write_erasures(settings, journal.erasure_id, journal.by_source())
        discard_copies(settings, _needles(settings, known))
        journal.save(settings)
    publish()
    _discard_old_parquet(settings)
    with writer_lock(settings.state_dir / "run.lock", f"forget {journal.erasure_id}", 60):
        # What the run replaced while it worked may still lie in the file.
        _compact(open_store(settings))
    return _certified(settings, journal, known, subject)


def collect(settings: Settings, subject: Subject) -> Collector:
    """Everything that the deliveries say of a person: first by what is asked for, then also by the ids that were found."""
    tokens = subject.tokens()
    collector = Collector(Recogniser(settings.salt, set()))
    for _ in range(2):
        collector = _collected(settings, hashed(settings.salt, tokens), subject.ids())
        tokens = [*subject.tokens(), *collector.known.tokens()]
    return collector


def _collected(settings: Settings, hashes: set[str], ids: Sequence[tuple[str, str]] = ()) -> Collector:
    recogniser = Recogniser(settings.salt, hashes)
    collector = Collector(recogniser, ids)
    limits = reader_limits(settings)
    for delivery in Landing(settings.landing_dir).deliveries():
        recogniser.vendor, collector.origin = delivery.vendor, delivery.name
        rewritten(delivery.path.read_bytes(), collector, Counts(), limits=limits)
    return collector


def forget_again(settings: Settings, progress: Progress) -> tuple[int, tuple[str, ...]]:
    """Takes everyone who must stay forgotten out of a workspace that an older backup brought back.

    What is published in it goes as well: the next run publishes what is left.

    Args:
        settings: the workspace; its list of the forgotten is the newer one.
        progress: told what happens.

    Returns:
        How many records were taken out or changed, and the files in which a search still finds somebody.
    """
    hashes = suppressed(settings)
    progress.stage("Forgetting again", 1)
    known = _collected(settings, hashes).known
    journal = _Journal(uuid.uuid4().hex[:12], sorted(hashes), known, {})
    erase(settings, Recogniser(settings.salt, hashes, known), lambda delivery, counts: journal.note(settings, delivery, counts))
    if journal.sources:
        reload_sources(settings, journal.sources, f"restore-{journal.erasure_id}", progress)
        write_erasures(settings, journal.erasure_id, journal.by_source())
        discard_copies(settings, _needles(settings, known))
        settings.warehouse_db.unlink(missing_ok=True)
    journal.remove(settings)
    found = _still_found(settings, known).found
    left = sorted({str(path.relative_to(settings.root)) for paths in found.values() for path in paths})
    return sum(records + mentions for _, records, mentions in journal.files.values()), tuple(left)


def sieve(settings: Settings) -> Callable[[str, bytes], bytes | None] | None:
    """Takes the forgotten out of what is delivered now; None where nobody was forgotten."""
    hashes = suppressed(settings)
    if not hashes:
        return None
    judge = Recogniser(settings.salt, hashes)
    limits = reader_limits(settings)

    def strained(vendor: str, content: bytes) -> bytes | None:
        judge.vendor = vendor
        return rewritten(content, judge, Counts(), limits=limits)

    return strained


class VendorJudge(Judge, Protocol):
    """A judge that is told whose export it reads."""

    vendor: str


def erase(
    settings: Settings, judge: VendorJudge, note: Callable[[Delivery, Counts], None], only: Iterable[str] | None = None
) -> None:
    """Rewrites landing area and local inbox.

    Args:
        settings: the workspace.
        judge: decides what goes.
        note: told what goes of a delivery, before it goes.
        only: vendors whose deliveries are rewritten; None for all.
    """
    wanted = None if only is None else set(only)
    limits = reader_limits(settings)

    def change(delivery: Delivery) -> bytes | None:
        content = delivery.path.read_bytes()
        if wanted is not None and delivery.vendor not in wanted:
            return content
        judge.vendor = delivery.vendor
        counts = Counts()
        new = rewritten(content, judge, counts, delivery.name, limits)
        if new is not content:
            note(delivery, counts)
            _rewrite_in_inbox(settings, delivery, new, judge.redacted(delivery.name))
        return new

    Landing(settings.landing_dir).rewrite(change, judge.redacted)


def _rewrite_in_inbox(settings: Settings, delivery: Delivery, content: bytes | None, name: str) -> None:
    """The delivered original, where it still lies in a local inbox just as it was landed."""
    own = settings.inboxes.get(delivery.vendor)
    root = Path(own or settings.inbox)
    if "://" in str(own or settings.inbox):
        return
    for path in sorted((root if own else root / delivery.vendor).rglob("*")):
        if path.is_symlink() or not path.is_file() or path.stat().st_size != delivery.bytes:
            continue
        if hashlib.sha256(path.read_bytes()).hexdigest() != delivery.sha256:
            continue
        if content is None:
            path.unlink()
            continue
        fresh = path.with_name(f".{path.name}.part")
        fresh.write_bytes(content)
        target = root / name if str(path.relative_to(root)) == delivery.name else path
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh.replace(target)
        if target != path:
            path.unlink()


def reload_sources(settings: Settings, sources: set[str], run_id: str, progress: Progress) -> int:
    """Loads the deliveries of some vendors again, and forgets the judgements of texts that are gone.

    Returns:
        Distinct texts that are in no raw table any more.
    """
    specs = workspace_specs(settings)
    store = open_store(settings)
    store.prepare(specs.values())
    before = _texts(store, specs)
    sources = sources | _stale(settings, store)
    with store.connect() as connection:
        connection.execute("BEGIN")
        for spec in specs.values():
            if spec.vendor in sources:
                connection.execute(f"DELETE FROM raw.{spec.table}")
                connection.execute(f"DELETE FROM history.{spec.table}")
        for source in sources:
            for table in ("file", "quarantine", "drift"):
                connection.execute(f"DELETE FROM ops.{table} WHERE source = ?", [source])
            connection.execute("UPDATE ops.stream SET last_event_at = NULL WHERE source = ?", [source])
        for schema in MADE_BY_DBT:
            connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
            connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute("DELETE FROM ops.state WHERE name = 'marts'")
        connection.execute("COMMIT")
    load_new_files(settings, specs, run_id, progress)
    after = _texts(store, specs)
    gone = {key: text for key, text in before.items() if key not in after}
    _forget_judgements(store, specs, set(gone.values()))
    _compact(store)
    return len(gone)


def _stale(settings: Settings, store: BuildStore) -> set[str]:
    """Vendors of whom the ledger knows a file that the landing area does not have any more."""
    landed = {(delivery.vendor, delivery.sha256) for delivery in Landing(settings.landing_dir).deliveries()}
    with store.connect() as connection:
        booked = set(connection.execute("SELECT DISTINCT source, file_sha256 FROM ops.file").fetchall())
    return {source for source, _ in booked - landed}


def _texts(store: BuildStore, specs: Mapping[str, ExportSpec]) -> dict[str, str]:
    with store.connect() as connection:
        rows = connection.execute(_all_texts(specs, "_text_sha256, _text")).fetchall()
    return dict(rows)


def _all_texts(specs: Mapping[str, ExportSpec], columns: str) -> str:
    worded = [spec.table for spec in specs.values() if spec.text]
    places = [f"{schema}.{table}" for schema in ("raw", "history") for table in worded]
    return " UNION ALL ".join(f"SELECT {columns} FROM {place} WHERE _text_sha256 IS NOT NULL" for place in places)


def _forget_judgements(store: BuildStore, specs: Mapping[str, ExportSpec], gone: set[str]) -> None:
    """Judgements, groups and remembered findings that were made of texts that are gone."""
    with store.connect() as connection:
        connection.execute("BEGIN")
        kept = f"SELECT DISTINCT _text_sha256 AS sha FROM ({_all_texts(specs, '_text_sha256')})"
        connection.execute(f"CREATE TEMP TABLE kept AS {kept}")
        for table in ("text", "text_theme", "question", "text_cluster"):
            connection.execute(f"DELETE FROM enriched.{table} WHERE text_sha256 NOT IN (SELECT sha FROM kept)")
        emptied = "UPDATE enriched.cluster SET examples = [], example_ids = [] WHERE list_has_any(examples, ?::VARCHAR[])"
        connection.execute(emptied, [sorted(gone)])
        # What a gate saw may quote the very rows that had to go.
        connection.execute("UPDATE ops.gate_result SET observed = regexp_replace(observed, ', such as .*$', '', 's')")
        connection.execute("COMMIT")


def _compact(store: BuildStore) -> None:
    """Copies what is left into a new file: deleted rows stay in the old one until they are overwritten."""
    fresh = store.path.with_name(store.path.name + ".fresh")
    for leftover in (fresh, fresh.with_name(fresh.name + ".wal")):
        leftover.unlink(missing_ok=True)
    with store.connect() as connection:
        connection.execute("CHECKPOINT")
        connection.execute(f"ATTACH '{fresh}' AS fresh (STORAGE_VERSION '{FILE_FORMAT}')")
        connection.execute(f"COPY FROM DATABASE {store.path.stem} TO fresh")
        connection.execute("DETACH fresh")
    fresh.chmod(0o600)
    store.path.with_name(store.path.name + ".wal").unlink(missing_ok=True)
    fresh.replace(store.path)


def discard_copies(settings: Settings, needles: Sequence[str] = ()) -> None:
    """Throws away what the next run makes again, and every log that could hold a copy.

    Args:
        settings: the workspace.
        needles: Data Docs of earlier runs are kept unless one of these occurs in them.
    """
    for name in DATABASES:
        database: Path = getattr(settings, name)
        for path in (database, database.with_name(database.name + ".wal")):
            path.unlink(missing_ok=True)
    dagster = (settings.dagster_home / "history", settings.dagster_home / "storage")
    for folder in (*dagster, settings.dbt_target, settings.temp_dir, settings.digests_dir):
        shutil.rmtree(folder, ignore_errors=True)
    for name in ("last_run.log", "published_inputs"):
        (settings.state_dir / name).unlink(missing_ok=True)
    for run in sorted(settings.docs_dir.glob("*/")):
        if find_needles([run], needles).found:
            shutil.rmtree(run)


def _discard_old_parquet(settings: Settings) -> None:
    current = settings.parquet_dir.resolve()
    for version in (settings.state_dir / "parquet").glob("*/"):
        if version.resolve() != current:
            shutil.rmtree(version)


def _needles(settings: Settings, known: Known) -> list[str]:
    keys = [hashlib.sha256((settings.salt + email).encode()).hexdigest() for email in sorted(known.emails)]
    return [*sorted(known.literals()), *keys, *sorted(known.texts)]


def _certified(settings: Settings, journal: _Journal, known: Known, subject: Subject) -> Certificate:
    known.emails |= {email.strip().lower() for email in subject.emails}
    searched = _still_found(settings, known)
    if searched.found:
        places = sorted({f"{path.relative_to(settings.root)}" for paths in searched.found.values() for path in paths})
        raise ErasureError(
            "the person is taken out of everything that Earshot keeps, but a search still finds something in: "
            f"{', '.join(places)}. Remove it there by hand if the file is your own, then call the same command again."
        )
    remarks = ["Backups and the vendors are not reached from here: erase there too. What they deliver again is left out."]
    if "://" in settings.inbox:
        remarks.append(f"The inbox {settings.inbox} is not on this machine: erase the delivered files there.")
    if searched.cut:
        remarks.append(
            "These unpack beyond the limits of [limits], so that nothing beyond them was ever read, nor searched now: "
            f"{_named(settings, searched.cut)}."
        )
    if searched.damaged:
        remarks.append(
            "A part of these is damaged and can be unpacked by nobody: it was never read and could not be searched. Remove "
            f"them, or have them delivered again: {_named(settings, searched.damaged)}."
        )
    certificate = Certificate(
        journal.erasure_id,
        datetime.now(UTC),
        tuple(journal.by_source()),
        journal.texts,
        searched.files,
        searched.bytes,
        tuple(remarks),
        complete=not (searched.cut or searched.damaged),
    )
    path = settings.state_dir / ERASURES_FOLDER / f"certificate-{journal.erasure_id}.json"
    path.write_text(json.dumps(asdict(certificate), default=datetime.isoformat, indent=1), "utf-8")
    journal.remove(settings)
    return certificate


def _named(settings: Settings, paths: Iterable[Path]) -> str:
    return ", ".join(sorted(str(path.relative_to(settings.root)) for path in paths))


def _still_found(settings: Settings, known: Known) -> Searched:
    limits = reader_limits(settings)
    landed = find_needles([settings.landing_dir], sorted(known.texts), limits=limits)
    # Words that others said too are theirs.
    needles = [needle for needle in _needles(settings, known) if needle not in landed.found]
    return find_needles([settings.root], needles, skip={settings.state_dir / JOURNAL_FILE}, limits=limits)


def write_erasures(settings: Settings, erasure_id: str, erased: Sequence[Erased]) -> None:
    """Puts an erasure on record, without anything that says who it was."""
    folder = settings.state_dir / ERASURES_FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"erasure-{erasure_id}.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps([asdict(one) for one in erased], default=datetime.isoformat, indent=1), "utf-8")
    fresh.replace(path)


def remember_erasures(settings: Settings, store: BuildStore) -> None:
    """Copies every erasure that is on record into the build database, from where it becomes `trust.erasure`."""
    names = [field.name for field in fields(Erased)]
    found = [one for path in sorted((settings.state_dir / ERASURES_FOLDER).glob("erasure-*.json")) for one in _read(path)]
    with store.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("DELETE FROM ops.erasure")
        for one in found:
            marks = ", ".join("?" for _ in names)
            connection.execute(f"INSERT INTO ops.erasure ({', '.join(names)}) VALUES ({marks})", [one[name] for name in names])
        connection.execute("COMMIT")


def _read(path: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(path.read_text("utf-8"))
    return rows


@dataclass(slots=True)
class _Journal:
    """What a forgetting has done so far; it names the person, is private, and goes when the person is forgotten."""

    erasure_id: str
    hashes: list[str]
    known: Known
    # Vendor, records and mentions by delivery.
    files: dict[str, tuple[str, int, int]]
    texts: int = 0

    @classmethod
    def of(cls, settings: Settings, hashes: set[str]) -> _Journal:
        try:
            row = json.loads((settings.state_dir / JOURNAL_FILE).read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return cls(uuid.uuid4().hex[:12], sorted(hashes), Known(), {})
        if row["hashes"] != sorted(hashes):
            raise ErasureError(
                "another person is being forgotten and that is not finished: call the command that began it again first"
            )
        known = Known(set(row["emails"]), {(v, i) for v, i in row["ids"]}, set(row["names"]), set(row["words"]))
        return cls(row["erasure_id"], row["hashes"], known, {k: tuple(v) for k, v in row["files"].items()}, row["texts"])

    @property
    def sources(self) -> set[str]:
        return {vendor for vendor, _, _ in self.files.values()}

    def by_source(self) -> list[Erased]:
        """One line a vendor."""
        moment = datetime.now(UTC)
        lines = []
        for source in sorted(self.sources):
            its = [(records, mentions) for vendor, records, mentions in self.files.values() if vendor == source]
            records, mentions = (sum(numbers) for numbers in zip(*its, strict=True))
            lines.append(Erased(self.erasure_id, "request", source, moment, len(its), records, mentions))
        return lines

    def learn(self, settings: Settings, known: Known) -> None:
        """Adds what the deliveries say, before they stop saying it."""
        for name in ("emails", "ids", "names", "texts"):
            getattr(self.known, name).update(getattr(known, name))
        self.save(settings)

    def note(self, settings: Settings, delivery: Delivery, counts: Counts) -> None:
        """Adds what goes of a delivery; noted again after a kill, it counts once."""
        self.files[str(delivery.sequence)] = (delivery.vendor, counts.records, counts.words)
        self.save(settings)

    def save(self, settings: Settings) -> None:
        """Writes the journal, flushed, for its owner only."""
        row = {"erasure_id": self.erasure_id, "hashes": self.hashes, "files": self.files, "texts": self.texts}
        known: dict[str, set[Any]] = {
            "emails": self.known.emails,
            "ids": self.known.ids,
            "names": self.known.names,
            "words": self.known.texts,
        }
        path = settings.state_dir / JOURNAL_FILE
        fresh = path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({**row, **{name: sorted(values) for name, values in known.items()}}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    def remove(self, settings: Settings) -> None:
        """Nothing is left that names the person."""
        (settings.state_dir / JOURNAL_FILE).unlink(missing_ok=True)
