"""Backups of a workspace: one archive of all that cannot, or can only slowly, be made again, with the hash of every file.

A backup is whole or is not there; a restored workspace appears in one step, after every byte was compared with its hash.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from filelock import FileLock

from connectors.landing import Landing
from orchestration.build_layout import LAYOUT_VERSION
from orchestration.erasure import forget_again
from orchestration.persons import SUPPRESSED_FILE, suppress, suppressed
from orchestration.resources import Progress, writer_lock
from orchestration.settings import CONFIG_NAME, SALT_VARIABLE, Settings, load_settings
from orchestration.version import code_version
from orchestration.waivers import WAIVERS_FILE

MANIFEST = "MANIFEST.json"
FORMAT = 1
SUFFIX = ".tar"
CHUNK = 1 << 20
# What people wrote or read, beside the state of the workspace; the inbox is not ours, and what was in it has landed.
AT_THE_TOP = (
    "account_links.csv",
    "exports.md",
    "theme_labels.ndjson",
    "theme_links.csv",
    "theme_sample.ndjson",
    "themes.yml",
    "warehouse.duckdb",
)
# Made anew by the next run, or about processes that are no more.
NOT_KEPT = {"candidate.duckdb", "dagster", "dbt", "last_run.log", "parquet", "published_inputs", "pulling", "run.json", "tmp"}
LEFTOVERS = (".lock", ".new", ".fresh")


class BackupError(Exception):
    """A backup or a workspace was not made; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup holds.

    Attributes:
        path: the archive.
        files: files in it.
        bytes: their size.
        has_salt: whether the salt is among them.
    """

    path: Path
    files: int
    bytes: int
    has_salt: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of a backup.

    Attributes:
        root: the workspace.
        files: files that were compared with their hashes.
        made_at: when the backup was made.
        aside: where the workspace that stood there before is now; None where there was none.
        forgotten_since: whether people were forgotten there since, whom the backup knew.
        taken_out: records that were therefore taken out again or changed; None where the salts differ, so that nobody can
            be recognised, and they are back.
        left_in: files in which a search still finds one of them.
    """

    root: Path
    files: int
    made_at: str
    aside: Path | None
    forgotten_since: bool
    taken_out: int | None = 0
    left_in: tuple[str, ...] = ()


def back_up(settings: Settings, target: Path, progress: Progress, now: datetime | None = None) -> Made:
    """Writes a backup as the one writer of the workspace.

    Args:
        settings: the workspace.
        target: the archive, ending in `.tar`, or a folder that gets one named by workspace and time.
        progress: told of each file.
        now: the time; the clock's where None.

    Returns:
        What was written.

    Raises:
        BackupError: the target cannot be used, or the workspace is damaged; there is no new archive.
        LockHeld: a run is under way.
        StoreError: the build database cannot be opened.
    """
    moment = now or datetime.now(UTC)
    path = _archive_path(settings, target, moment)
    with writer_lock(settings.state_dir / "run.lock", "backup", settings.config.run.wait_for_lock_seconds):
        _fold_in_logs(settings)
        with FileLock(settings.state_dir / f"{Path(WAIVERS_FILE).stem}.lock", timeout=20), _appearing(path) as archive:
            files = _write(settings, archive, progress, moment)
    salt = settings.state_dir / "salt"
    return Made(path, len(files), sum(entry["bytes"] for entry in files.values()), salt.is_file())


