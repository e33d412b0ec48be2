"""`earshot describe` over a small published database: the models' own words, names said in every way, wrong names."""

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.settings import load_settings
from orchestration.workspace import create_workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    root = tmp_path_factory.mktemp("described")
    create_workspace(root, "Example")
    database = load_settings(root).warehouse_db
    database.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(database)) as connection:
        connection.execute("""
            CREATE SCHEMA voc; CREATE SCHEMA trust; CREATE SCHEMA core;
            CREATE TABLE voc.nps_monthly (segment VARCHAR, nps DOUBLE);
            COMMENT ON TABLE voc.nps_monthly IS 'NPS by [month].\n\nQuestions it answers: Did it move?';
            COMMENT ON COLUMN voc.nps_monthly.nps IS 'Promoters less detractors.';
            CREATE TABLE trust.run (id INTEGER);
            CREATE TABLE core.run (id INTEGER);
        """)
    return root


def describe(workspace, *arguments):
    outcome = CliRunner().invoke(app, ["describe", *arguments, "-w", str(workspace)], env={"COLUMNS": "120"})
    return outcome.exit_code, outcome.stdout


def test_all_tables_with_their_first_paragraph(workspace):
    code, said = describe(workspace)
    assert code == 0
    assert "NPS by [month]." in said
    assert "Questions it answers" not in said
    assert [name for name in ("core.run", "trust.run", "voc.nps_monthly") if name not in said] == []


@pytest.mark.parametrize("name", ["voc.nps_monthly", "nps_monthly", "VOC.NPS_Monthly"])
def test_one_table_with_questions_and_columns(workspace, name):
    code, said = describe(workspace, name)
    assert code == 0
    assert "Questions it answers: Did it move?" in said
    assert "Promoters less detractors." in said
    assert "double" in said
    assert said.index("segment") < said.rindex("nps ")


@pytest.mark.parametrize(
    ("name", "told"),
    [("voc.nps_montly", "Nearest: voc.nps_monthly."), ("run", "core.run or trust.run"), ("zzzz", "lists all")],
)
def test_a_wrong_name_is_told_with_what_comes_nearest(workspace, monkeypatch, name, told):
    problems = []
    monkeypatch.setattr(
        "orchestration.commands.describe.complain", lambda text, code: problems.append(text) or SystemExit(code)
    )
    code, said = describe(workspace, name)
    assert (code, said) == (1, "")
    assert told in problems[0]
