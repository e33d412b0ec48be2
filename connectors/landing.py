"""Inbox to landing area: every delivered file is copied once, named by its content, and never changed again.

The landing area is the only truth that everything else can be rebuilt from. Its manifest is one JSON line per delivery,
appended and flushed after the file itself is safe, so a kill at any moment costs at most a copy that is made again.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol, cast

from filelock import FileLock, Timeout
from fsspec.implementations.local import LocalFileSystem

from connectors.errors import ConfigurationError, ConnectorError, TransientError
from connectors.remote import close, open_address, told

CHUNK = 1 << 20
MAX_DEPTH = 32
# A file whose stamp is this fresh when it is read may change again without its stamp changing (coarse clocks).
RACY_NS = 2_000_000_000
COMPRESSIONS = frozenset({".gz", ".zip", ".bz2", ".xz", ".zst"})
SUFFIX = re.compile(r"^\.[A-Za-z0-9_-]{1,12}$")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp", ".swp")
# `delivery`: landed; `seen`: the same content again; `erased`: nothing is left of it, and its content stays refused.
KINDS = ("delivery", "seen", "erased")
CLUTTER = frozenset({"thumbs.db", "desktop.ini"})


# Vendor and content → the content without what must never land; the same object where nothing is taken out.
Sieve = Callable[[str, bytes], bytes | None]


class _ChangedError(Exception):
    """The file in the inbox is still being written; it is left for the next run."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a page of an export API was pulled as.

    Attributes:
        endpoint: name of what was pulled.
        stream: stream of its records.
        state: where the pull stands once the page is safe, as JSON.
    """

    endpoint: str
    stream: str
    state: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file as it was delivered.

    Attributes:
        vendor: declared vendor whose folder it lay in.
        name: path relative to the inbox, with forward slashes.
        sha256: hash of the content, which also names the landed copy.
        bytes: size.
        sequence: order of delivery, 1-based; never given twice.
        landed_at: when the copy was safe.
        path: the landed copy.
        pulled: for a page of an export API, what it was pulled as; kept in the manifest, so that what a rebuilt database
            knows of its streams comes from here too.
    """

    vendor: str
    name: str
    sha256: str
    bytes: int
    sequence: int
    landed_at: datetime
    path: Path
    pulled: Pulled | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """What one look at the inbox found.

    Attributes:
        new: deliveries landed now, in order.
        repeated: files whose content had been landed before.
        refused: name and reason of what is not accepted; somebody has to act.
        skipped: name and reason of what is left alone on purpose; nobody has to act.
    """

    new: tuple[Delivery, ...]
    repeated: int
    refused: tuple[tuple[str, str], ...]
    skipped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Replaced:
    """A delivery whose copy was replaced.

    Attributes:
        delivery: what it was.
        sha256: hash of the new content; empty where nothing is left.
    """

    delivery: Delivery
    sha256: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A regular file found in a vendor's folder of the inbox."""

    vendor: str
    name: str
    path: str
    size: int
    stamp: str


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key that puts `page2` before `page10` and does not depend on the folder's own order."""
    parts = re.split(r"(\d+)", name)
    return tuple((0, int(p), p) if p.isascii() and p.isdigit() else (1, 0, p) for p in parts if p)


