"""`earshot ask`: every question that comes with the warehouse has an answer on the published sample company."""

import json
import re
import shutil

import duckdb
import pytest
import yaml
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.saved_questions import REF, find_question, query_of, saved_questions
from orchestration.settings import DBT_PROJECT
from orchestration.sql_prompt import QueryProblem, open_published

QUESTIONS = saved_questions(DBT_PROJECT)
# What the sample company has nothing of: nothing broke, nothing is overdue in it.
MAY_BE_EMPTY = {
    *("what_broke_the_last_run", "did_the_hire_help", "emerging_themes", "questions_answered_before", "rising_themes"),
    *("groups_made_themes", "peaks"),
}


@pytest.fixture
def published(company):
    with open_published(company / "warehouse.duckdb") as connection:
        yield connection


def ask(company, *arguments):
    outcome = CliRunner().invoke(app, ["ask", *arguments, "-w", str(company)], env={"COLUMNS": "150"})
    return outcome.exit_code, outcome.stdout, outcome.stderr


def test_there_are_the_twenty_questions_of_a_product_manager_and_more():
    assert len(QUESTIONS) >= 20
    assert len({question.name for question in QUESTIONS}) == len(QUESTIONS)
    assert [question.name for question in QUESTIONS if "?" not in question.text] == []


def test_the_page_for_product_managers_shows_every_question_with_its_command(request):
    page = " ".join((request.config.rootpath / "docs" / "product-manager.md").read_text("utf-8").split())
    assert [
        one.name for one in QUESTIONS if f"earshot ask {one.name} -w ~/voc # {' '.join(one.text.split())}" not in page
    ] == []
    assert f"All {len(QUESTIONS)} that come with the warehouse" in page


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_question_has_an_answer(published, question):
    rows = published.execute(query_of(question, {}, published)).fetchall()
    assert rows or question.name in MAY_BE_EMPTY


VOC = yaml.safe_load((DBT_PROJECT / "models" / "marts" / "voc" / "_voc__models.yml").read_text("utf-8"))["models"]


@pytest.mark.parametrize("mart", VOC, ids=lambda mart: mart["name"])
def test_what_stands_at_a_marts_head_is_asked_by_a_query_that_reads_it(mart):
    """The description's second paragraph: questions, then the saved question that answers them, in brackets."""
    (asked,) = [line for line in mart["description"].splitlines() if line.startswith("Questions it answers: ")]
    asked = asked.removeprefix("Questions it answers: ")
    told = re.findall(r"([^\[\]]+\?) \[(\w+)\] ?", asked)
    assert " ".join(f"{questions} [{name}]" for questions, name in told) == asked
    for _, name in told:
        assert mart["name"] in REF.findall(find_question(name, QUESTIONS).template), name


def test_what_a_question_declares_is_what_its_query_takes():
    for question in QUESTIONS:
        taken = dict(re.findall(r"var\('(\w+)', '?(\w+)'?\)", question.template))
        assert taken == {parameter.name: parameter.default for parameter in question.parameters}, question.name


def test_a_parameter_changes_the_answer(company, published):
    question = find_question("NPS by segment", QUESTIONS)
    few, many = (published.execute(query_of(question, {"months": months}, published)).fetchall() for months in ("1", "12"))
    assert 0 < len(few) < len(many)
    code, said, told = ask(company, "quotes_of_a_theme", "-p", "theme=sso_security", "-f", "csv")
    assert code == 0, told
    assert len(said.splitlines()) > 1
    assert said != ask(company, "quotes_of_a_theme", "-f", "csv")[1]


