"""One way to read a delivered file in a test: everything the reader says about it, as plain Python values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from connectors.reader import Drift, Limits, Part, Unrecognised, inspect, open_part
from connectors.registry import load_specs


@dataclass
class Reading:
    """All parts of one delivered file."""

    parts: list[Part] = field(default_factory=list)
    unrecognised: list[Unrecognised] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    drift: list[Drift] = field(default_factory=list)
    encodings: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> set[str]:
        return {d.kind for d in self.drift}

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]


Read = Callable[..., Reading]


@pytest.fixture
def read() -> Read:
    def reading(
        path: Path,
        vendor: str,
        name: str | None = None,
        limits: Limits | None = None,
        columns: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Reading:
        limits = limits or Limits()
        specs = [spec for spec in load_specs().values() if spec.vendor == vendor]
        result = Reading()
        for found in inspect(path, name or path.name, specs, limits, columns):
            if isinstance(found, Unrecognised):
                result.unrecognised.append(found)
                continue
            result.parts.append(found)
            opened = open_part(path, found, limits)
            for batch in opened:
                assert batch.rows.schema.equals(found.spec.arrow_schema())
                result.rows += batch.rows.to_pylist()
                result.rejects += batch.rejects.to_pylist()
            result.drift += opened.drift
            result.encodings.append(opened.encoding)
        return result

    return reading


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[[bytes | str, str], Path]:
    def written(content: bytes | str, name: str = "delivery.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written
