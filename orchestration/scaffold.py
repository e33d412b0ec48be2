"""Files of a new vendor: spec, fixture, staging view and its YAML, written where the tests and dbt look for them."""

from __future__ import annotations

import importlib.util
import io
import json
import shutil
from pathlib import Path
from types import ModuleType

import duckdb

from connectors.infer import python_source
from connectors.spec import ExportSpec
from orchestration.settings import DBT_PROJECT

FIXTURES = Path("tests") / "fixtures" / "exports"
# Lines of a text sample that a fixture keeps, and bytes of any other.
MOST_LINES = 60
MOST_BYTES = 200_000


class ScaffoldProblem(Exception):
    """A vendor cannot be drafted; the text says what to do."""


def write_vendor(root: Path, spec: ExportSpec, sample: Path) -> list[Path]:
    """Write the draft of a vendor.

    Raises:
        ScaffoldProblem: one of its files exists already.
    """
    staging = root / "dbt_project" / "models" / "staging" / spec.vendor
    fixture = root / FIXTURES / spec.vendor / f"{spec.stream}{''.join(sample.suffixes[-2:]) or '.' + spec.formats[0]}"
    texts = {
        root / "connectors" / "vendors" / f"{spec.vendor}.py": python_source(
            spec, f"{spec.vendor.title()}: drafted from a sample"
        ),
        staging / f"stg_{spec.table}.sql": staging_sql(spec),
        staging / f"_{spec.vendor}__models.yml": models_yaml(spec),
        staging / f"_{spec.vendor}__sources.yml": _sync_sources().sources_text((spec,)),
    }
    there = [path for path in (*texts, fixture) if path.exists()]
    if there:
        raise ScaffoldProblem(f"{there[0].relative_to(root)} exists already: take another name, or change it by hand.")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    fixture.parent.mkdir(parents=True, exist_ok=True)
    _copy_sample(spec, sample, fixture)
    return [*texts, fixture]


def staging_sql(spec: ExportSpec) -> str:
    """The staging view: every stored column under its own name, texts cleaned, deleted records dropped."""
    columns = [
        f"        {expression} as {name}" if expression != name else f"        {name}" for name, expression in _columns(spec)
    ]
    return (
        "with\n\nsource as (\n"
        f"    select * from {{{{ source('raw', '{spec.table}') }}}}\n"
        "),\n\nrenamed as (\n    select\n"
        + ",\n".join(columns)
        + "\n    from source\n    where not coalesce(_deleted, false)\n)\n\nselect * from renamed\n"
    )


def staging_columns(spec: ExportSpec) -> dict[str, str]:
    """Columns of the staging view by the stored column that each shows."""
    return {expression.removeprefix("{{ clean('").removesuffix("') }}").strip('"'): name for name, expression in _columns(spec)}


def _columns(spec: ExportSpec) -> list[tuple[str, str]]:
    """Name and expression of each column of the staging view."""
    reserved = _reserved_words()
    found = []
    for name, kind, _ in spec.stored_columns():
        if name in spec.text:
            continue
        shown = {"_text": "words", "_text_sha256": "words_sha256"}.get(name, name)
        shown = f"{spec.stream}_{shown}" if shown.upper() in reserved or shown == "id" else shown
        column = f'"{name}"' if name.upper() in reserved else name
        is_plain = kind == "string" and name not in spec.key and not name.startswith("_")
        found.append((shown, f"{{{{ clean('{column}') }}}}" if is_plain else column))
    return found


def _reserved_words() -> set[str]:
    with duckdb.connect(":memory:") as connection:
        rows = connection.execute(
            "SELECT upper(keyword_name) FROM duckdb_keywords() WHERE keyword_category != 'unreserved'"
        ).fetchall()
    return {row[0] for row in rows}


def models_yaml(spec: ExportSpec) -> str:
    """The staging view's documentation, and the tests of its key."""
    described = {name: text for name, _, text in spec.stored_columns()}
    shared = {"words": "{{ doc('text') }}", "words_sha256": "{{ doc('text_sha256') }}"}
    lines = [
        "version: 2",
        "",
        "models:",
        f"  - name: stg_{spec.table}",
        f"    description: {json.dumps(spec.description)}",
        "    columns:",
    ]
    for source, name in staging_columns(spec).items():
        text = shared.get(name) or described[source].rstrip(".") + "."
        lines += [f"      - name: {name}", f"        description: {json.dumps(text, ensure_ascii=False)}"]
        if spec.key == (source,):
            lines.append("        data_tests: [unique, not_null]")
    return "\n".join(lines) + "\n"


def _sync_sources() -> ModuleType:
    """The generator of dbt's sources, which lies in the dbt project and belongs to no package."""
    made = importlib.util.spec_from_file_location("sync_sources", DBT_PROJECT / "sync_sources.py")
    if made is None or made.loader is None:
        raise ScaffoldProblem(f"{DBT_PROJECT / 'sync_sources.py'} is missing: this is no whole checkout of Earshot.")
    module = importlib.util.module_from_spec(made)
    made.loader.exec_module(module)
    return module


def _copy_sample(spec: ExportSpec, sample: Path, fixture: Path) -> None:
    """The sample, or its beginning where a text is long: fixtures are small."""
    if spec.formats[0] not in ("csv", "ndjson") or sample.stat().st_size <= MOST_BYTES or sample.suffix == ".gz":
        if sample.stat().st_size > MOST_BYTES * 50:
            raise ScaffoldProblem(f"{sample} is large for a fixture: take a sample of a few dozen records.")
        shutil.copyfile(sample, fixture)
        return
    text = io.StringIO(sample.read_bytes().decode("utf-8", "surrogateescape"), newline="")
    kept, quotes = [], 0
    for line in text:
        kept.append(line)
        quotes += line.count('"')
        # Not in the midst of a record.
        if len(kept) >= MOST_LINES and quotes % 2 == 0:
            break
    fixture.write_bytes("".join(kept).encode("utf-8", "surrogateescape"))