def restore(archive: Path, root: Path, progress: Progress, *, force: bool = False) -> Restored:
    """Makes a workspace of a backup.

    Args:
        archive: the backup.
        root: where the workspace is made.
        progress: told of each file.
        force: a folder with something in it is moved aside, but for its inbox, which stays.

    Returns:
        What was made.

    Raises:
        BackupError: the backup is damaged, or something stands there already; nothing was changed.
        LockHeld: a run is under way in the workspace that stands there.
    """
    root = root.expanduser().absolute()
    stands = root.exists() and (not root.is_dir() or any(root.iterdir()))
    if stands and not force:
        raise BackupError(f"{root} is not empty. Name another folder, or move what is there aside with --force.")
    root.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{root.name}.restoring-", dir=root.parent))
    try:
        manifest = _unpack(archive, fresh, progress)
        fresh.chmod(0o755)
        os.sync()
        if not stands:
            fresh.replace(root)
            (root / "inbox").mkdir(exist_ok=True)
            return Restored(root, len(manifest["files"]), manifest["made_at"], None, forgotten_since=False)
        return _take_the_place(root, fresh, manifest, progress)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _archive_path(settings: Settings, target: Path, moment: datetime) -> Path:
    target = target.expanduser().absolute()
    if target.is_dir():
        target /= f"{settings.root.name}-{moment:%Y%m%dT%H%M%SZ}{SUFFIX}"
    if target.suffix != SUFFIX:
        raise BackupError(f"{target} is neither a folder nor a name that ends in {SUFFIX}.")
    if target.resolve().is_relative_to(settings.root):
        raise BackupError(f"{target} lies in the workspace itself: it would be lost with it. Name another place.")
    if target.exists():
        raise BackupError(f"{target} is there already, and a backup replaces nothing. Name another file, or a folder.")
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent}. Make it, or name another place.")
    return target


def _fold_in_logs(settings: Settings) -> None:
    """Opens each database, which no other process may be writing to, and folds in the log that a killed writer left."""
    from orchestration.store import BuildStore

    for database in (settings.build_db, settings.marts_db):
        if database.exists():
            with BuildStore(database).connect() as connection:
                connection.execute("CHECKPOINT")


def kept_files(settings: Settings) -> list[Path]:
    """The files that a backup holds, relative to the workspace, in order."""
    found = [Path(name) for name in (CONFIG_NAME, *AT_THE_TOP) if (settings.root / name).is_file()]
    for top in (settings.state_dir, settings.digests_dir):
        for path in top.rglob("*"):
            relative = path.relative_to(settings.root)
            made_anew = len(relative.parts) > 1 and relative.parts[1] in NOT_KEPT
            leftover = path.name.endswith(LEFTOVERS) or ".tmp" in relative.parts
            if path.is_file() and not path.is_symlink() and not (made_anew or leftover):
                found.append(relative)
    return sorted(found)


@contextmanager
def _appearing(path: Path) -> Iterator[tarfile.TarFile]:
    """An archive that is there when the block ends well, and never by halves."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as archive:
                yield archive
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, this replaces nothing that came meanwhile.
        os.link(part, path)
    except FileExistsError:
        raise BackupError(f"{path} is there already, and a backup replaces nothing. Name another file, or a folder.") from None
    except OSError as trouble:
        raise BackupError(f"{path} was not written: {trouble}. Make room or name another place.") from None
    finally:
        part.unlink(missing_ok=True)


def _write(settings: Settings, archive: tarfile.TarFile, progress: Progress, moment: datetime) -> dict[str, dict[str, Any]]:
    names = kept_files(settings)
    landed = {delivery.path: delivery.sha256 for delivery in Landing(settings.landing_dir).deliveries()}
    progress.stage("Backing up", len(names))
    files: dict[str, dict[str, Any]] = {}
    for relative in names:
        path = settings.root / relative
        with path.open("rb") as source:
            before = os.fstat(source.fileno())
            entry = archive.gettarinfo(arcname=relative.as_posix(), fileobj=source)
            counted = _Hashing(source)
            archive.addfile(entry, counted)
            after = path.stat()
        if (before.st_size, before.st_mtime_ns, before.st_ino) != (after.st_size, after.st_mtime_ns, after.st_ino):
            raise BackupError(f"{path} changed while it was copied. Call `earshot backup` again.")
        digest = counted.digest.hexdigest()
        if landed.get(path, digest) != digest:
            raise BackupError(
                f"{path} is not what was landed: its bytes are damaged. Take it from an earlier backup, or deliver it again."
            )
        files[relative.as_posix()] = {"sha256": digest, "bytes": after.st_size}
        progress.advance(relative.name)
    about = {"format": FORMAT, "made_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "earshot": code_version(), "layout": LAYOUT_VERSION}
    text = json.dumps({**about, "files": files}, indent=1).encode()
    last = tarfile.TarInfo(MANIFEST)
    last.size, last.mode, last.mtime = len(text), 0o600, int(moment.timestamp())
    archive.addfile(last, io.BytesIO(text))
    return files


class _Hashing(io.RawIOBase):
    """A file that hashes what is read of it."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__()
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._source.read(size)
        self.digest.update(chunk)
        return chunk


