"""`earshot themes …` on a published workspace: candidates, changes with their history, labels that the next run learns from."""

import json
import shutil

import pytest
from typer.testing import CliRunner
from walk_support import earshot, query

from insights.assign import read_examples
from insights.taxonomy import load_taxonomy
from orchestration.cli import app

WEEKS = """
    SELECT series, week_start, theme_id, mentions FROM voc.theme_weekly
    WHERE segment = 'all' AND channel = 'all' AND mentions > 0
"""


PARTS = ("--part", "a_part=A", "--part", "b_part=B", "--seed", "a_part=one", "--seed", "b_part=two")


@pytest.fixture
def workspace(company, tmp_path):
    """As much of the sample company as the commands read."""
    root = tmp_path / "workspace"
    root.mkdir()
    for name in ("earshot.toml", "themes.yml", "warehouse.duckdb"):
        shutil.copyfile(company / name, root / name)
    return root


def call(workspace, *arguments, answers=None):
    return CliRunner().invoke(app, ["themes", *map(str, arguments), "-w", str(workspace)], input=answers)


def test_a_suggested_group_becomes_a_theme_with_one_command(workspace):
    found = listed(workspace, "suggest", "-n", "3")
    assert found and all(each["said"] and each["mentions"] for each in found)
    key = found[0]["cluster_key"]
    comments = [line for line in (workspace / "themes.yml").read_text("utf-8").splitlines() if line.lstrip().startswith("#")]
    assert call(workspace, "promote", key, "--id", "heard_lately", "--name", "Heard lately", "--area", "data").exit_code == 0
    theme = load_taxonomy(workspace / "themes.yml")["heard_lately"]
    assert (theme.name, theme.product_area, theme.discovered_as) == ("Heard lately", "data", key)
    assert theme.seeds and theme.valid_from is not None
    kept = (workspace / "themes.yml").read_text("utf-8").splitlines()
    assert [line for line in kept if line.lstrip().startswith("#")] == comments
    assert call(workspace, "promote", key).exit_code == 2, "it is a theme already"


def listed(workspace, *arguments):
    result = call(workspace, *arguments, "-f", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("merge", "data_import", "notifications", "--into", "data_export"), "merged"),
        (
            (
                "split",
                "data_import",
                "--part",
                "a_part=A",
                "--part",
                "b_part=B",
                "--seed",
                "a_part=one",
                "--seed",
                "b_part=two",
            ),
            "split",
        ),
        (("retire", "data_import"), "retired"),
    ],
)
def test_changes_are_written_with_their_history(workspace, arguments, status):
    assert call(workspace, *arguments).exit_code == 0
    theme = load_taxonomy(workspace / "themes.yml")["data_import"]
    assert theme.status == status
    assert theme.valid_to is not None
    # What is no longer active cannot be changed again.
    before = (workspace / "themes.yml").read_bytes()
    assert call(workspace, *arguments).exit_code == 2
    assert (workspace / "themes.yml").read_bytes() == before


def test_a_rename_keeps_the_id(workspace):
    assert call(workspace, "rename", "data_import", "Loading data").exit_code == 0
    assert load_taxonomy(workspace / "themes.yml")["data_import"].name == "Loading data"


