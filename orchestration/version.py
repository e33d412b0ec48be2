"""Which code ran: the released version and a fingerprint of the sources, for the run history and for "nothing new"."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("connectors", "insights", "data_quality", "orchestration", "dbt_project")
SUFFIXES = (".py", ".sql", ".yml", ".csv")


@lru_cache(maxsize=1)
def code_version() -> str:
    """Released version and source fingerprint, for example `0.1.0+3f2a9c1b`."""
    digest = hashlib.sha256()
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*")):
            relative = path.relative_to(ROOT)
            if path.suffix in SUFFIXES and "target" not in relative.parts and path.is_file():
                digest.update(str(relative).encode())
                digest.update(path.read_bytes())
    return f"{metadata.version('earshot')}+{digest.hexdigest()[:8]}"
