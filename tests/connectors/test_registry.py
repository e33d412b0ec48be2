"""Specs are found without a list of them, and two of the same name are told."""

import importlib.metadata
import pkgutil

import pytest

from connectors import registry, vendors
from connectors.errors import ConfigurationError
from connectors.registry import load_specs
from connectors.vendors.zendesk import TICKET


def announced(monkeypatch, value) -> None:
    """As if an installed package announced this value."""

    class Point(importlib.metadata.EntryPoint):
        def load(self):
            return value

    point = Point("acme", "acme_earshot", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point] if group == registry.GROUP else [])


def test_every_vendor_module_is_found():
    specs = load_specs()
    assert {s.vendor for s in specs.values()} == {module.name for module in pkgutil.iter_modules(vendors.__path__)}
    assert all(table == spec.table for table, spec in specs.items())
    assert list(specs) == sorted(specs)


def test_other_packages_add_theirs(monkeypatch):
    import dataclasses

    announced(monkeypatch, (dataclasses.replace(TICKET, vendor="acme"),))
    assert "acme__ticket" in load_specs()


def test_a_stream_declared_twice_names_both(monkeypatch):
    announced(monkeypatch, (TICKET,))
    with pytest.raises(ConfigurationError, match=r"acme_earshot and connectors\.vendors\.zendesk both declare zendesk__ticket"):
        load_specs()


@pytest.mark.parametrize("value", [None, 7, ("x",)])
def test_an_announcement_of_something_else_is_told(monkeypatch, value):
    announced(monkeypatch, value)
    with pytest.raises(ConfigurationError, match="acme_earshot"):
        load_specs()