@pytest.mark.parametrize(
    "arguments",
    [
        ("merge", "nowhere", "--into", "data_export"),
        ("split", "data_import", "--part", "a_part", "--seed", "x=y"),
        ("split", "data_import", "--part", "a_part=A", "--part", "b_part=B", "--seed", "c_part=words"),
        ("review", "--label", "0000000000=data_export"),
        ("review", "--label", "0000000000=nowhere"),
        ("sample", "--label", "nothing=none"),
        ("promote", "c0"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(workspace, arguments):
    before = (workspace / "themes.yml").read_bytes()
    assert call(workspace, *arguments).exit_code == 2
    assert (workspace / "themes.yml").read_bytes() == before
    assert not (workspace / "theme_labels.ndjson").exists()


def test_review_asks_keeps_answers_and_does_not_ask_again(workspace):
    waiting = listed(workspace, "review", "-n", "6")
    assert len({next(iter(each["guesses"])) for each in waiting}) == 6, "the themes take turns"
    first, second, third = waiting[:3]
    assert (
        call(workspace, "review", "--label", f"{first['key']}=none", "--label", f"{second['key']}=data_export").exit_code == 0
    )
    shown = call(workspace, "review", "-n", "2", answers="1\nq\n")
    assert shown.exit_code == 0, shown.output
    kept = {example.text: set(example.themes) for example in read_examples(workspace / "theme_labels.ndjson")}
    assert kept[first["clause"]] == set()
    assert kept[second["clause"]] == {"data_export"}
    assert len(kept) == 3
    after = {each["key"] for each in listed(workspace, "review", "-n", "200")}
    assert not {first["key"], second["key"]} & after
    assert third["clause"] in kept or third["key"] in after


def test_a_random_sample_corrects_the_shares(workspace):
    raw = {row["theme_id"]: row for row in listed(workspace, "shares")}
    assert {row["method"] for row in raw.values()} == {"classifier_share"}
    drawn = listed(workspace, "sample", "-n", "60")
    labels = [f"{each['feedback_id']}={'data_export' if place % 3 else 'none'}" for place, each in enumerate(drawn)]
    with (workspace / "theme_sample.ndjson").open("w") as file:
        for label in labels[1:]:
            key, theme = label.split("=")
            file.write(json.dumps({"feedback_id": key, "themes": [theme] * (theme != "none")}) + "\n")
    assert call(workspace, "sample", "--label", labels[0]).exit_code == 0
    row = next(row for row in listed(workspace, "shares") if row["theme_id"] == "data_export")
    assert (row["method"], row["labels"]) == ("ppi++", 60)
    assert row["low"] < 2 / 3 < row["high"]
    following = listed(workspace, "sample", "-n", "5")
    assert not {each["feedback_id"] for each in following} & {each["feedback_id"] for each in drawn}


def test_merge_split_and_retirement_reach_the_marts_and_no_mention_is_lost(company_copy):
    """As reported and restated: the same items in every week, under the names of then and of today."""
    database = company_copy / "warehouse.duckdb"
    before = query(database, f"{WEEKS} AND series = 'as_reported' ORDER BY ALL")
    items = "SELECT count(DISTINCT feedback_id), count(DISTINCT (feedback_id, theme_id)) FROM core.feedback_theme"
    counted = query(database, items)
    parts = ("--part", "table_width=Columns", "--part", "table_time=Duration", "--seed", "table_width=columns are missing")
    for arguments in (
        ("merge", "integrations", "--into", "api_webhooks"),
        ("split", "performance_speed", *parts, "--seed", "table_time=it takes ages"),
        ("retire", "localization"),
    ):
        assert call(company_copy, *arguments).exit_code == 0
    finished = earshot("run", "--workspace", company_copy)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert query(database, items) == counted
    assert query(database, f"{WEEKS} AND series = 'as_reported' ORDER BY ALL") == before
    restated = query(database, f"{WEEKS} AND series = 'restated'")
    names = {theme for _, _, theme, _ in restated}
    assert not names & {"integrations", "performance_speed"}
    assert names & {"table_width", "table_time"}
    both = "SELECT count(*) FROM (SELECT DISTINCT feedback_id, theme_id_today FROM core.feedback_theme)"
    today = query(database, both)[0][0]
    double = query(
        database,
        "SELECT count(*) FROM (SELECT feedback_id FROM core.feedback_theme WHERE theme_id IN ('integrations', 'api_webhooks') "
        "GROUP BY feedback_id HAVING count(*) = 2)",
    )[0][0]
    assert today == counted[0][1] - double, "only an item that mentioned both merged themes counts once instead of twice"
