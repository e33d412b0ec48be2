"""Reads the exports with nothing but the standard library, as a reader of them would: newest version of a key wins."""

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

Row = dict[str, Any]


@dataclass
class Stream:
    """Current rows by key, and what happened to the others."""

    read: int = 0
    bad: int = 0
    duplicate: int = 0
    superseded: int = 0
    current: dict[str, Row] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def add(self, key: str, version: str, row: Row) -> None:
        content = json.dumps({k: v for k, v in row.items() if v not in ("", None)}, sort_keys=True)
        if content in self.seen:
            self.duplicate += 1
            return
        self.seen.add(content)
        if key in self.current:
            self.superseded += 1
            if version < self.versions[key]:
                return
        self.current[key], self.versions[key] = row, version


def responses(inbox: Path) -> tuple[Stream, Stream]:
    """Delighted and Qualtrics; rows get `score`, `moment`, `email`, `account` and `company`."""
    delighted, qualtrics = Stream(), Stream()
    for path in sorted((inbox / "delighted").iterdir()):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                delighted.read += 1
                if not row["ID"] or not _is_score(row["Score"]) or row["Created At"] > "2100" or None in row:
                    delighted.bad += 1
                    continue
                moment = datetime.strptime(row["Created At"], "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
                facts = {"score": int(row["Score"]), "moment": moment, "email": row["Email"], "account": row["Account ID"]}
                delighted.add(row["ID"], row["Updated At"], row)
                if delighted.current[row["ID"]] is row:
                    row.update(facts, company=row["Company"])
    for path in sorted((inbox / "qualtrics").iterdir()):
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            names, _, ids = next(rows), next(rows), next(rows)
            zone = ZoneInfo(json.loads(ids[0])["timeZone"])
            for cells in rows:
                row = dict(zip(names, cells, strict=True))
                qualtrics.read += 1
                if (row["Q1"] and not _is_score(row["Q1"])) or row["RecordedDate"] > "2100":
                    qualtrics.bad += 1
                    continue
                moment = datetime.fromisoformat(row["RecordedDate"]).replace(tzinfo=zone).astimezone(UTC)
                qualtrics.add(row["ResponseId"], row["RecordedDate"], row)
                if qualtrics.current[row["ResponseId"]] is row:
                    row.update(score=int(row["Q1"]) if row["Q1"] else None, moment=moment, email=row["RecipientEmail"])
                    row.update(account=row["ExternalReference"], company="")
    return delighted, qualtrics


def _is_score(text: str) -> bool:
    return text.isdigit() and int(text) <= 10


def crm(inbox: Path, name: str) -> Stream:
    """One Salesforce object over all deliveries."""
    stream = Stream()
    for path in sorted((inbox / "salesforce").rglob("*")):
        if path.name == f"{name}.csv":
            text = path.read_bytes().decode("cp1252")
        elif path.suffix == ".zip":
            with ZipFile(path) as archive:
                text = archive.read(f"{name}.csv").decode("cp1252")
        else:
            continue
        for row in csv.DictReader(io.StringIO(text, newline="")):
            stream.read += 1
            if row.get("CloseDate", "") > "2100" or row.get("Amount") == "tbd":
                stream.bad += 1
                continue
            stream.add(row["Id"], row["SystemModstamp"], row)
    return stream


def interviews(inbox: Path) -> tuple[Stream, Stream]:
    """Notes of the Dovetail project, and those that are files of their own."""
    dovetail, loose = Stream(), Stream()
    for path in sorted((inbox / "dovetail").iterdir()):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                dovetail.read += 1
                dovetail.add(row["Note ID"], row["Created at"], row)
    for path in sorted((inbox / "interviews").iterdir()):
        matter, _, notes = path.read_text(encoding="utf-8").removeprefix("---\n").partition("\n---\n")
        row = dict(line.split(": ", 1) for line in matter.splitlines())
        loose.read += 1
        loose.add(row["id"], row["date"], row | {"notes": notes})
    return dovetail, loose


def tickets(inbox: Path) -> Stream:
    """Zendesk tickets over all deliveries."""
    stream = Stream()
    for path in sorted((inbox / "zendesk").rglob("tickets*")):
        lines = path.read_bytes().split(b"\n")[:-1]
        records = lines if path.suffix == ".ndjson" else [json.dumps(r).encode() for r in json.loads(lines[0])["tickets"]]
        for line in records:
            stream.read += 1
            try:
                record = json.loads(line)
            except ValueError:
                stream.bad += 1
                continue
            if record["id"] is None or record["created_at"] > "2100":
                stream.bad += 1
                continue
            stream.add(str(record["id"]), record["updated_at"], record)
    return stream


def events(inbox: Path) -> Iterator[tuple[str, bytes]]:
    """Member name and line of every event."""
    for path in sorted((inbox / "amplitude").iterdir()):
        with ZipFile(path) as archive:
            for name in archive.namelist():
                for line in gzip.decompress(archive.read(name)).split(b"\n")[:-1]:
                    yield name, line


def usage(inbox: Path) -> tuple[Stream, Counter[str], dict[str, set[str]]]:
    """Balance of the events, events per feature and the accounts that used each."""
    stream = Stream()
    counted: Counter[str] = Counter()
    accounts: dict[str, set[str]] = {}
    for _, line in events(inbox):
        stream.read += 1
        try:
            event = json.loads(line)
        except ValueError:
            stream.bad += 1
            continue
        if event["event_time"] > "2100":
            stream.bad += 1
            continue
        if event["uuid"] in stream.seen:
            stream.duplicate += 1
            continue
        stream.seen.add(event["uuid"])
        feature = event["event_properties"]["feature"]
        counted[feature] += 1
        accounts.setdefault(feature, set()).update(event["groups"].get("account", []))
    return stream, counted, accounts


def labels(root: Path) -> list[dict[str, str]]:
    """`truth_labels.csv`."""
    with (root / "truth_labels.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
