"""`earshot mcp` with the protocol's own client over standard input and output, on the published sample company."""

import asyncio

import pytest
from mcp import Client, StdioServerParameters
from walk_support import EARSHOT, query

from orchestration.assistant import refuse
from orchestration.bounded_query import bounded_answer
from orchestration.sql_prompt import QueryProblem, open_published

CALLS = {
    "metrics": ("list_metrics", {}),
    "questions": ("list_questions", {}),
    "tables": ("describe", {}),
    "columns": ("describe", {"table": "nps_monthly"}),
    "asked": ("ask", {"name": "nps_by_segment", "parameters": {"months": "1"}}),
    "nps": ("query", {"sql": "SELECT segment, n, nps FROM voc.nps_monthly ORDER BY month_start, segment"}),
    "write": ("query", {"sql": "DELETE FROM voc.nps_monthly"}),
    "two": ("query", {"sql": "SELECT 1; SELECT 2"}),
    "file": ("query", {"sql": "SELECT * FROM '/etc/passwd'"}),
    "reader": ("query", {"sql": "SELECT * FROM read_text('/etc/passwd')"}),
    "unknown": ("query", {"sql": "SELECT * FROM information_schema.tables"}),
    "forecast": ("ask", {"name": "forecast_of_next_quarter"}),
    "hungry": ("query", {"sql": "SELECT repeat(account_name, 150000000) AS names FROM core.account"}),
    "wordy": ("query", {"sql": "SELECT repeat(account_name, 100000) AS names FROM core.account"}),
    "many": ("query", {"sql": "SELECT i, feedback_id FROM core.feedback, range(300) AS r(i)"}),
}


@pytest.fixture(scope="module")
def answers(company):
    async def all_calls():
        server = StdioServerParameters(command=str(EARSHOT), args=["mcp", "-w", str(company)])
        async with Client(server) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            return names, {key: await client.call_tool(*call) for key, call in CALLS.items()}

    return asyncio.run(all_calls())


def content(answers, key):
    result = answers[1][key]
    assert not result.is_error, result.content
    return result.structured_content


def refusal(answers, key):
    result = answers[1][key]
    assert result.is_error
    return " ".join(part.text for part in result.content)


def test_it_offers_reading_and_nothing_else(answers):
    assert answers[0] == {"list_metrics", "list_questions", "ask", "describe", "query"}


def test_figures_are_those_of_the_database_with_their_source(answers, company):
    found = content(answers, "nps")
    database = query(company / "warehouse.duckdb", CALLS["nps"][1]["sql"])
    assert [tuple(row) for row in found["rows"]] == [tuple(row) for row in database][:200]
    assert found["source"]["tables"] == ["voc.nps_monthly"]
    ((run,),) = query(company / "warehouse.duckdb", "SELECT run_id FROM trust.run WHERE state = 'published'")
    assert found["source"]["published_by_run"] == run


def test_a_saved_question_is_answered_with_its_query(answers):
    found = content(answers, "asked")
    assert found["rows"]
    assert "voc.nps_monthly" in found["source"]["query"]
    assert any(one["name"] == "nps_by_segment" for one in content(answers, "questions")["result"])


def test_metrics_and_tables_are_described(answers):
    assert any(metric["metric"] == "nps" and metric["formula"] for metric in content(answers, "metrics")["result"])
    assert "voc.nps_monthly" in content(answers, "tables")
    assert "nps_low" in content(answers, "columns")["columns"]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("write", "one SELECT"),
        ("two", "one SELECT"),
        ("file", "no described table"),
        ("reader", "disabled"),
        ("unknown", "no described table"),
        ("forecast", "No saved question"),
    ],
)
def test_what_the_warehouse_cannot_say_is_refused(answers, key, told):
    assert told in refusal(answers, key)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("SELECT path FROM core.account, duckdb_databases()", "duckdb_databases"),
        ("SELECT (SELECT value FROM duckdb_settings() LIMIT 1) FROM core.account", "duckdb_settings"),
        ("SELECT current_setting('temp_directory') FROM core.account", "current_setting"),
        ("SELECT * FROM query('FROM duckdb_databases()'), core.account", "query"),
        ("WITH a AS (FROM duckdb_views()) SELECT count(*) FROM a, core.account", "duckdb_views"),
        ("SELECT * FROM core.account, pragma_database_list", "pragma_database_list"),
        ("FROM core.account, (WITH duckdb_logs AS (SELECT 1) FROM duckdb_logs), duckdb_logs", "duckdb_logs"),
        ("SELECT * FROM core.account, enable_logging(storage='file', storage_path='/tmp/x')", "enable_logging"),
        ("SELECT * FROM core.account WHERE write_log('x') = ''", "write_log"),
    ],
)
def test_a_question_about_the_database_itself_is_refused(company, asked, told):
    with (
        open_published(company / "warehouse.duckdb") as connection,
        pytest.raises(QueryProblem, match=f"^{told}: not available"),
    ):
        refuse(connection, asked)


@pytest.mark.parametrize(
    "asked",
    [
        "SELECT count(*) FROM core.account, range(3) AS r (i)",
        "WITH a AS (FROM core.account) SELECT (SELECT count(*) FROM a), lower(account_id) FROM a",
        "SELECT rank() OVER (ORDER BY month_start), * FROM voc.nps_monthly UNION ALL BY NAME FROM voc.nps_monthly",
    ],
)
def test_a_question_to_tables_is_let_through(company, asked):
    with open_published(company / "warehouse.duckdb") as connection:
        refuse(connection, asked)
        connection.execute(asked)


def test_a_long_answer_says_that_it_is_cut_off(answers):
    found = content(answers, "many")
    assert found["is_cut_off"]
    assert len(found["rows"]) == 200


@pytest.mark.parametrize(("key", "told"), [("hungry", "4 GB of memory"), ("wordy", "more than 1,000,000 characters")])
def test_a_query_beyond_its_memory_or_its_answer_is_ended_and_the_server_answers_on(answers, key, told):
    assert told in refusal(answers, key)
    assert content(answers, "many")["rows"]


def test_a_query_that_the_database_cannot_interrupt_is_ended_in_time(company):
    endless = "SELECT sum(levenshtein(repeat('a', 200000), repeat(account_id, 20000))) FROM core.account"
    with pytest.raises(QueryProblem, match="took longer than 2 seconds"):
        bounded_answer(company / "warehouse.duckdb", endless, most_seconds=2)