class Landing:
    """The landing area below one folder."""

    def __init__(
        self, root: Path, *, settle_seconds: float = 0.25, lock_timeout: float = 60.0, sieve: Sieve | None = None
    ) -> None:
        """Open the landing area.

        Args:
            root: its folder; made on first use.
            settle_seconds: a file touched less than this long ago is looked at again before its copy counts.
            lock_timeout: how long to wait for another collector.
            sieve: takes out of a new file, given its vendor and content, what must never land.
        """
        self.root = Path(root)
        self.manifest = self.root / "manifest.jsonl"
        self._settle = settle_seconds
        self._lock_timeout = lock_timeout
        self._sieve = sieve

    def deliveries(self) -> tuple[Delivery, ...]:
        """Every delivery ever landed, in order."""
        return tuple(self._read_manifest().deliveries)

    def collect(self, inbox: str | Path, vendors: Collection[str], own: Mapping[str, str | Path] | None = None) -> Collected:
        """Land what is new in the inbox.

        Args:
            inbox: local folder, or any address that fsspec opens (`s3://…`, `gs://…`, `sftp://…`, `memory://…`).
            vendors: declared vendors, the names of the folders that are accepted.
            own: inboxes of single vendors, by vendor; what lies there is that vendor's without a folder of its name.

        Raises:
            ConfigurationError: there is no such inbox.
            TransientError: another collector keeps the landing area locked.
            OSError: the landing area cannot be written (disk full, permissions).
        """
        self._make_folder(self.root)
        with self._locked():
            self._sweep()
            known = self._repair_manifest()
            found = [self._collect_at(inbox, vendors, known)]
            for vendor, place in (own or {}).items():
                try:
                    found.append(self._collect_at(place, vendors, known, vendor))
                except ConnectorError as trouble:
                    # One source's inbox that is away stops no other.
                    found.append(Collected((), 0, ((f"{vendor}/", str(trouble)),)))
        return Collected(
            tuple(delivery for part in found for delivery in part.new),
            sum(part.repeated for part in found),
            tuple(refusal for part in found for refusal in part.refused),
            tuple(skip for part in found for skip in part.skipped),
        )

    @contextmanager
    def receiving(self) -> Iterator[Callable[[str, Path, str, Pulled], Delivery | None]]:
        """Takes files that did not come through the inbox, for as long as the context lasts.

        Yields:
            A function of vendor, file, suffix and origin: it copies the file; None where its content had landed before.

        Raises:
            TransientError: another collector keeps the landing area locked.
            OSError: the landing area cannot be written.
        """
        self._make_folder(self.root)
        with self._locked():
            self._sweep()
            known = self._repair_manifest()

            def receive(vendor: str, file: Path, suffix: str, pulled: Pulled) -> Delivery | None:
                name = f"{vendor}/pulled/{pulled.endpoint}-{known.last_sequence + 1:06d}{suffix}"
                candidate = _Candidate(vendor, name, str(file), file.stat().st_size, "")
                return self._take(_Handed(), candidate, known, pulled)

            yield receive

    def pulled_bytes(self) -> int:
        """Length of what the manifest says of pulled pages; it grows with every one."""
        try:
            with self.manifest.open("rb") as lines:
                return sum(len(line) for line in lines if b'"pulled":' in line)
        except FileNotFoundError:
            return 0

    def rewrite(self, change: Callable[[Delivery], bytes | None], renamed: Callable[[str], str] = str) -> list[Replaced]:
        """Replaces landed copies for good: the only change that is ever made to them, for the law's sake.

        What was delivered before stays known by its hash, so that delivering it again changes nothing. A kill at any
        moment leaves either the old copy or the new one in the manifest; calling it again goes on from there.

        Args:
            change: the new content of a delivery: None where nothing is left of it, the bytes of `Delivery.path` unchanged
                where nothing changes.
            renamed: the name that a delivery is known by from now on.

        Returns:
            What was replaced now, in order.
        """
        self._make_folder(self.root)
        with self._locked():
            self._sweep()
            replaced = []
            for delivery in self._repair_manifest().deliveries:
                before = delivery.path.read_bytes()
                after = change(delivery)
                if after is not None and after == before and renamed(delivery.name) == delivery.name:
                    continue
                replaced.append(Replaced(delivery, self._substitute(delivery, after, renamed)))
            self._remove_strays()
            return replaced

    def _substitute(self, delivery: Delivery, content: bytes | None, renamed: Callable[[str], str]) -> str:
        """Puts new content in a delivery's place; the old copy goes once the manifest names the new one."""
        lines = [json.loads(line) for line in self.manifest.read_bytes().splitlines()]
        sha256 = hashlib.sha256(content).hexdigest() if content is not None else ""
        taken = {(e["vendor"], e["sha256"]) for e in lines if e["kind"] == "delivery" and e["sequence"] != delivery.sequence}
        if content is None or (delivery.vendor, sha256) in taken:
            content = None
        else:
            relative = _landed_name(delivery.vendor, sha256, delivery.name)
            self._keep(self._written(content), self.root / relative)
        for entry in lines:
            entry["name"] = renamed(entry["name"])
            if entry.get("sequence") != delivery.sequence:
                continue
            entry["was"] = [*entry.get("was", ()), delivery.sha256]
            entry["stamp"] = ""
            if content is None:
                entry["kind"] = "erased"
            else:
                entry |= {"sha256": sha256, "bytes": len(content), "path": relative}
        text = b"".join(_line(entry) for entry in lines)
        self._written(text, 0o600).replace(self.manifest)
        _sync_folder(self.root)
        if content is None or relative != str(delivery.path.relative_to(self.root)):
            delivery.path.unlink(missing_ok=True)
        return sha256 if content is not None else ""

    def _written(self, content: bytes, mode: int = 0o400) -> Path:
        """A flushed file of its own beside the landed ones."""
        descriptor, name = tempfile.mkstemp(prefix="incoming-", dir=self._make_folder(self.root / ".tmp"))
        with os.fdopen(descriptor, "wb") as target:
            target.write(content)
            target.flush()
            os.fchmod(target.fileno(), mode)
            os.fsync(target.fileno())
        return Path(name)

    def _remove_strays(self) -> None:
        """Copies that the manifest does not name, left by a kill between two of its lines."""
        known = {delivery.path for delivery in self._read_manifest().deliveries}
        for path in self.root.glob("*/??/*"):
            if path not in known:
                path.unlink()

    def _collect_at(self, address: str | Path, vendors: Collection[str], known: _Manifest, vendor: str = "") -> Collected:
        inbox = _Inbox(address)
        try:
            return self._collect(inbox, vendors, known, vendor)
        finally:
            close(inbox.fs)

    def _collect(self, inbox: _Inbox, vendors: Collection[str], known: _Manifest, vendor: str = "") -> Collected:
        new: list[Delivery] = []
        repeated = 0
        listing = inbox.scan_of(vendor) if vendor else inbox.scan(vendors)
        for candidate in listing.files:
            if candidate.stamp and known.stamps.get(candidate.name) == candidate.stamp:
                repeated += 1
                continue
            try:
                delivery = self._take(inbox, candidate, known)
            except _ChangedError:
                listing.skipped.append((candidate.name, "still being written; the next run takes it"))
            except _UnreadableError as trouble:
                listing.refused.append((candidate.name, f"cannot be read: {trouble}"))
            else:
                if delivery is None:
                    repeated += 1
                else:
                    new.append(delivery)
        return Collected(tuple(new), repeated, tuple(listing.refused), tuple(listing.skipped))

    def _take(self, inbox: _Side, candidate: _Candidate, known: _Manifest, pulled: Pulled | None = None) -> Delivery | None:
        """Copy one file in; None if its content had been landed before."""
        started = time.time_ns()
        copy, sha256, size = self._copy(inbox, candidate)
        try:
            stamp = candidate.stamp if inbox.settled(candidate, started) else ""
            identity = (candidate.vendor, sha256)
            if identity in known.identities:
                if stamp:
                    self._append({"kind": "seen", "name": candidate.name, "sha256": sha256, "stamp": stamp})
                return None
            delivered = sha256
            if self._sieve is not None:
                copy, sha256, size = self._sieved(self._sieve, candidate, copy, sha256, size)
                if (candidate.vendor, sha256) in known.identities:
                    self._append({"kind": "seen", "name": candidate.name, "sha256": sha256, "stamp": stamp})
                    return None
            relative = _landed_name(candidate.vendor, sha256, candidate.name)
            self._keep(copy, self.root / relative)
        finally:
            copy.unlink(missing_ok=True)
        known.identities |= {identity, (candidate.vendor, sha256)}
        known.last_sequence += 1
        delivery = Delivery(
            vendor=candidate.vendor,
            name=candidate.name,
            sha256=sha256,
            bytes=size,
            sequence=known.last_sequence,
            landed_at=datetime.now(UTC),
            path=self.root / relative,
            pulled=pulled,
        )
        entry = _to_entry(delivery, relative, stamp)
        self._append(entry if delivered == sha256 else {**entry, "was": [delivered]})
        return delivery

    def _sieved(self, sieve: Sieve, candidate: _Candidate, copy: Path, sha256: str, size: int) -> tuple[Path, str, int]:
        """The copy without what must never land; a file of which nothing is left is landed empty, and accounted for so."""
        content = copy.read_bytes()
        kept = sieve(candidate.vendor, content)
        if kept is content:
            return copy, sha256, size
        copy.unlink()
        content = kept or b""
        return self._written(content), hashlib.sha256(content).hexdigest(), len(content)

    def _copy(self, inbox: _Side, candidate: _Candidate) -> tuple[Path, str, int]:
        """Copy to a temporary name, flushed to disk, and say what the content is."""
        digest = hashlib.sha256()
        size = 0
        descriptor, name = tempfile.mkstemp(prefix="incoming-", dir=self._make_folder(self.root / ".tmp"))
        copy = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as target:
                for chunk in inbox.read(candidate):
                    digest.update(chunk)
                    size += len(chunk)
                    target.write(chunk)
                target.flush()
                os.fchmod(target.fileno(), 0o400)
                os.fsync(target.fileno())
            inbox.require_unchanged(candidate, size, self._settle)
        except BaseException:
            copy.unlink(missing_ok=True)
            raise
        return copy, digest.hexdigest(), size

    def _keep(self, copy: Path, target: Path) -> None:
        """Give the copy its final name. A copy left by a killed run is replaced: ours was just read whole."""
        self._make_folder(target.parent)
        copy.replace(target)
        _sync_folder(target.parent)

    def _make_folder(self, folder: Path) -> Path:
        """Make a private folder and its parents, and flush their entries."""
        if not folder.is_dir():
            if folder != self.root:
                self._make_folder(folder.parent)
            folder.mkdir(mode=0o700, parents=folder == self.root, exist_ok=True)
            folder.chmod(0o700)
            _sync_folder(folder.parent)
        return folder

    def _sweep(self) -> None:
        """Remove copies that a killed run left half made."""
        for leftover in (self.root / ".tmp").glob("incoming-*"):
            leftover.unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            with FileLock(self.root / ".lock", timeout=self._lock_timeout, mode=0o600):
                yield
        except Timeout as trouble:
            raise TransientError(f"another run is collecting into {self.root}; try again when it has ended") from trouble

    def _append(self, entry: dict[str, Any]) -> None:
        line = _line(entry)
        fresh = not self.manifest.exists()
        descriptor = os.open(self.manifest, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            start = os.fstat(descriptor).st_size
            try:
                written = 0
                while written < len(line):
                    written += os.write(descriptor, line[written:])
                os.fsync(descriptor)
            except OSError:
                # A full disk may keep half a line; take it back so that the next entry starts on its own line.
                with suppress(OSError):
                    os.ftruncate(descriptor, start)
                raise
        finally:
            os.close(descriptor)
        if fresh:
            _sync_folder(self.root)

    def _repair_manifest(self) -> _Manifest:
        """Read the manifest and cut off a last line that a kill left torn."""
        manifest = self._read_manifest()
        if self.manifest.exists() and self.manifest.stat().st_size > manifest.sound_bytes:
            with self.manifest.open("r+b") as handle:
                handle.truncate(manifest.sound_bytes)
                os.fsync(handle.fileno())
        return manifest

    def _read_manifest(self) -> _Manifest:
        try:
            content = self.manifest.read_bytes()
        except FileNotFoundError:
            content = b""
        manifest = _Manifest()
        lines = content.splitlines(keepends=True)
        for number, line in enumerate(lines, start=1):
            entry = _parse_entry(line)
            if entry is None:
                if number == len(lines):
                    break
                raise ConnectorError(
                    f"{self.manifest}, line {number} is damaged; restore the file from a backup, or move the landing area away "
                    "and run again with every export in the inbox"
                )
            manifest.add(entry, self.root)
            manifest.sound_bytes += len(line)
        return manifest


class _Manifest:
    """What the manifest says, indexed for one collection."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.identities: set[tuple[str, str]] = set()
        self.stamps: dict[str, str] = {}
        self.last_sequence = 0
        self.sound_bytes = 0

    def add(self, entry: dict[str, Any], root: Path) -> None:
        if entry["kind"] == "delivery":
            delivery = Delivery(
                vendor=entry["vendor"],
                name=entry["name"],
                sha256=entry["sha256"],
                bytes=entry["bytes"],
                sequence=entry["sequence"],
                landed_at=datetime.fromisoformat(entry["landed_at"]),
                path=root / entry["path"],
                pulled=Pulled(**entry["pulled"]) if "pulled" in entry else None,
            )
            self.deliveries.append(delivery)
        if entry["kind"] != "seen":
            self.identities.update((entry["vendor"], sha256) for sha256 in (entry["sha256"], *entry.get("was", ())))
            self.last_sequence = max(self.last_sequence, entry["sequence"])
        self.stamps[entry["name"]] = entry["stamp"]


class _UnreadableError(Exception):
    """A file of the inbox cannot be opened or read; the landing area is not at fault."""


@dataclass(slots=True)
class _Listing:
    files: list[_Candidate]
    refused: list[tuple[str, str]]
    skipped: list[tuple[str, str]]


class _Side(Protocol):
    """Where a file comes from."""

    def read(self, candidate: _Candidate) -> Iterator[bytes]:
        """Its content in chunks."""

    def require_unchanged(self, candidate: _Candidate, size: int, settle: float) -> None:
        """Refuse a copy whose file has changed since it was listed."""

    def settled(self, candidate: _Candidate, read_at_ns: int) -> bool:
        """Whether its stamp can vouch for the content next time."""


class _Handed:
    """A file that is handed in by this process, and that nobody else writes."""

    def read(self, candidate: _Candidate) -> Iterator[bytes]:
        with Path(candidate.path).open("rb") as source:
            while chunk := source.read(CHUNK):
                yield chunk

    def require_unchanged(self, candidate: _Candidate, size: int, settle: float) -> None:
        pass

    def settled(self, candidate: _Candidate, read_at_ns: int) -> bool:
        return False


class _Inbox:
    """The delivering side, on any file system that fsspec knows."""

    def __init__(self, address: str | Path) -> None:
        self.fs, root = open_address(str(address))
        self.root = root.rstrip("/") or "/"
        self.is_local = isinstance(self.fs, LocalFileSystem)
        self.is_sftp = "sftp" in self.fs.protocol
        self.address = address
        # The providers' libraries fail in their own ways.
        self.failures: tuple[type[Exception], ...] = (OSError,) if self.is_local else (Exception,)

    def scan(self, vendors: Collection[str]) -> _Listing:
        """List the files of declared vendors in natural order, and what else lies there."""
        listing = _Listing([], [], [])
        for name, entry in self._entries_at_top():
            if reason := _clutter(name):
                listing.skipped.append((_printable(name), reason))
            elif reason := _unsuitable(name, entry):
                listing.refused.append((_printable(name), reason))
            elif entry["type"] == "directory" and name in vendors:
                self._walk(name, name, entry, listing)
            elif entry["type"] == "directory":
                listing.refused.append((f"{name}/", _no_vendor(name, vendors)))
            else:
                listing.refused.append((name, f"move it into the folder of its vendor, one of: {', '.join(sorted(vendors))}"))
        listing.files.sort(key=lambda candidate: natural_key(candidate.name))
        return listing

    def scan_of(self, vendor: str) -> _Listing:
        """List the files of one vendor, to whom the whole inbox belongs."""
        listing = _Listing([], [], [])
        self._entries_at_top()
        self._walk(vendor, vendor, {"name": self.root}, listing)
        listing.files.sort(key=lambda candidate: natural_key(candidate.name))
        return listing

    def _entries_at_top(self) -> list[tuple[str, dict[str, Any]]]:
        try:
            return self._entries(self.root)
        except (FileNotFoundError, NotADirectoryError) as trouble:
            raise ConfigurationError(f"there is no inbox folder {self.address}; make it, or correct the setting") from trouble
        except Exception as trouble:
            if self.is_local:
                raise
            raise told(trouble, str(self.address)) from trouble

    def _walk(self, vendor: str, folder: str, entry: dict[str, Any], listing: _Listing) -> None:
        if folder.count("/") >= MAX_DEPTH:
            listing.refused.append((f"{folder}/", f"folders are nested deeper than {MAX_DEPTH}"))
            return
        try:
            entries = self._entries(entry["name"])
        except self.failures as trouble:
            listing.refused.append((f"{folder}/", f"cannot be listed: {_short(trouble)}"))
            return
        for base, child in entries:
            name = f"{folder}/{base}"
            if reason := _clutter(base):
                listing.skipped.append((_printable(name), reason))
            elif reason := _unsuitable(base, child):
                listing.refused.append((_printable(name), reason))
            elif child["type"] == "directory":
                self._walk(vendor, name, child, listing)
            else:
                listing.files.append(_Candidate(vendor, name, child["name"], int(child["size"] or 0), self._stamp(child)))

    def _entries(self, folder: str) -> list[tuple[str, dict[str, Any]]]:
        # Not every file system knows how to refresh a listing.
        self.fs.invalidate_cache(folder)
        found = [(PurePosixPath(e["name"].rstrip("/")).name, e) for e in self.fs.ls(folder, detail=True)]
        return sorted((e for e in found if e[1]["name"].rstrip("/") != folder), key=lambda e: natural_key(e[0]))

    def _stamp(self, entry: dict[str, Any]) -> str:
        """What changes whenever the file does, without reading it; empty where the system gives nothing of the kind."""
        if self.is_local:
            with suppress(OSError):
                status = Path(entry["name"]).lstat()
                return f"{status.st_size}:{status.st_mtime_ns}"
            return ""
        marks = [entry.get(k) for k in ("ETag", "etag", "md5Hash", "generation", "LastModified", "mtime", "updated", "created")]
        version = next((str(m.timestamp() if isinstance(m, datetime) else m) for m in marks if m), "")
        return f"{entry['size']}:{version}" if version else ""

    def read(self, candidate: _Candidate) -> Iterator[bytes]:
        """The file's content in chunks; a link put in its place meanwhile is not followed."""
        try:
            with self._open(candidate.path) as source:
                while chunk := source.read(CHUNK):
                    yield chunk
        except FileNotFoundError as trouble:
            raise _ChangedError(candidate.name) from trouble
        except self.failures as trouble:
            raise _UnreadableError(_short(trouble)) from trouble

    def _open(self, path: str) -> BinaryIO:
        if self.is_local:
            return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK), "rb")
        return cast(BinaryIO, self.fs.open(path, "rb"))

    def require_unchanged(self, candidate: _Candidate, size: int, settle: float) -> None:
        """Refuse a copy whose file has changed since it was listed; one touched a moment ago is given `settle` to do so."""
        touched_at = self._touched_at(candidate)
        if settle > 0 and touched_at is not None:
            age = time.time() - touched_at / 1e9
            if 0 <= age < settle:
                time.sleep(settle - age)
        self.fs.invalidate_cache()
        try:
            entry = self.fs.info(candidate.path)
        except FileNotFoundError as trouble:
            raise _ChangedError(candidate.name) from trouble
        except self.failures as trouble:
            raise _UnreadableError(_short(trouble)) from trouble
        if not size == candidate.size == int(entry["size"] or 0) or self._stamp(entry) != candidate.stamp:
            raise _ChangedError(candidate.name)

    def settled(self, candidate: _Candidate, read_at_ns: int) -> bool:
        """Whether the stamp is old enough to vouch for the content next time."""
        touched_at = self._touched_at(candidate)
        return bool(candidate.stamp) and (touched_at is None or touched_at < read_at_ns - RACY_NS)

    def _touched_at(self, candidate: _Candidate) -> int | None:
        """When the file was last changed, in nanoseconds, where its stamp is a time and not a version."""
        if not (self.is_local or self.is_sftp) or not candidate.stamp:
            return None
        value = candidate.stamp.split(":")[1]
        return int(value) if self.is_local else int(float(value) * 1e9)


