"""A stream's pages from where it stands: the one entrance for callers, whatever the shape of the vendor's API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from connectors.api.conversations import conversations
from connectors.api.jobs import async_job
from connectors.api.pages import Page, Pull, State
from connectors.api.spec import AsyncJob, Conversations, TimeWindows, TokenPages
from connectors.api.time_windows import time_windows
from connectors.api.token_pages import token_pages
from connectors.errors import ConfigurationError


def pages(pull: Pull, state: State) -> Iterator[Page]:
    """Pages of a stream in order.

    A caller makes a page and its state safe, together, before it asks for the next one. Stopped at any point, the next
    pull goes on from the last safe state: without a gap, and what comes twice is known by its content and key.

    Args:
        pull: what is pulled.
        state: last safe state; empty at first.

    Yields:
        Pages, with or without a file.

    Raises:
        ConfigurationError: a setting or secret is wrong.
        TransientError: the other side failed for now.
        ConnectorError: it does not answer as it should.
    """
    for page in _all(pull, state):
        if page.file is not None:
            pull.client.require_no_secret(page.file)
        yield page


def _all(pull: Pull, state: State) -> Iterator[Page]:
    each = pull.endpoint.each
    if not each:
        yield from _one(pull, state)
        return
    values = pull.parameters.get(each)
    listed = [values] if isinstance(values, str) else list(values or ())
    if not listed:
        raise ConfigurationError(f'{pull.endpoint.name}: say which under parameters: {each} = ["…"]')
    states: dict[str, Any] = {value: state.get(value, {}) for value in listed}
    for value in listed:
        for page in _one(replace(pull, parameters={**pull.parameters, "each": value}), states[value]):
            states[value] = page.state
            yield replace(page, state=dict(states))


def _one(pull: Pull, state: Mapping[str, Any]) -> Iterator[Page]:
    match pull.endpoint.shape:
        case TokenPages() as shape:
            yield from token_pages(pull, shape, dict(state))
        case TimeWindows() as shape:
            yield from time_windows(pull, shape, dict(state))
        case AsyncJob() as shape:
            yield from async_job(pull, shape, dict(state))
        case Conversations() as shape:
            yield from conversations(pull, shape, dict(state))
