"""`earshot check`: what configuration, taxonomy and inbox look like to Earshot, without writing anything."""

from __future__ import annotations

import collections
import contextlib
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from connectors.errors import ConnectorError
from connectors.members import OpenedMembers, together
from connectors.parts import Limits
from connectors.reader import Part, inspect, open_part
from connectors.spec import ExportSpec
from insights.taxonomy import TaxonomyError, load_taxonomy
from orchestration.assets.loaded import column_maps
from orchestration.declared import reader_limits, workspace_specs
from orchestration.pulling import configuration_problems, standings, told
from orchestration.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check.

    Attributes:
        subject: file or setting.
        text: what was found.
        problem: whether somebody has to do something.
        streams: it tells of a file that was recognised.
    """

    subject: str
    text: str
    problem: bool = False
    streams: bool = False


def inspect_workspace(settings: Settings) -> list[Finding]:
    """Looks at taxonomy, column maps and every file of a local inbox."""
    specs = workspace_specs(settings)
    return [*_taxonomy(settings), *_column_maps(settings, specs), *_apis(settings), *_inbox(settings, specs)]


def _taxonomy(settings: Settings) -> Iterator[Finding]:
    try:
        taxonomy = load_taxonomy(settings.themes_file)
    except TaxonomyError as error:
        yield Finding(str(settings.themes_file), str(error), problem=True)
    else:
        yield Finding(settings.themes_file.name, f"{taxonomy.to_arrow().num_rows} themes, version {taxonomy.version}")


def _column_maps(settings: Settings, specs: Mapping[str, ExportSpec]) -> Iterator[Finding]:
    vendors = {spec.vendor for spec in specs.values()}
    for vendor, source in settings.config.sources.items():
        if vendor not in vendors:
            yield Finding(
                "earshot.toml", f"[sources.{vendor}]: no such vendor; known: {', '.join(sorted(vendors))}", problem=True
            )
            continue
        for stream, columns in source.columns.items():
            spec = specs.get(f"{vendor}__{stream}")
            if spec is None:
                streams = sorted(s.stream for s in specs.values() if s.vendor == vendor)
                yield Finding(
                    "earshot.toml", f"[sources.{vendor}.columns.{stream}]: {vendor} has {', '.join(streams)}", problem=True
                )
                continue
            for field in columns:
                if field not in spec.by_name:
                    yield Finding(
                        "earshot.toml",
                        f"[sources.{vendor}.columns.{stream}] {field}: no such field; known: {', '.join(sorted(spec.by_name))}",
                        problem=True,
                    )


def _apis(settings: Settings) -> Iterator[Finding]:
    """Sections and secrets of export APIs, and where their streams stand; nobody is asked over the network."""
    for key, text in configuration_problems(settings):
        yield Finding("earshot.toml", f"{key} {text}", problem=True)
    for standing in standings(settings) if settings.apis else ():
        yield Finding(f"{standing.vendor} {standing.endpoint}", told(standing), problem=standing.failure is not None)


def _inbox(settings: Settings, specs: Mapping[str, ExportSpec]) -> Iterator[Finding]:
    if "://" in settings.inbox:
        yield Finding(settings.inbox, "a remote inbox is looked at by `earshot run` only")
        return
    root = Path(settings.inbox)
    files = _files_below(root)
    if not files:
        yield Finding(str(root), "the inbox is empty: put exports into a folder named after their vendor")
    for path in files:
        name = path.relative_to(root).as_posix()
        vendor = name.split("/")[0]
        candidates = [spec for spec in specs.values() if spec.vendor == vendor]
        found = list(_file(settings, path, name, candidates)) if candidates else []
        if any(finding.streams for finding in found) or (found and not _homes(settings, path, specs)):
            yield from found
        else:
            yield Finding(name, _where_it_belongs(settings, path, specs), problem=True)


def inspect_files(settings: Settings, exports: Sequence[Path]) -> list[Finding]:
    """Looks at files and folders anywhere, whatever they are called: which vendor's streams they hold."""
    specs = workspace_specs(settings)
    findings = []
    for export in exports:
        if not export.exists():
            findings.append(Finding(str(export), "there is no such file or folder", problem=True))
        for path in _files_below(export):
            homes = _homes(settings, path, specs)
            findings += [finding for vendor in homes for finding in _file(settings, path, path.name, _of(vendor, specs))]
            if not homes:
                findings.append(Finding(str(path), _where_it_belongs(settings, path, specs), problem=True))
    return findings


