"""What others open: the bundle for Superset fits the published file, and dbt's docs are one page that asks nobody."""

import io
import json
import re
import shutil
import zipfile

import duckdb
import pytest
import yaml
from playwright.sync_api import sync_playwright
from typer.testing import CliRunner

from dashboards.superset import CHARTS, UnfitFile, bundle
from orchestration.cli import app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# What Superset's importer asks of each kind of file, by the folder it lies in.
WANTED = {
    "databases": {"database_name", "sqlalchemy_uri", "uuid", "version"},
    "datasets": {"table_name", "uuid", "database_uuid", "version"},
    "charts": {"slice_name", "viz_type", "uuid", "dataset_uuid", "version"},
    "dashboards": {"dashboard_title", "uuid", "position", "version"},
}


@pytest.fixture(scope="module")
def files(company):
    with zipfile.ZipFile(io.BytesIO(bundle(company / "warehouse.duckdb", "Example"))) as archive:
        return {name.removeprefix("earshot/"): yaml.safe_load(archive.read(name)) for name in archive.namelist()}


def of_kind(files, kind):
    return {content["uuid"]: content for name, content in files.items() if name.startswith(f"{kind}/")}


def test_the_bundle_holds_what_the_importer_asks_for(files):
    assert files["metadata.yaml"]["type"] == "Dashboard"
    for kind, wanted in WANTED.items():
        assert of_kind(files, kind)
        for content in of_kind(files, kind).values():
            assert wanted <= set(content), kind
    [database] = of_kind(files, "databases").values()
    assert database["sqlalchemy_uri"].startswith("duckdb:////")
    assert not database["allow_dml"]
    told = database["extra"]["engine_params"]["connect_args"]
    assert told == {"read_only": True, "config": {"enable_external_access": False, "lock_configuration": True}}
    assert {one["database_uuid"] for one in of_kind(files, "datasets").values()} == {database["uuid"]}


def test_the_command_writes_the_bundle(company, files, tmp_path):
    written = tmp_path / "earshot-superset.zip"
    outcome = CliRunner().invoke(app, ["superset", "-w", str(company), "--out", str(written)])
    assert outcome.exit_code == 0, outcome.output
    with zipfile.ZipFile(written) as archive:
        assert {name.partition("/")[2] for name in archive.namelist()} == set(files)


def test_every_chart_is_on_the_dashboard_once_and_its_columns_are_in_the_warehouse(files, company):
    charts, datasets = of_kind(files, "charts"), of_kind(files, "datasets")
    [dashboard] = of_kind(files, "dashboards").values()
    placed = [one["meta"]["uuid"] for one in dashboard["position"].values() if isinstance(one, dict) and one["type"] == "CHART"]
    assert sorted(placed) == sorted(charts)
    with duckdb.connect(str(company / "warehouse.duckdb"), read_only=True) as connection:
        for chart in charts.values():
            dataset = datasets[chart["dataset_uuid"]]
            real = {row[0] for row in connection.execute(f"DESCRIBE {dataset['sql']}").fetchall()}
            assert real == {column["column_name"] for column in dataset["columns"]}
            params = chart["params"]
            drawn = [metric["column"]["column_name"] for metric in params.get("metrics", [])]
            drawn += params.get("all_columns", []) + params.get("groupby", []) + [params.get("x_axis")]
            drawn += [condition["subject"] for condition in params["adhoc_filters"]]
            assert {name for name in drawn if name} <= real
            [query] = json.loads(chart["query_context"])["queries"]
            assert {name for name, _ in query["orderby"]} <= real
            where = "".join(f" AND {one['col']} = '{one['val']}'" for one in query["filters"])
            assert connection.execute(f"SELECT count(*) FROM ({dataset['sql']}) WHERE true{where}").fetchone()[0] > 0
    assert len(charts) == len(CHARTS)


def test_a_file_that_lacks_a_column_is_refused_with_its_name(company, tmp_path):
    spoilt = tmp_path / "warehouse.duckdb"
    shutil.copy2(company / "warehouse.duckdb", spoilt)
    with duckdb.connect(str(spoilt)) as connection:
        connection.execute("ALTER TABLE trust.freshness DROP COLUMN stream")
    with pytest.raises(UnfitFile, match=r"lacks stream for the chart.*earshot run"):
        bundle(spoilt, "Example")


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
def test_the_models_docs_are_one_page_that_asks_nobody(company, tmp_path):
    page = tmp_path / "docs.html"
    outcome = CliRunner().invoke(app, ["docs", "-w", str(company), "--out", str(page)])
    assert outcome.exit_code == 0, outcome.output
    asked = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(f"{page.as_uri()}#!/model/model.earshot.theme_weekly")
        tab.get_by_text("How often each theme is heard, week by week").first.wait_for()
        tab.get_by_text("anomaly_q", exact=True).first.wait_for()
        browser.close()
    assert asked
    assert [url for url in asked if not re.match(r"(file|data|blob):", url)] == []