def _clutter(name: str) -> str | None:
    """Why a name is passed over in silence by everything but the report, if it is."""
    lower = name.lower()
    if lower.startswith("~$"):
        return "an office program's lock file"
    if lower.startswith(".") or lower in CLUTTER:
        return "hidden or belongs to the operating system"
    if lower.endswith(UNFINISHED) or lower.endswith("~"):
        return "an unfinished download or a temporary file"
    return None


def _unsuitable(name: str, entry: dict[str, Any]) -> str | None:
    if entry.get("islink"):
        return "a symbolic link; deliver the file itself"
    if UNPRINTABLE.search(name):
        return "its name holds control characters or is not UTF-8; rename it"
    if entry["type"] not in ("file", "directory"):
        return "neither a file nor a folder"
    return None


def _no_vendor(name: str, vendors: Collection[str]) -> str:
    near = difflib.get_close_matches(name.lower(), sorted(vendors), n=1, cutoff=0.5)
    if near:
        return f"no declared vendor has this name; did you mean {near[0]}/ ?"
    return f"no declared vendor has this name; known are: {', '.join(sorted(vendors))}"


def _landed_name(vendor: str, sha256: str, name: str) -> str:
    """Where the copy lives below the root; keeps the suffixes that tell a reader what it is."""
    suffixes = PurePosixPath(name).suffixes
    kept = suffixes[-2:] if suffixes and suffixes[-1].lower() in COMPRESSIONS else suffixes[-1:]
    safe = kept if all(SUFFIX.match(s) for s in kept) else [s for s in kept[-1:] if SUFFIX.match(s)]
    return f"{vendor}/{sha256[:2]}/{sha256}{''.join(safe)}"


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _to_entry(delivery: Delivery, relative: str, stamp: str) -> dict[str, Any]:
    return {
        "kind": "delivery",
        "vendor": delivery.vendor,
        "name": delivery.name,
        "sha256": delivery.sha256,
        "bytes": delivery.bytes,
        "sequence": delivery.sequence,
        "landed_at": delivery.landed_at.isoformat(),
        "path": relative,
        "stamp": stamp,
        **({"pulled": asdict(delivery.pulled)} if delivery.pulled else {}),
    }


def _parse_entry(line: bytes) -> dict[str, Any] | None:
    if not line.endswith(b"\n"):
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and entry.get("kind") in KINDS else None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _short(trouble: Exception) -> str:
    return getattr(trouble, "strerror", None) or type(trouble).__name__


def _printable(name: str) -> str:
    return UNPRINTABLE.sub("�", name)