def test_a_file_of_an_older_version_is_told_as_such(company, tmp_path):
    shutil.copy2(company / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    shutil.copy2(company / "earshot.toml", tmp_path / "earshot.toml")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("ALTER TABLE voc.nps_monthly DROP COLUMN nps_low")
    code, _, told = ask(tmp_path, "nps_by_segment")
    assert code == 1
    assert "published by an older version" in told
    assert "earshot run" in told


def test_a_table_that_is_not_published_is_told_as_such(company, tmp_path):
    for name in ("warehouse.duckdb", "earshot.toml"):
        shutil.copy2(company / name, tmp_path / name)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("DROP TABLE voc.nps_monthly")
    code, _, told = ask(tmp_path, "nps_by_segment")
    assert code == 1
    assert "needs a table that is not published" in told
    assert "nps_monthly" in told
    assert "earshot run" in told


def test_each_mart_is_named_with_the_schema_that_it_is_published_in(published):
    there = set(published.execute("SELECT table_name, schema_name FROM duckdb_tables()").fetchall())
    assert {(mart, one.schemas[mart]) for one in QUESTIONS for mart in REF.findall(one.template)} <= there


def test_a_value_is_never_read_as_a_query(published):
    question = find_question("quotes_of_a_theme", QUESTIONS)
    everything = query_of(question, {"theme": "x' or 'a' = 'a"}, published)
    assert published.execute(everything).fetchall() == []
    with pytest.raises(QueryProblem, match="whole number"):
        query_of(find_question("channel_bias", QUESTIONS), {"weeks": "1) or (1"}, published)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["rising_theme"], "Nearest: rising_themes"),
        (["rising_themes", "-p", "region=emea"], "it takes: segment"),
        (["rising_themes", "-p", "segment"], "name=value"),
        (["rising_themes", "-f", "xml"], "--format"),
    ],
)
def test_a_wrong_question_is_put_right(company, arguments, told):
    code, _, complaint = ask(company, *arguments)
    assert code == 1
    assert told in complaint


def test_the_list_and_the_query_are_there_to_start_from(company):
    listed = ask(company, "--list")[1]
    assert [question.name for question in QUESTIONS if question.name not in listed] == []
    code, query, _ = ask(company, "nps_by_segment", "--sql")
    assert code == 0
    assert "from voc.nps_monthly" in query
    assert "{{" not in query


def loop(company, *arguments):
    outcome = CliRunner().invoke(app, ["loop", *arguments, "-w", str(company), "-f", "json"])
    assert outcome.exit_code == 0, outcome.stderr
    return json.loads(outcome.stdout)


def test_each_open_loop_is_listed_once_for_the_team_that_closes_it(company, published):
    opened = dict(
        published.execute(
            "SELECT owner_team, count(*) FROM voc.loop_closure WHERE state <> 'not_applicable' GROUP BY ALL"
        ).fetchall()
    )
    cs, sales, everybody = loop(company, "--owner-team", "cs"), loop(company, "--owner-team", "sales"), loop(company)
    assert len(cs) == opened["customer_success"]
    assert len(sales) == opened.get("sales", 0)
    assert len(everybody) == sum(opened.values())
    assert {row["owner_team"] for row in cs} == {"customer_success"}
    states = [row["state"] for row in everybody]
    assert set(states) == {"to_tell", "told"}
    assert states == sorted(states, key=lambda state: state == "told")  # what is left to do comes first
    for row in everybody:
        assert row["they_said"]
        assert row["shipped"]
        assert row["asked_on"] <= row["shipped_on"]


@pytest.mark.parametrize("name", ["who_to_tell", "questions_answered_before"])
def test_a_long_list_says_how_many_it_leaves_out(published, name):
    question = find_question(name, QUESTIONS)
    everything, few = (published.execute(query_of(question, {"rows": rows}, published)).fetchall() for rows in ("0", "3"))
    assert few == everything[:3]
    assert {row[-1] for row in everything} <= {len(everything)}


def test_the_list_to_work_through_is_whole_however_long(company, tmp_path):
    for name in ("warehouse.duckdb", "earshot.toml"):
        shutil.copy2(company / name, tmp_path / name)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("INSERT INTO voc.loop_closure SELECT loop_closure.* FROM voc.loop_closure, range(9)")
        still = "SELECT count(*) FROM voc.loop_closure WHERE state IN ('to_tell', 'told')"
        (opened,) = connection.execute(still).fetchone()
    with open_published(tmp_path / "warehouse.duckdb") as connection:
        shown = connection.execute(query_of(find_question("who_to_tell", QUESTIONS), {}, connection)).fetchall()
    listed = loop(tmp_path)
    assert len(listed) == opened > len(shown) == 200
    assert {row[-1] for row in shown} == {opened}
    assert "in_all" not in listed[0]


def test_the_list_is_readable_in_a_narrow_terminal(company):
    outcome = CliRunner().invoke(app, ["loop", "-w", str(company)], env={"COLUMNS": "80"})
    heading = next(line for line in outcome.stdout.splitlines() if "account" in line)
    assert "…" not in heading
    assert max(map(len, outcome.stdout.splitlines())) <= 80
    assert [name for name in ("to_tell", "told", "cs") if name not in outcome.stdout] == []


def test_a_team_that_nobody_has_is_refused(company):
    outcome = CliRunner().invoke(app, ["loop", "--owner-team", "finance", "-w", str(company)])
    assert outcome.exit_code == 2
    assert "cs" in outcome.stderr
