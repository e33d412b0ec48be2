"""The project agrees with what it reads: specs, the build database's layout, and its own documentation."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.build_layout import TABLES, raw_columns

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"


def declared_sources(source: str) -> dict[str, dict[str, str]]:
    """Table → column → type, over every YAML file that declares tables of this source."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted((PROJECT / "models").rglob("*.yml")):
        for block in yaml.safe_load(path.read_text("utf-8")).get("sources", []):
            if block["name"] == source:
                for table in block["tables"]:
                    found[table["name"]] = {c["name"]: c["data_type"].upper() for c in table["columns"]}
    return found


def test_raw_sources_are_the_tables_that_the_specs_make(specs: Any) -> None:
    assert declared_sources("raw") == {spec.table: raw_columns(spec) for spec in specs}


def test_source_files_are_as_the_generator_writes_them() -> None:
    command = [sys.executable, str(PROJECT / "sync_sources.py"), "--check"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stdout) == (0, "")


@pytest.mark.parametrize("source", ["ops", "enriched"])
def test_other_sources_are_tables_of_the_build_database(source: str) -> None:
    declared = declared_sources(source)
    assert declared
    for table, columns in declared.items():
        assert columns == dict(TABLES[f"{source}.{table}"].columns)


def test_every_raw_table_has_its_staging_model_and_its_asset_key(manifest: Any, specs: Any) -> None:
    read = {
        name: {source for source in node.depends_on.nodes if source.startswith("source.")}
        for name, node in manifest.nodes.items()
        if name.startswith("model.") and "/staging/" in node.original_file_path
    }
    for spec in specs:
        source = f"source.earshot.raw.{spec.table}"
        assert read[f"model.earshot.stg_{spec.table}"] == {source}
        assert manifest.sources[source].config.meta["dagster"]["asset_key"] == ["raw", spec.table]
    assert len(read) == len(specs)


def test_every_model_and_column_is_described(manifest: Any, empty_warehouse: Any) -> None:
    built: dict[tuple[str, str], set[str]] = {}
    query = "select schema_name, table_name, column_name from duckdb_columns() where not internal"
    for schema, table, column in empty_warehouse.query(query):
        built.setdefault((schema, table), set()).add(column)
    models = [node for node in manifest.nodes.values() if node.resource_type in ("model", "seed")]
    assert [node.name for node in models if not node.description] == []
    # The steps of a formula are described as a whole; what they lead to is a mart.
    tables = [node for node in models if "/statistics/" not in node.original_file_path]
    described = {n.name: {c for c, column in n.columns.items() if column.description} for n in tables}
    assert described == {n.name: built[n.schema, n.alias] for n in tables}


def test_public_marts_are_under_contract_in_their_own_database(manifest: Any) -> None:
    marts = [n for n in manifest.nodes.values() if n.resource_type == "model" and "/marts/" in n.original_file_path]
    assert marts
    for node in marts:
        assert (node.database, node.schema) == ("marts", node.original_file_path.split("/marts/")[1].split("/")[0])
        assert node.config.contract.enforced
        assert all(column.data_type for column in node.columns.values())


def test_the_environment_is_read_by_the_profile_alone() -> None:
    readers = [
        path.name
        for path in PROJECT.rglob("*")
        if path.suffix in (".sql", ".yml", ".py") and "target" not in path.parts and "env_var" in path.read_text("utf-8")
    ]
    assert readers == ["profiles.yml"]


def test_a_company_that_has_delivered_nothing_gets_empty_marts(empty_warehouse: Any) -> None:
    tables = [t for (t,) in empty_warehouse.query("select table_name from duckdb_tables() where schema_name = 'core'")]
    assert len(tables) == 14
    for table in tables:
        assert empty_warehouse.query(f"select count(*) from marts.core.{table}") == [(0,)]


# Joins of every row with every other although columns are equal in them: one side has a handful of rows, whatever the company.
COMPARED_WITH_EACH = {
    "int_account_match_exact": "lines of account_links.csv",
    "int_account_rule": "lines of account_links.csv",
    "int_colleague_function": "patterns of a seed",
    "int_voc__theme_today": "themes of the taxonomy",
    "int_message": "members of chat channels",
    "recommendation": "conditions of the recommendation",
}


def test_joins_that_could_go_by_equality_do(manifest: Any, empty_warehouse: Any, dbt_target: Path) -> None:
    """DuckDB joins by nested loops where an `or` stands beside an equality: 54 of 101 s of a run went there once."""
    models = {node.name for node in manifest.nodes.values() if node.resource_type == "model"}
    found = set()
    for path in sorted((dbt_target / "compiled" / "earshot" / "models").rglob("*.sql")):
        if path.stem not in models:  # a unit test
            continue
        ((_, plan),) = empty_warehouse.query(f"explain (format json) {path.read_text('utf-8')}")
        conditions = [condition for node in json.loads(plan) for condition in _nested_loop_conditions(node)]
        if any(re.search(r"\b\w+ = \w+\b", condition) for condition in conditions):
            found.add(path.stem)
    assert found <= set(COMPARED_WITH_EACH)


def _nested_loop_conditions(node: dict[str, Any]) -> Iterator[str]:
    if node["name"].strip() == "BLOCKWISE_NL_JOIN":
        yield str(node["extra_info"].get("Condition", ""))
    for child in node.get("children", ()):
        yield from _nested_loop_conditions(child)
