"""Simulated organisations taken through the whole way from their export files to the marts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from walk_support import earshot

from connectors.landing import Landing
from connectors.parts import Limits
from connectors.reader import inspect, open_part
from connectors.registry import load_specs
from demo.organisations import Organisation, write
from insights.redact import Redactor
from orchestration.protect import Protector
from orchestration.store import BuildStore

SELECTED = ("+path:models/marts/hiring", "+path:models/marts/product_ops")


@dataclass(frozen=True)
class Answered:
    """What the marts say of an organisation."""

    organisation: Organisation
    warehouse: Any
    recommendation: str
    form: str | None
    robustness: float
    rationale: str
    states: dict[str, str]
    signals: dict[str, dict[str, Any]]


def load(inbox: Path, database: Path, folder: Path, vendors: Collection[str] | None = None) -> BuildStore:
    """Land and load the files of an inbox, or those of some vendors, into a build database."""
    specs = load_specs().values()
    store = BuildStore(database)
    store.prepare(specs)
    landing = Landing(folder / "landing")
    landing.collect(inbox, vendors or {spec.vendor for spec in specs})
    for delivery in landing.deliveries():
        mine = [spec for spec in specs if spec.vendor == delivery.vendor]
        store.load_delivery(
            delivery,
            inspect(delivery.path, delivery.name, mine, Limits()),
            open_part=lambda part, path=delivery.path: open_part(path, part, Limits()),
            protector=Protector("salt", Redactor()),
            batch="b",
        )
    return store


def build(warehouse: Any) -> None:
    """Build the hiring and product-operations marts, with all that they come from."""
    warehouse.must(
        *("build", "--select", *SELECTED),
        *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
    )


def publish(organisation: Organisation, warehouse: Any, folder: Path) -> Answered:
    """Take an organisation's exports through a whole run, as a user does, and read the answer from what it published."""
    workspace = folder / organisation.name
    made = earshot("init", workspace)
    assert made.returncode == 0, made.stderr
    write(organisation, workspace)
    finished = earshot("run", "--workspace", workspace)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    warehouse.build, warehouse.marts = workspace / ".earshot" / "build.duckdb", workspace / "warehouse.duckdb"
    return _said_of(organisation, warehouse)


def answer(organisation: Organisation, warehouse: Any, folder: Path) -> Answered:
    """Write an organisation's exports, load them, build the marts and read the answer."""
    store = load(write(organisation, folder), warehouse.build, folder)
    assert all(balance.agrees for balance in store.reconcile())
    build(warehouse)
    return _said_of(organisation, warehouse)


def _said_of(organisation: Organisation, warehouse: Any) -> Answered:
    names = ("signal", "kind", "value", "value_low", "value_high", "threshold", "state", "n", "evidence_query", "finding")
    rows = warehouse.query(f"select {', '.join(names)} from marts.hiring.signal")
    signals = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
    ((recommendation, form, robustness, rationale),) = warehouse.query(
        "select recommendation, form, robustness, rationale from marts.hiring.recommendation"
    )
    states = {name: signal["state"] for name, signal in signals.items()}
    return Answered(organisation, warehouse, recommendation, form, robustness, rationale, states, signals)
