"""Writes the dbt sources of the raw tables from the connectors' specs; run it after a spec has changed.

python dbt_project/sync_sources.py          # rewrite models/staging/<vendor>/_<vendor>__sources.yml
python dbt_project/sync_sources.py --check  # exit 1 and name the files that no longer agree
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parent
HEAD = "# Written by dbt_project/sync_sources.py from the connectors' specs: change those, not this file.\n"


def rendered() -> dict[Path, str]:
    """The sources file of every vendor, by path."""
    sys.path.insert(0, str(PROJECT.parent))
    names = sorted(path.stem for path in (PROJECT.parent / "connectors" / "vendors").glob("*.py"))
    vendors = {name: importlib.import_module(f"connectors.vendors.{name}").SPECS for name in names}
    return {
        PROJECT / "models" / "staging" / vendor / f"_{vendor}__sources.yml": sources_text(specs)
        for vendor, specs in vendors.items()
    }


def sources_text(specs: tuple[Any, ...]) -> str:
    """The sources file of one vendor's specs."""
    return HEAD + _dump(_sources(specs))


def _sources(specs: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "version": 2,
        "sources": [
            {
                "name": "raw",
                "schema": "raw",
                "description": "Current version of each record of each delivered stream, typed by its connector's spec.",
                "tables": [_table(spec) for spec in specs],
            }
        ],
    }


def _table(spec: Any) -> dict[str, Any]:
    spec_module = importlib.import_module("connectors.spec")
    stored = [(name, spec_module.SQL_TYPES[kind], text) for name, kind, text in spec.stored_columns()]
    return {
        "name": spec.table,
        "description": f"{spec.description} {spec.reference}.",
        "config": {"meta": {"dagster": {"asset_key": ["raw", spec.table]}}},
        "columns": [_column(*column) for column in (*stored, *spec_module.SYSTEM_COLUMNS)],
    }


def _column(name: str, sql_type: str, description: str) -> dict[str, str]:
    return {"name": name, "data_type": sql_type.lower(), "description": description}


def _dump(content: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=160)


def main() -> int:
    """Rewrite the files, or only compare them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where a file differs from its spec")
    check = parser.parse_args().check
    stale = {path: text for path, text in rendered().items() if not path.exists() or path.read_text(encoding="utf-8") != text}
    for path, text in stale.items():
        sys.stdout.write(f"{'differs' if check else 'wrote'}: {path.relative_to(PROJECT.parent)}\n")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
