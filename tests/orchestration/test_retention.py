"""Words older than a source keeps them go from delivered files and tables, and the books balance."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestration.assets.landed import collect
from orchestration.assets.loaded import load_new_files, open_store
from orchestration.declared import workspace_specs
from orchestration.resources import LogProgress
from orchestration.retention import apply_retention
from orchestration.settings import load_settings

HEADER = "ID,Survey Type,Score,Comment,Email,Created At,Updated At\n"


def answer(number, age, words):
    at = f"{datetime.now(UTC) - timedelta(days=age):%Y-%m-%d %H:%M:%S} UTC"
    return f"{number},nps,9,{words},a{number}@x.example,{at},{at}\n"


@pytest.fixture
def loaded(tmp_path):
    """A workspace with an old and a new answer, loaded, of a source that keeps words for 30 days."""
    (tmp_path / "earshot.toml").write_text("[sources.delighted]\nretention_days = 30\n", "utf-8")
    inbox = tmp_path / "inbox/delighted"
    inbox.mkdir(parents=True)
    text = HEADER + answer(1, 31, "said long ago") + answer(2, 29, "said of late")
    (inbox / "responses.csv").write_text(text, "utf-8")
    settings = load_settings(tmp_path)
    specs = workspace_specs(settings)
    collect(settings, ["delighted"])
    load_new_files(settings, specs, "r1", LogProgress())
    return settings, specs


def test_old_words_go_everywhere_and_are_counted(loaded):
    settings, specs = loaded
    (erased,) = apply_retention(settings, specs, "r2", LogProgress())
    assert (erased.source, erased.kind, erased.files, erased.records) == ("delighted", "retention", 1, 1)
    for folder in (settings.landing_dir, settings.root / "inbox"):
        (text,) = [path.read_text("utf-8") for path in folder.rglob("*.csv")]
        assert "said of late" in text
        assert "said long ago" not in text
    with open_store(settings).connect() as connection:
        assert connection.execute("SELECT comment FROM raw.delighted__response").fetchall() == [("said of late",)]
        assert connection.execute("SELECT kind, source, records FROM ops.erasure").fetchall() == [("retention", "delighted", 1)]
    (balance,) = open_store(settings).reconcile()
    assert (balance.agrees, balance.rows_read) == (True, 1)
    assert apply_retention(settings, specs, "r3", LogProgress()) == []


@pytest.mark.parametrize(("lead", "left"), [("", 1), ("[privacy]\nmax_clock_lead_days = 9999\n", 0)])
def test_a_clock_that_is_ahead_takes_out_no_more_than_the_newest_record_allows(loaded, monkeypatch, lead, left):
    settings, specs = loaded
    path = settings.root / "earshot.toml"
    path.write_text(path.read_text("utf-8").replace("= 30", "= 61") + lead, "utf-8")
    ahead = datetime.now(UTC) + timedelta(days=4000)
    monkeypatch.setattr("orchestration.retention.datetime", type("Ahead", (datetime,), {"now": lambda zone: ahead}))
    # The newest answer is 29 days old: with a lead of 31 days none is older than 61 yet but the one of 31.
    apply_retention(load_settings(settings.root), specs, "r2", LogProgress())
    with open_store(settings).connect() as connection:
        assert connection.execute("SELECT count(*) FROM raw.delighted__response").fetchone() == (left + (lead == ""),)


def test_a_clock_that_is_right_is_believed_however_long_nothing_was_delivered(loaded, monkeypatch):
    settings, specs = loaded
    path = settings.root / "earshot.toml"
    path.write_text(path.read_text("utf-8").replace("= 30", "= 61"), "utf-8")
    ahead = datetime.now(UTC) + timedelta(days=75)
    monkeypatch.setattr("orchestration.retention.datetime", type("Later", (datetime,), {"now": lambda zone: ahead}))
    left = []
    for run in ("r2", "r3", "r4"):
        apply_retention(load_settings(settings.root), specs, run, LogProgress())
        with open_store(settings).connect() as connection:
            left += connection.execute("SELECT count(*) FROM raw.delighted__response").fetchone()
    assert left[0] > 0
    assert left[-1] == 0


def test_nothing_goes_where_nothing_is_configured(loaded):
    settings, specs = loaded
    (settings.root / "earshot.toml").write_text("", "utf-8")
    assert apply_retention(load_settings(settings.root), specs, "r2", LogProgress()) == []