def _unpack(archive: Path, folder: Path, progress: Progress) -> dict[str, Any]:
    """Unpacks and verifies.

    Returns:
        The manifest.

    Raises:
        BackupError: a file is missing, surplus, or not as it was backed up.
    """
    progress.stage("Restoring", 1)
    found: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(archive, mode="r|") as packed:
            for member in packed:
                content = packed.extractfile(member) if member.isreg() else None
                if content is None or manifest is not None:
                    raise BackupError(
                        f"{archive} is no backup of Earshot's: {member.name!r} does not belong there. Take another one."
                    )
                if member.name == MANIFEST:
                    manifest = json.loads(content.read())
                    continue
                found[member.name] = _extract(content, member, _inside(archive, folder, member.name))
    except FileNotFoundError:
        raise BackupError(f"There is no backup {archive}. Name the .tar that `earshot backup` wrote.") from None
    except (tarfile.TarError, EOFError, ValueError) as trouble:
        raise BackupError(f"{archive} is damaged or no backup ({trouble}). Take another one.") from None
    except OSError as trouble:
        raise BackupError(
            f"{archive} could not be unpacked beside the workspace: {trouble}. Make room, or name another folder."
        ) from None
    if not isinstance(manifest, dict) or "files" not in manifest or CONFIG_NAME not in found:
        raise BackupError(f"{archive} is cut off or no backup: its list of files is missing. Take another one.")
    if manifest.get("format") != FORMAT:
        raise BackupError(f"{archive} has format {manifest.get('format')!r}; this Earshot reads {FORMAT}. Take a newer one.")
    differing = sorted(n for n in {*found, *manifest["files"]} if found.get(n) != manifest["files"].get(n))
    if differing:
        raise BackupError(
            f"{archive} is damaged: {len(differing)} files differ from their hashes, such as {differing[0]}. Take another one."
        )
    progress.advance("")
    return manifest


def _inside(archive: Path, folder: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts:
        raise BackupError(
            f"{archive} is no backup of Earshot's: {name!r} would be written outside the workspace. Take another one."
        )
    return folder.joinpath(*parts)


def _extract(content: IO[bytes], member: tarfile.TarInfo, target: Path) -> dict[str, Any]:
    for folder in reversed(target.parents):
        folder.mkdir(mode=0o700, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while chunk := content.read(CHUNK):
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        os.fchmod(file.fileno(), member.mode & 0o755)
    os.utime(target, (member.mtime, member.mtime))
    return {"sha256": digest.hexdigest(), "bytes": size}


def _take_the_place(root: Path, fresh: Path, manifest: Mapping[str, Any], progress: Progress) -> Restored:
    """Moves what stands there aside and the restored workspace into its place, without whoever was forgotten since."""
    with writer_lock(root / ".earshot" / "run.lock", "restore", 0):
        since = _forgotten_since(root, fresh)
        taken_out, left = forget_again(load_settings(fresh), progress) if since else (None if since is None else 0, ())
        aside = root.with_name(f"{root.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        root.rename(aside)
        fresh.replace(root)
        if (aside / "inbox").is_dir():
            (aside / "inbox").rename(root / "inbox")
    return Restored(root, len(manifest["files"]), manifest["made_at"], aside, since != set(), taken_out, left)


def _forgotten_since(root: Path, fresh: Path) -> set[str] | None:
    """Carries over who must stay forgotten; None where somebody must and the salts differ, so that nobody is recognised."""
    if not (root / ".earshot" / SUPPRESSED_FILE).is_file() or not (root / CONFIG_NAME).is_file():
        return set()
    before, after = load_settings(root), load_settings(fresh)
    since = suppressed(before) - suppressed(after)
    if since and before.salt != after.salt:
        return None
    if since:
        suppress(after, since)
    return since


def salt_is_elsewhere(made: Made) -> str:
    """What to tell of a salt that only the environment knows; empty where the backup has it."""
    return "" if made.has_salt else f"The salt is not in it: keep {SALT_VARIABLE} elsewhere, or no address is recognised again."