def _files_below(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return sorted(path for path in place.rglob("*") if path.is_file() and not path.name.startswith("."))


def _of(vendor: str, specs: Mapping[str, ExportSpec]) -> list[ExportSpec]:
    return [spec for spec in specs.values() if spec.vendor == vendor]


def _homes(settings: Settings, path: Path, specs: Mapping[str, ExportSpec]) -> list[str]:
    """Vendors that recognise a file by its content; of several, those that know most of its columns."""
    misfits = {}
    for vendor in sorted({spec.vendor for spec in specs.values()}):
        with contextlib.suppress(ConnectorError):
            misfit = _misfit(settings, path, _of(vendor, specs))
            if misfit is not None:
                misfits[vendor] = misfit
    return [vendor for vendor, misfit in misfits.items() if misfit == min(misfits.values())]


def _misfit(settings: Settings, path: Path, candidates: Sequence[ExportSpec]) -> int | None:
    """How many columns of a file a vendor does not know or misses; None where it does not recognise the file."""
    limits = reader_limits(settings)
    listed = settings.listed_channels(candidates[0].vendor)
    found = inspect(path, path.name, candidates, limits, column_maps(settings, candidates), listed)
    parts = [part for part in found if isinstance(part, Part)]
    if not parts:
        return None
    opened = open_part(path, parts[0], limits)
    # What differs is known once everything was read.
    collections.deque(opened, maxlen=0)
    return sum(drift.kind in ("unknown_column", "missing_column") for drift in opened.drift)


def _where_it_belongs(settings: Settings, path: Path, specs: Mapping[str, ExportSpec]) -> str:
    if homes := _homes(settings, path, specs):
        folders = " or ".join(f"inbox/{vendor}/" for vendor in homes)
        return f"looks like an export of {' or '.join(homes)}: move it into {folders}"
    known = sorted({spec.vendor for spec in specs.values()})
    near = difflib.get_close_matches(path.parent.name.lower(), known, n=1)
    hint = f" Did you mean inbox/{near[0]}/ for its folder?" if near and near[0] != path.parent.name else ""
    return (
        f"no known vendor's export has its columns.{hint} Known are {', '.join(known)}; anything else is declared in "
        "earshot.toml, or drafted by `earshot connector new`"
    )


def _file(settings: Settings, path: Path, name: str, candidates: Sequence[ExportSpec]) -> Iterator[Finding]:
    limits = reader_limits(settings)
    try:
        listed = settings.listed_channels(candidates[0].vendor)
        of_stream: dict[str, list[Part]] = {}
        for part in inspect(path, name, candidates, limits, column_maps(settings, candidates), listed):
            if isinstance(part, Part):
                of_stream.setdefault(part.spec.stream, []).append(part)
            else:
                yield Finding(part.name or name, part.reason, problem=True)
        for parts in of_stream.values():
            if together(parts):
                yield from _members(name, OpenedMembers(path, parts, limits))
            else:
                yield from (_part(path, name, part, limits) for part in parts)
    except ConnectorError as error:
        yield Finding(name, str(error), problem=True)


def _part(path: Path, name: str, part: Part, limits: Limits) -> Finding:
    good = 0
    reasons: collections.Counter[str] = collections.Counter()
    try:
        for batch in open_part(path, part, limits):
            good += batch.rows.num_rows
            reasons.update(batch.rejects.column("reason").to_pylist())
    except ConnectorError as error:
        return Finding(part.name or name, str(error), problem=True)
    return _counted(part.name or name, part.spec, good, reasons)


def _members(name: str, opened: OpenedMembers) -> Iterator[Finding]:
    """Many small members of an archive: they are typed together, as a run does, and told one by one."""
    good: collections.Counter[int] = collections.Counter()
    reasons: dict[int, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for read in opened:
        good.update(read.row_members.to_pylist())
        for member, reason in zip(
            read.reject_members.to_pylist(), read.batch.rejects.column("reason").to_pylist(), strict=True
        ):
            reasons[member][reason] += 1
    for number, part in enumerate(opened.parts):
        if number in opened.failures:
            yield Finding(part.name or name, opened.failures[number], problem=True)
        else:
            yield _counted(part.name or name, part.spec, good[number], reasons[number])


def _counted(subject: str, spec: ExportSpec, good: int, reasons: collections.Counter[str]) -> Finding:
    text = f"{spec.vendor} {spec.stream}: {good:,} good row{'' if good == 1 else 's'}"
    if reasons:
        text += f", {reasons.total():,} for quarantine, most often: {reasons.most_common(1)[0][0]}"
    return Finding(subject, text, problem=bool(reasons), streams=True)


def print_findings(console: Console, findings: Sequence[Finding]) -> None:
    """Problems are marked; the last line counts them."""
    for finding in findings:
        mark = "✗" if finding.problem else "✓"
        console.print(f"{mark} {finding.subject}: {finding.text}", markup=False, highlight=False, soft_wrap=True)
    problems = sum(finding.problem for finding in findings)
    console.print(
        f"{len(findings)} things looked at, {problems} to mend." if problems else f"{len(findings)} things looked at, all well."
    )
