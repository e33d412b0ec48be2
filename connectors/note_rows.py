"""Markdown notes: the front matter's keys and the text below it as one JSON record a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

from connectors.json_rows import JsonRecords
from connectors.parts import Limits
from connectors.rejects import Reject, shown
from connectors.streams import Text

ENDINGS = (".md", ".markdown")
FRONT_MATTER = re.compile(
    r"\A---[ \t]*\r?\n(?P<keys>.*?)(?:^|\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)(?P<body>.*)\Z", re.DOTALL | re.MULTILINE
)
HEADING = re.compile(r"^#{1,3}[ \t]+(?P<title>.+?)[ \t#]*$", re.MULTILINE)
MOST_FRONT_MATTER = 100_000


class _Loader(yaml.BaseLoader):
    """Every value stays the text it is (no dates, no `no` that means false); aliases and repeated keys are refused."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not read")
        node: yaml.Node | None = super().compose_node(parent, index)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [str(key.value) for key, _ in node.value]
        repeated = {key for key in keys if keys.count(key) > 1}
        if repeated:
            raise yaml.YAMLError(f"the key {sorted(repeated)[0]!r} stands there twice")
        return dict(super().construct_mapping(node, deep))


def is_note(name: str, head: bytes) -> bool:
    """Whether a file is a Markdown note, by its name or by how it begins."""
    return name.lower().removesuffix(".gz").endswith(ENDINGS) or re.match(rb"---[ \t]*\r?\n", head) is not None


@dataclass(slots=True)
class NoteRows:
    """The one record of a note.

    Attributes:
        text: the file.
        limits: bounds on what is accepted.
        file: name of the file; the record's `file` is its last part without ending.
    """

    text: Text
    limits: Limits
    file: str

    def __iter__(self) -> Iterator[JsonRecords]:
        """One block with one record or one reject.

        Raises:
            ExportRejected: the data unpacks beyond the limits.
        """
        data = b""
        for block in self.text:
            data += block
            if len(data) > self.limits.max_row_bytes:
                yield _reject(f"the note has more than {self.limits.max_row_bytes:,} bytes", data)
                return
        if self.text.source.truncated:
            yield _reject(f"{self.text.source.truncated}: deliver the file again", data)
            return
        record = note_record(data, self.file)
        if isinstance(record, str):
            yield _reject(record, data)
        else:
            texts = pa.array([json.dumps(record, ensure_ascii=False)], pa.string())
            yield JsonRecords(texts, np.array([1], np.int64), [], suspicious=True)


def note_record(data: bytes, file: str) -> dict[str, object] | str:
    """The record of a note, or why there is none."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return f"byte 0x{data[error.start]:02X} is not valid UTF-8"
    found = FRONT_MATTER.match(text)
    body = (found["body"] if found else text).strip()
    keys: Any = {}
    if found:
        if len(found["keys"]) > MOST_FRONT_MATTER:
            return f"its front matter has more than {MOST_FRONT_MATTER:,} characters"
        try:
            keys = yaml.load(found["keys"], Loader=_Loader) or {}  # noqa: S506 - makes nothing but texts, lists and mappings
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            return f"its front matter is not valid YAML ({' '.join(str(error).split())[:200]})"
        if not isinstance(keys, dict):
            return "its front matter is no list of keys and values"
    elif re.match(r"---[ \t]*\r?\n", text):
        return "its front matter is never closed: a line with --- is missing"
    record: dict[str, object] = {str(key): value for key, value in keys.items() if value not in ("", None)}
    heading = HEADING.search(body)
    if heading and "title" not in record:
        record["title"] = heading["title"].strip()
    return {**record, "file": PurePosixPath(file.replace("\\", "/")).stem, "body": body}


def _reject(reason: str, data: bytes) -> JsonRecords:
    return JsonRecords(pa.array([], pa.string()), np.array([], np.int64), [Reject(1, reason, shown(data))], suspicious=False)
