"""The same marts for Superset: a bundle of datasets, charts and a dashboard that its own importer takes.

What it shows is declared here; columns and their types are read from the published file, so a bundle fits the file that it is
made for.
"""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

# Of the names below it: the same bundle again replaces what it brought before.
NAMESPACE = uuid.UUID("5b0f3d52-5d0a-4f57-9a7e-3c9b1f1f7c11")
FOLDER = "earshot"
VERSION = "1.0.0"
# Read-only, and no way out of the file for those who type SQL.
ENGINE = {"connect_args": {"read_only": True, "config": {"enable_external_access": False, "lock_configuration": True}}}
COLUMNS_PER_ROW = 12
CHART_HEIGHT = 50
# More lines than these cannot be told apart; the largest are drawn.
LINES = 6


class UnfitFile(Exception):
    """The published file lacks what the bundle shows; the text says what and what to do."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """What charts read.

    Attributes:
        name: as Superset lists it.
        meaning: one line for people.
        sql: over the published schemas.
    """

    name: str
    meaning: str
    sql: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart.

    Attributes:
        title: its title.
        dataset: name of what it reads.
        columns: of a table in their order, or of a line chart the values that are drawn.
        order: column that sorts it, with `-` in front for the largest first.
        x: column of time of a line chart; a table has none.
        split: column whose values become lines of their own.
        filters: column to the value it must have.
        rows: at most so many.
        width: of the twelve columns of the page.
    """

    title: str
    dataset: str
    columns: tuple[str, ...]
    order: str
    x: str = ""
    split: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    rows: int = 1000
    width: int = 12


DATASETS = (
    Dataset(
        "earshot_themes",
        "Themes of the last 13 weeks by severity, with what they touch and whether anything answers them.",
        "SELECT theme_name, summary.* FROM voc.theme_summary AS summary INNER JOIN core.theme USING (theme_id) "
        "WHERE valid_to IS NULL",
    ),
    Dataset(
        "earshot_theme_weeks",
        "Mentions of each theme by complete week, segment and channel.",
        "SELECT theme_name, weekly.* FROM voc.theme_weekly AS weekly INNER JOIN core.theme USING (theme_id) "
        "WHERE valid_to IS NULL AND series = 'restated' AND is_complete_week",
    ),
    Dataset("earshot_nps_months", "NPS by month and segment with its 95 % interval.", "SELECT * FROM voc.nps_monthly"),
    Dataset(
        "earshot_launches",
        "Launches: how far teams know of them and are ready for them.",
        "SELECT * FROM alignment.launch_readiness",
    ),
    Dataset("earshot_signals", "What each hiring signal says now.", "SELECT * FROM hiring.signal"),
    Dataset("earshot_freshness", "How fresh each delivered stream is.", "SELECT * FROM trust.freshness"),
)

_THEME_COLUMNS = (
    "theme_name",
    "mentions",
    "accounts",
    "arr_exposed_low",
    "arr_exposed",
    "arr_exposed_high",
    "trend",
    "heard_state",
)
_LAUNCH_COLUMNS = ("launch_name", "launch_at", "awareness_score", "readiness_score", "verdict", "failure_mode")
_ALL = {"segment": "all"}
CHARTS = (
    Chart("What touches most revenue, worst first", "earshot_themes", _THEME_COLUMNS, "severity_rank", rows=20),
    Chart(
        "The six most heard themes by week, all segments and channels",
        "earshot_theme_weeks",
        ("mentions",),
        "week_start",
        x="week_start",
        split="theme_name",
        filters={**_ALL, "channel": "all"},
        rows=10_000,
    ),
    Chart(
        "NPS by month with its 95 % interval, all segments",
        "earshot_nps_months",
        ("nps_low", "nps", "nps_high"),
        "month_start",
        x="month_start",
        filters=_ALL,
    ),
    Chart("Launches: known, and ready", "earshot_launches", _LAUNCH_COLUMNS, "-launch_at", rows=20),
    Chart(
        "What each hiring signal says",
        "earshot_signals",
        ("signal", "value_low", "value", "value_high", "threshold", "state", "n"),
        "signal",
        filters={"kind": "signal"},
        width=6,
    ),
    Chart(
        "How fresh each stream is",
        "earshot_freshness",
        ("source", "stream", "state", "last_event_at", "last_loaded_at"),
        "state",
        width=6,
    ),
)


def bundle(warehouse: Path, company: str) -> bytes:
    """A zip that `superset import-dashboards` takes.

    Args:
        warehouse: the published file, as the machine of Superset sees it.
        company: whose dashboard it is.

    Raises:
        UnfitFile: the file cannot be read, or lacks a table or column that is shown.
    """
    files = {
        "metadata.yaml": {"version": VERSION, "type": "Dashboard", "timestamp": datetime.now(UTC).isoformat()},
        "databases/earshot.yaml": _database(warehouse),
        "dashboards/earshot.yaml": _dashboard(company),
    }
    for dataset, columns in _columns_of(warehouse).items():
        files[f"datasets/earshot/{dataset.name}.yaml"] = _dataset(dataset, columns)
    for number, chart in enumerate(CHARTS, 1):
        files[f"charts/earshot_{number}.yaml"] = _chart(chart)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{FOLDER}/{name}", yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
    return packed.getvalue()


