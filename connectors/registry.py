"""Which export specs there are: the shipped vendor modules and those that other packages announce."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from importlib.metadata import entry_points

from connectors import vendors
from connectors.api.spec import ApiSpec
from connectors.errors import ConfigurationError
from connectors.spec import ExportSpec

GROUP = "earshot.connectors"


def load_specs() -> dict[str, ExportSpec]:
    """Every declared spec, keyed by its raw table name, in alphabetical order.

    A module under `connectors.vendors`, or one named by an entry point of the group `earshot.connectors`, announces
    its streams in a tuple called `SPECS`.

    Raises:
        ConfigurationError: two modules declare the same table, or an announced module has no `SPECS`.
    """
    found: dict[str, tuple[str, ExportSpec]] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(vendors.__path__)):
        name = f"{vendors.__name__}.{module}"
        _add(found, name, getattr(importlib.import_module(name), "SPECS", None))
    for point in entry_points(group=GROUP):
        loaded = point.load()
        _add(found, point.value, getattr(loaded, "SPECS", loaded))
    return {table: found[table][1] for table in sorted(found)}


def load_apis() -> dict[str, ApiSpec]:
    """Export APIs by vendor: what the same modules announce as `API`.

    Raises:
        ConfigurationError: two modules declare an API of one vendor, or something else under that name.
    """
    modules: list[object] = [
        importlib.import_module(f"{vendors.__name__}.{module}")
        for module in sorted(m.name for m in pkgutil.iter_modules(vendors.__path__))
    ]
    modules += [point.load() for point in entry_points(group=GROUP)]
    found: dict[str, ApiSpec] = {}
    for module in modules:
        api = getattr(module, "API", None)
        if api is None:
            continue
        if not isinstance(api, ApiSpec):
            raise ConfigurationError(f"{module}: API is {type(api).__name__}, not ApiSpec")
        if api.vendor in found:
            raise ConfigurationError(f"two modules declare an API of {api.vendor}: rename one vendor")
        found[api.vendor] = api
    return found


def _add(found: dict[str, tuple[str, ExportSpec]], origin: str, specs: object) -> None:
    if not isinstance(specs, Iterable):
        raise ConfigurationError(f"{origin} declares no SPECS: add a tuple of ExportSpec values with that name")
    for spec in specs:
        if not isinstance(spec, ExportSpec):
            raise ConfigurationError(f"{origin}: SPECS holds {type(spec).__name__}, not ExportSpec")
        if spec.table in found:
            raise ConfigurationError(f"{origin} and {found[spec.table][0]} both declare {spec.table}: rename one stream")
        found[spec.table] = (origin, spec)
