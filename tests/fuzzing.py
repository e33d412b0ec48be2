"""Fuzzing of every reader: small exports of every format, bent by a script of bytes, and what must hold whatever comes of it.

The main suite draws scripts at random (tests/connectors/test_fuzz.py). `make fuzz` lets coverage of the readers choose
them, for as long as it is told:

    python tests/fuzzing.py --seconds 60

A file that breaks a reader is kept in tests/fixtures/hostile/, where the main suite reads it from then on.
"""

import argparse
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import pyarrow.parquet

TESTS = Path(__file__).resolve().parent
HOSTILE = TESTS / "fixtures" / "hostile"
LARGEST_SEED = 30_000
# What tends to matter to one format or another.
BITS = (
    *(b"\"',;\t\n\r\0{}[]:\\="[i : i + 1] for i in range(16)),
    *(b"\r\n", b"---\n", b"\\u0000", b"\\ud800", b"null", b"NaN", b"1e999", b"-0", b"9" * 40, b" " * 300),
    *(b"2026-02-30", b"0000-00-00", b"9999-12-31T23:59:60Z", b"=cmd|' /C calc'!A0", b"<!DOCTYPE x [<!ENTITY a 'b'>]>"),
    *(
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\xc3",
        b"\xe2\x80\xa8",
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b"Obj\x01",
        b"PAR1",
    ),
    *(b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n", b"RRULE:FREQ=SECONDLY\r\n", b"DTSTART;TZID=Nowhere/Land:"),
)


@cache
def seeds():
    """Vendor, name and content of one small export of each kind, in order."""
    found = []
    for path in sorted((TESTS / "fixtures" / "exports").glob("*/*")):
        if path.is_file() and path.stat().st_size <= LARGEST_SEED:
            found.append((path.parent.name, path.name, path.read_bytes()))
    vendor, name, content = next(seed for seed in found if seed[0] == "interviews" and seed[1].endswith(".md"))
    found.append((vendor, "notes.zip", _zipped({name: content, "more/" + name: content})))
    vendor, name, content = next(seed for seed in found if seed[0] == "calendar" and seed[1].endswith(".ics"))
    found.append((vendor, name + ".gz", gzip.compress(content, mtime=0)))
    found.append(("interviews", "notes.xlsx", _workbook()))
    return found


def _workbook():
    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Notes")
        for line, row in enumerate([["id", "date", "notes"], ["n1", "2026-03-01", "too slow"], ["n2", "2026-03-02", "fine"]]):
            sheet.write_row(line, 0, row)
    return target.getvalue()


def _zipped(members):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()


def bent(script):
    """An export that a script of bytes has bent.

    Args:
        script: the first byte chooses the export, the second whether what is packed inside is bent, the rest how.

    Returns:
        Vendor, name and content.
    """
    known = seeds()
    vendor, name, content = known[script[0] % len(known)] if script else known[0]
    inside, rest = script[1] % 3 if len(script) > 1 else 0, script[2:]
    if inside == 2:
        return vendor, name, rest
    if inside and content[:2] == b"\x1f\x8b":
        return vendor, name, gzip.compress(_bend(gzip.decompress(content), rest), mtime=0)
    if inside and content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {one: archive.read(one) for one in archive.namelist()}
        chosen = sorted(members)[rest[0] % len(members)] if rest else ""
        return vendor, name, _zipped({one: _bend(data, rest[1:]) if one == chosen else data for one, data in members.items()})
    return vendor, name, _bend(content, rest)


def _bend(content, script):
    """Five bytes a step: what is done, where, how much, and what with."""
    for start in range(0, len(script) - 4, 5):
        what, high, low, much, with_ = script[start : start + 5]
        place = (high * 256 + low) % (len(content) + 1)
        before, after = content[:place], content[place:]
        match what % 7:
            case 0:
                content = before + BITS[with_ % len(BITS)] + after
            case 1:
                content = before + after[much:]
            case 2:
                content = before + bytes([with_]) + after[1:]
            case 3:
                content = before + after[:much] * (2 + with_ % 3) + after[much:]
            case 4:
                content = before
            case 5:
                content = before + BITS[with_ % len(BITS)] * (much + 1) + after
            case _:
                other = content[with_ * 7 % (len(content) + 1) :][:much]
                content = before + other + after[much:]
    return content


class Unaccounted(AssertionError):
    """Records were lost or made up."""


def read_whole(vendor, name, content, folder):
    """Reads a delivered file as a run does, protects what was read, and rewrites it as the forgetting of a person does.

    Raises:
        Unaccounted: a record that is there ended neither as a row nor as a reject, or did so twice.
        Exception: any other one is a crash.
    """
    from connectors.errors import ExportRejected
    from connectors.parts import Limits
    from connectors.reader import Unrecognised, inspect, open_part

    path = Path(folder) / f"delivery{''.join(Path(name).suffixes)}"
    path.write_bytes(content)
    limits = Limits(
        max_row_bytes=200_000, max_field_bytes=50_000, max_member_bytes=5_000_000, ratio_floor=500_000, max_members=50
    )
    try:
        parts = inspect(path, f"{vendor}/{name}", _specs(vendor), limits)
    except ExportRejected:
        parts = []
    for part in parts:
        if isinstance(part, Unrecognised):
            assert part.reason, f"{name}: nobody says why"
            continue
        lines, cut = [], False
        try:
            opened = open_part(path, part, limits)
            for batch in opened:
                _protector().rows(part.spec, batch.rows)
                _protector().rejects(part.spec, batch.rejects)
                lines += [*batch.rows["_line"].to_pylist(), *batch.rejects["line"].to_pylist()]
            cut = any(drift.kind == "truncated" for drift in opened.drift)
        except ExportRejected as rejected:
            assert rejected.reason, f"{name}: nobody says why"
            continue
        counted = _counted(part, content)
        if counted is not None and not cut and len(lines) != counted:
            raise Unaccounted(f"{vendor}/{name}: {counted} records, {len(lines)} rows and rejects")
    _rewrite(path)


@cache
def _specs(vendor):
    from connectors.registry import load_specs

    return tuple(spec for spec in load_specs().values() if spec.vendor == vendor)


@cache
def _protector():
    from insights.redact import Redactor
    from orchestration.protect import Protector

    return Protector(salt="fuzz", redactor=Redactor())


def _counted(part, content):
    """Records of a part by other means than the reader's; None where they cannot be counted simply."""
    if part.member or any(byte in content for byte in (b"\0", b"\xff", b"\xfe", b"\xef")):
        return None
    with suppress(OSError, ValueError, RecursionError):
        if part.layout == "ndjson" and b"\r" not in content.replace(b"\r\n", b"\n"):
            return sum(bool(line.strip()) for line in content.split(b"\n"))
        if part.layout == "parquet":
            return len(pyarrow.parquet.read_table(io.BytesIO(content)))
        if part.layout == "document" and not part.selector:
            document = json.loads(content)
            return len(document) if isinstance(document, list) else None
    return None


def _rewrite(path):
    from connectors.rewrite import ERASED, Counts, rewritten
    from orchestration.search import find_needles

    class Everyone:
        """Takes one word out of everything."""

        def drops(self, cells):
            return any(text == "n1" for _, text in cells)

        def redacted(self, text):
            return text.replace("slow", ERASED)

    rewritten(path.read_bytes(), Everyone(), Counts())
    find_needles([path], ["n1"])


def kept(vendor, name, content):
    """Keeps a file that broke a reader, for the main suite."""
    target = HOSTILE / vendor / f"{hashlib.sha256(content).hexdigest()[:8]}_{name}"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return target


def main():
    """Runs the fuzzer in a process of its own, again after each file that breaks a reader; fails where there was one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="how long")
    parser.add_argument("--hang", type=int, default=20, help="seconds after which one file counts as a hang")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    chosen, rest = parser.parse_known_args()
    if chosen.worker:
        return _fuzz(rest)
    with tempfile.TemporaryDirectory(prefix="earshot-fuzz-") as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number in range(len(seeds())):
            for inside in (0, 1):
                (corpus / f"{number}-{inside}").write_bytes(bytes([number, inside, 0, 0, 9, 0, 0]))
        bounds = [f"-max_total_time={chosen.seconds}", f"-timeout={chosen.hang}", "-rss_limit_mb=4000", "-max_len=200"]
        told = ["-len_control=0", f"-artifact_prefix={folder}/", "-print_final_stats=1", str(corpus)]
        command = [sys.executable, __file__, "--worker", *bounds, *told]
        ended = subprocess.run(command, check=False, env={**os.environ, "PYTHONPATH": str(TESTS.parent)}).returncode
        broken = [kept(*bent(path.read_bytes())) for path in Path(folder).glob("*-*") if path.is_file()]
    for path in broken:
        sys.stdout.write(f"broke a reader: {path.relative_to(TESTS.parent)}\n")
    return bool(ended or broken)


def _fuzz(arguments):
    import atheris

    with atheris.instrument_imports(include=["connectors", "orchestration.protect"]):
        import connectors.reader
        import connectors.rewrite  # noqa: F401
    folder = tempfile.mkdtemp(prefix="earshot-fuzzed-")

    def one(script):
        read_whole(*bent(script), folder)

    atheris.Setup([sys.argv[0], *arguments], one)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
