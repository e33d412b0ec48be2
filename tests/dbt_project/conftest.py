"""A build database as the pipeline makes it, and a dbt that runs on it in this process."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult

from connectors.spec import ExportSpec
from orchestration.build_layout import ensure_layout

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "dbt_project"
LOADED_AT = datetime(2025, 7, 1, 6, tzinfo=UTC)
VENDORS = tuple(sorted(path.stem for path in (ROOT / "connectors" / "vendors").glob("*.py")))

SYSTEM_DEFAULTS: dict[str, Any] = {
    "_deleted": False,
    "_file": "made-here.csv",
    "_line": 1,
    "_sequence": 1,
    "_loaded_at": LOADED_AT,
    "_batch": "batch-1",
}


def all_specs() -> tuple[ExportSpec, ...]:
    """Every declared stream, by vendor."""
    return tuple(spec for vendor in VENDORS for spec in importlib.import_module(f"connectors.vendors.{vendor}").SPECS)


class Warehouse:
    """One build database with its marts, and the dbt commands that fill them."""

    manifests: ClassVar[dict[str, Any]] = {}

    def __init__(self, folder: Path, target: Path) -> None:
        self.build = folder / "build.duckdb"
        self.marts = folder / "marts.duckdb"
        self.target = target
        with duckdb.connect(str(self.build)) as con:
            ensure_layout(con, all_specs())

    def insert(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert rows of named columns; raw tables get their system columns, and `_text_sha256`, by themselves."""
        with duckdb.connect(str(self.build)) as con:
            con.execute("set TimeZone = 'UTC'")
            for row in rows:
                values = {**SYSTEM_DEFAULTS, **row} if table.startswith(("raw.", "history.")) else dict(row)
                names = ", ".join(f'"{name}"' for name in values)
                marks = ", ".join("?" for _ in values)
                con.execute(f"insert into {table} ({names}) values ({marks})", [_plain(value) for value in values.values()])
            if con.execute(f"from (describe {table}) where column_name = '_text_sha256'").fetchone():
                con.execute(f"update {table} set _text_sha256 = sha256(_text) where _text is not null and _text_sha256 is null")

    def execute(self, sql: str) -> None:
        """Change the build database."""
        with duckdb.connect(str(self.build)) as con:
            con.execute("set TimeZone = 'UTC'")
            con.execute(sql)

    def dbt(self, *arguments: str, variables: Mapping[str, Any] | None = None) -> dbtRunnerResult:
        """Run a dbt command in this process and give DuckDB's lock back."""
        said = json.dumps(dict(variables or {}), sort_keys=True)
        folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--log-path", str(self.target)]
        common = [*folders, "--target-path", str(self.target), "--vars", said, "--no-write-json"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("EARSHOT_BUILD_DB", str(self.build))
            patch.setenv("EARSHOT_MARTS_DB", str(self.marts))
            patch.setenv("EARSHOT_DBT_PYTHON", str(PROJECT / "python"))
            try:
                # Parsing takes longer than most of what is tested: once per session and set of variables is enough.
                manifest = self.manifests.get(said)
                if manifest is None or arguments[0] == "parse":
                    parsed = dbtRunner().invoke(["--quiet", "parse", *common])
                    if not parsed.success or arguments[0] == "parse":
                        return parsed
                    manifest = self.manifests[said] = parsed.result
                return dbtRunner(manifest=manifest).invoke(["--quiet", *arguments, *common])
            finally:
                DuckDBConnectionManager.close_all_connections()

    def must(self, *arguments: str, variables: Mapping[str, Any] | None = None) -> dbtRunnerResult:
        """The same, failing with dbt's own messages."""
        outcome = self.dbt(*arguments, variables=variables)
        results = getattr(outcome.result, "results", None) or []
        wrong = [f"{r.node.unique_id}: {r.message}" for r in results if r.status not in ("success", "pass", "skipped")]
        assert outcome.success, "\n".join(wrong) or repr(outcome.exception)
        return outcome

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query over `build` and, attached read-only, `marts`; unqualified schemas look in both."""
        with duckdb.connect(str(self.build), read_only=True) as con:
            con.execute("set TimeZone = 'UTC'")
            if self.marts.exists():
                con.execute(f"attach '{self.marts}' as marts (read_only)")
            return con.execute(sql).fetchall()


def _plain(value: object) -> object:
    return json.dumps(value) if isinstance(value, dict | list) else value


@pytest.fixture(scope="session")
def dbt_target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One target folder for the session, so that later commands parse only what changed."""
    return tmp_path_factory.mktemp("target")


@pytest.fixture(scope="session")
def specs() -> tuple[ExportSpec, ...]:
    """Every declared stream."""
    return all_specs()


@pytest.fixture(scope="session")
def make_warehouse(dbt_target: Path) -> Callable[[Path], Warehouse]:
    """Makes an empty warehouse in a folder."""
    return lambda folder: Warehouse(folder, dbt_target)


@pytest.fixture
def warehouse(tmp_path: Path, dbt_target: Path) -> Warehouse:
    """An empty warehouse of its own."""
    return Warehouse(tmp_path, dbt_target)


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory, dbt_target: Path) -> Iterator[Warehouse]:
    """A warehouse of a company that has delivered nothing, built once."""
    made = Warehouse(tmp_path_factory.mktemp("empty"), dbt_target)
    made.must("build")
    yield made


@pytest.fixture(scope="session")
def manifest(empty_warehouse: Warehouse) -> Any:
    """Dbt's own view of the project."""
    return empty_warehouse.must("parse").result