def _columns_of(warehouse: Path) -> dict[Dataset, list[tuple[str, str]]]:
    """Name and type of the columns of each dataset, after a look that charts find theirs among them."""
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            described = {one: connection.execute(f"DESCRIBE {one.sql}").fetchall() for one in DATASETS}
    except duckdb.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise UnfitFile(f"{warehouse} does not hold what the bundle shows: {reason}. Call `earshot run`.") from error
    columns = {one: [(row[0], row[1]) for row in rows] for one, rows in described.items()}
    known = {one.name: {name for name, _ in found} for one, found in columns.items()}
    for chart in CHARTS:
        if missing := sorted(_named(chart) - known[chart.dataset]):
            raise UnfitFile(f"{warehouse} lacks {', '.join(missing)} for the chart “{chart.title}”. Call `earshot run`.")
    return columns


def _named(chart: Chart) -> set[str]:
    return {*chart.columns, chart.order.removeprefix("-"), *chart.filters, chart.x, chart.split} - {""}


def _id(kind: str, name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{kind}:{name}"))


def _database(warehouse: Path) -> dict[str, Any]:
    return {
        "database_name": "Earshot",
        "sqlalchemy_uri": f"duckdb:///{warehouse.resolve()}",
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {"engine_params": ENGINE, "allows_virtual_table_explore": True},
        "uuid": _id("database", "earshot"),
        "version": VERSION,
    }


def _dataset(dataset: Dataset, columns: Sequence[tuple[str, str]]) -> dict[str, Any]:
    times = [name for name, kind in columns if kind.startswith(("DATE", "TIMESTAMP"))]
    return {
        "table_name": dataset.name,
        "main_dttm_col": times[0] if times else None,
        "description": dataset.meaning,
        "sql": dataset.sql,
        "uuid": _id("dataset", dataset.name),
        "database_uuid": _id("database", "earshot"),
        "columns": [
            {"column_name": name, "type": kind, "is_dttm": name in times, "groupby": True, "filterable": True}
            for name, kind in columns
        ],
        "metrics": [{"metric_name": "count", "verbose_name": "Rows", "expression": "COUNT(*)"}],
        "version": VERSION,
    }


def _chart(chart: Chart) -> dict[str, Any]:
    kind = "echarts_timeseries_line" if chart.x else "table"
    filters = [{"col": column, "op": "==", "val": value} for column, value in chart.filters.items()]
    conditions = [
        {"clause": "WHERE", "expressionType": "SIMPLE", "subject": one["col"], "operator": "==", "comparator": one["val"]}
        for one in filters
    ]
    values = [
        {"expressionType": "SIMPLE", "aggregate": "SUM", "column": {"column_name": column}, "label": column}
        for column in chart.columns
    ]
    split = [chart.split] if chart.split else []
    ascending = not chart.order.startswith("-")
    order = chart.order.removeprefix("-")
    query: dict[str, Any] = {"filters": filters, "row_limit": chart.rows, "orderby": [[order, ascending]]}
    params: dict[str, Any] = {"viz_type": kind, "adhoc_filters": conditions, "row_limit": chart.rows}
    if chart.x:
        axis = {"columnType": "BASE_AXIS", "expressionType": "SQL", "label": chart.x, "sqlExpression": chart.x}
        query |= {"columns": [axis, *split], "metrics": values}
        params |= {"x_axis": chart.x, "metrics": values, "groupby": split, "show_legend": True, "rich_tooltip": True}
        if split:
            query |= {"series_columns": split, "series_limit": LINES, "series_limit_metric": values[0]}
            params |= {"limit": LINES, "timeseries_limit_metric": values[0]}
    else:
        query |= {"columns": list(chart.columns)}
        params |= {
            "query_mode": "raw",
            "all_columns": list(chart.columns),
            "order_by_cols": [json.dumps([order, ascending])],
            "table_timestamp_format": "%Y-%m-%d",
            "show_cell_bars": False,
        }
    context = {"datasource": {"id": 0, "type": "table"}, "force": False, "result_format": "json", "result_type": "full"}
    return {
        "slice_name": chart.title,
        "viz_type": kind,
        "params": params,
        "query_context": json.dumps({**context, "form_data": params, "queries": [query]}),
        "uuid": _id("chart", chart.title),
        "dataset_uuid": _id("dataset", chart.dataset),
        "version": VERSION,
    }


def _dashboard(company: str) -> dict[str, Any]:
    title = f"Earshot · {company}".rstrip(" ·")
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": title}},
    }
    rows = _rows()
    for number, row in enumerate(rows, 1):
        names = [f"CHART-{_id('chart', chart.title)}" for chart in row]
        parents = ["ROOT_ID", "GRID_ID"]
        position[f"ROW-{number}"] = {
            "type": "ROW",
            "id": f"ROW-{number}",
            "children": names,
            "parents": parents,
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for name, chart in zip(names, row, strict=True):
            position[name] = {
                "type": "CHART",
                "id": name,
                "children": [],
                "parents": [*parents, f"ROW-{number}"],
                "meta": {
                    "uuid": _id("chart", chart.title),
                    "sliceName": chart.title,
                    "width": chart.width,
                    "height": CHART_HEIGHT,
                    "chartId": 0,
                },
            }
    children = [f"ROW-{number}" for number in range(1, len(rows) + 1)]
    position["GRID_ID"] = {"type": "GRID", "id": "GRID_ID", "children": children, "parents": ["ROOT_ID"]}
    return {
        "dashboard_title": title,
        "slug": "earshot",
        "published": True,
        "uuid": _id("dashboard", "earshot"),
        "position": position,
        "metadata": {"color_scheme": "supersetColors"},
        "version": VERSION,
    }


def _rows() -> list[list[Chart]]:
    """Charts side by side for as long as they fit."""
    rows: list[list[Chart]] = []
    for chart in CHARTS:
        if rows and sum(one.width for one in rows[-1]) + chart.width <= COLUMNS_PER_ROW:
            rows[-1].append(chart)
        else:
            rows.append([chart])
    return rows
