"""What is planted in the sample company is found, in its true labels and by the model; nothing is where nothing is planted."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from demo.company import Company
from demo.generate import generate
from demo.plan import make_plan
from demo.truth import CHANNELS, source_of
from earshot_statistics.anomaly import ALERT
from earshot_statistics.theme_weeks import judge_weeks
from insights.assign import THRESHOLD, ThemeModel, read_examples
from insights.evidence import split_clauses
from insights.taxonomy import load_taxonomy

WEEKS = 78
LABELS = """
create temp table said as
select
    channel, coalesce(segment, 'unknown') as segment, theme_ids, source_system || source_stream || source_key as item,
    date_diff('week', date '2024-12-30', date_trunc('week', occurred_at::timestamptz at time zone 'UTC')::date) as week_index
from read_csv(?, all_varchar = true)
where deleted = '0' and week_index >= 0
"""
ROLLED_UP = "(select * exclude (segment, channel), unnest([segment, 'all']) as segment, channel from said)"
FEEDBACK = f"""
select segment, channel, week_index, count(*) as feedback_n
from (select * exclude (channel), unnest([channel, 'all']) as channel from {ROLLED_UP})
group by all
"""
MENTIONS = f"""
select 'restated' as series, theme_id, segment, channel, week_index, count(distinct item) as mentions
from (
    select * exclude (channel, theme_ids), unnest([channel, 'all']) as channel, theme_id
    from {ROLLED_UP}, (select unnest(regexp_split_to_array(theme_ids, '[^a-z_]+')) as theme_id)
)
where theme_id <> ''
group by all
"""


def judged(folder: Path, *, planted: bool) -> pa.Table:
    generate(folder, size=1.0, seed=7, planted=planted)
    return judged_labels(folder / "truth_labels.csv")


def judged_labels(labels: Path) -> pa.Table:
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(LABELS, [str(labels)])
        mentions, feedback = con.sql(MENTIONS).to_arrow_table(), con.sql(FEEDBACK).to_arrow_table()
    assert len(mentions) > 1000
    return judge_weeks(mentions, feedback, WEEKS)


@pytest.fixture(scope="module")
def company_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("planted")


@pytest.fixture(scope="module")
def planted(company_folder: Path) -> list[dict[str, object]]:
    return judged(company_folder, planted=True).to_pylist()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    return judged(tmp_path_factory.mktemp("quiet"), planted=False).to_pylist()


def assert_only_the_doubling_theme_moves(rows: list[dict[str, object]]) -> None:
    now = {
        (row["theme_id"], row["segment"]): row["trend"]
        for row in rows
        if row["week_index"] == WEEKS - 1 and row["channel"] == "all"
    }
    assert now["data_export", "enterprise"] == "rising"
    moving = {theme for (theme, _), trend in now.items() if trend in ("rising", "falling", "new")}
    assert moving == {"data_export"}


def test_the_doubling_theme_is_rising_and_nothing_else_is(planted: list[dict[str, object]]) -> None:
    assert_only_the_doubling_theme_moves(planted)


def assigned(folder: Path, model: ThemeModel) -> list[dict[str, str]]:
    """The rows of `truth_labels.csv` with what the model hears in each text beside what it is about."""
    plan = make_plan(Company(1.0, 7, planted=True))
    body = {
        source_of(plan, channel, item): plan.text(channel, item).body
        for channel in CHANNELS
        for item in np.flatnonzero(plan.channel(channel).wordy).tolist()
    }
    with (folder / "truth_labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    clauses = split_clauses([body[row["source_system"], row["source_stream"], row["source_key"]] for row in rows])
    heard = np.zeros((len(rows), len(model.classes)))
    np.maximum.at(heard, clauses.text, model.score(clauses.words))
    for row, scores in zip(rows, heard, strict=True):
        row["heard"] = ";".join(model.classes[place].id for place in np.flatnonzero(scores >= THRESHOLD))
    return rows


def test_what_was_reviewed_makes_the_model_hear_the_doubling(
    planted: list[dict[str, object]], company_folder: Path, tmp_path: Path
) -> None:
    """Judged on the texts that nobody reviewed; recall and precision without any label: about 0.4 and 0.8."""
    rows = assigned(company_folder, ThemeModel(load_taxonomy(), read_examples(company_folder / "theme_labels.ndjson")))
    pairs = [(set(r["heard"].split(";")) - {""}, set(r["theme_ids"].split(";")) - {""}) for r in rows if r["reviewed"] == "0"]
    right = sum(len(heard & true) for heard, true in pairs)
    assert right / sum(len(true) for _, true in pairs) > 0.6
    assert right / sum(len(heard) for heard, _ in pairs) > 0.7
    with (tmp_path / "heard.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(row | {"theme_ids": row["heard"]} for row in rows)
    assert_only_the_doubling_theme_moves(judged_labels(tmp_path / "heard.csv").to_pylist())


@pytest.mark.parametrize("company", ["planted", "quiet"])
def test_few_quiet_weeks_alert(company: str, request: pytest.FixtureRequest) -> None:
    rows = [
        row for row in request.getfixturevalue(company) if row["anomaly_q"] is not None and row["theme_id"] != "data_export"
    ]
    weeks = {row["week_index"] for row in rows}
    alerts = {row["week_index"] for row in rows if row["anomaly_q"] < ALERT}  # type: ignore[operator]
    assert len(weeks) >= 60
    assert len(alerts) <= 0.05 * len(weeks)


def test_a_company_where_nothing_happens_has_no_trends_now(quiet: list[dict[str, object]]) -> None:
    assert {row["trend"] for row in quiet if row["week_index"] == WEEKS - 1} == {"stable", "insufficient_data"}
