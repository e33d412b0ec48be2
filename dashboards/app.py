"""The dashboard: its pages, their filters, and the server on the loopback address."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import vizro.models as vm
from dash import html
from dash.development.base_component import ComponentRegistry
from vizro import Vizro
from vizro.managers import data_manager
from vizro.models.types import capture

from dashboards.numbers import name
from dashboards.pages import alignment, heard, hiring, overview, system, trust, voice
from dashboards.parts import section
from dashboards.published import NotPublished, Published, Reader, Row

HOST = "127.0.0.1"
ASSETS = Path(__file__).parent / "assets"
PERIODS = {12: "12 weeks", 24: "24 weeks", 52: "One year", 104: "Two years"}

Body = Callable[..., list[Any]]


def build(published: Published) -> Vizro:
    """The whole dashboard over one published database, ready to be served."""
    Vizro._reset()
    # Vizro hands every figure a frame; these draw from the database themselves, so that a page shows one publication.
    data_manager["publication"] = lambda: pd.DataFrame({"path": [str(published.path)]})
    options = _options(published)
    # Its script alone is a quarter of what a first visit would load, and no page shows such a grid.
    ComponentRegistry.registry.discard("dash_ag_grid")
    app = Vizro(assets_folder=str(ASSETS), serve_locally=True)
    app.dash.index_string = app.dash.index_string.replace("<html>", '<html lang="en">')
    app.build(vm.Dashboard(title=f"Earshot · {published.company}".rstrip(" ·"), pages=_pages(published, options)))
    return app


def serve(published: Published, port: int) -> None:
    """Serves the dashboard on the loopback address until it is stopped."""
    # A line per request, and advice for public servers, are noise to the one person at this machine.
    for logger in ("werkzeug", "dash.dash"):
        logging.getLogger(logger).setLevel(logging.ERROR)
    build(published).run(host=HOST, port=port, debug=False)


def _draw(data_frame: pd.DataFrame, published: Published, body: Body, **filters: Any) -> html.Div:
    try:
        with published.open() as reader:
            return html.Div(body(reader, **filters), className="page-body")
    except NotPublished as problem:
        return html.Div(section("Nothing is published yet", html.P(str(problem))), className="page-body")


_drawn = capture("figure")(_draw)


def _options(published: Published) -> list[Row]:
    try:
        with published.open() as reader:
            return reader.query("options")
    except NotPublished:
        return []


def _pages(published: Published, options: Sequence[Row]) -> list[vm.Page]:
    def of_kind(kind: str) -> list[dict[str, Any]]:
        named = (lambda row: row["label"]) if kind == "theme" else (lambda row: name(row["label"]))
        return [{"label": named(row), "value": row["value"]} for row in options if row["kind"] == kind]

    segments = [{"label": "All segments", "value": "all"}, *of_kind("segment")]
    channels = [{"label": "All channels", "value": "all"}, *of_kind("channel")]
    areas = [{"label": "All areas", "value": "all"}, *of_kind("area")]
    teams = [{"label": "All teams", "value": "all"}, *of_kind("team")]
    themes = [{"label": "The most heard", "value": voice.MOST_HEARD}, *of_kind("theme")]
    periods = [{"label": label, "value": weeks} for weeks, label in PERIODS.items()]
    enterprise = "enterprise" if any(one["value"] == "enterprise" for one in segments) else "all"
    currency = published.currency

    def with_money(body: Body) -> Body:
        def drawn(reader: Reader, **filters: Any) -> list[Any]:
            return body(reader, currency=currency, **filters)

        return drawn

    def page(title: str, path: str, prefix: str, body: Body, **controls: tuple[str, list[dict[str, Any]], Any]) -> vm.Page:
        figure = vm.Figure(
            id=f"{prefix}_body",
            figure=_drawn(
                data_frame="publication",
                published=published,
                body=body,
                **{key: default for key, (_, _, default) in controls.items()},
            ),
        )
        filters = [
            vm.Parameter(
                id=f"{prefix}_{key}",
                targets=[f"{prefix}_body.{key}"],
                selector=vm.Dropdown(options=choices, value=default, multi=False, title=label),
                show_in_url=True,
            )
            for key, (label, choices, default) in controls.items()
        ]
        return vm.Page(title=title, path=path, components=[figure], controls=filters, layout=vm.Flex())

    return [
        page("Overview", "/", "overview", with_money(overview.body), segment=("Segment", segments, enterprise)),
        page(
            "Voice of customer",
            "voice-of-customer",
            "voice",
            with_money(voice.body),
            theme=("Theme", themes, voice.MOST_HEARD),
            segment=("Segment", segments, "all"),
            channel=("Channel", channels, "all"),
            area=("Product area", areas, "all"),
            weeks=("Period", periods, 24),
        ),
        page("Heard vs building", "heard-vs-building", "heard", with_money(heard.body), area=("Product area", areas, "all")),
        page(
            "Alignment health",
            "alignment-health",
            "alignment",
            alignment.body,
            team=("Team", teams, "all"),
            weeks=("Period", periods, 24),
        ),
        page("Hiring signals", "hiring-signals", "hiring", hiring.body),
        page("Product-ops system", "product-ops-system", "system", with_money(system.body)),
        page("Trust", "trust", "trust", trust.body),
    ]
