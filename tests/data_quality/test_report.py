"""Data Docs as files: what they say, that they need no network, and that they survive what a run can do to them."""

import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from data_quality.gate import GateResult
from data_quality.report import write_report

NOW = datetime(2025, 2, 8, 12, tzinfo=UTC)


def result(expectation="score_in_range", success=True, **more):
    values = {
        "run_id": "r1",
        "suite": "mart.core.nps_response",
        "object": "core.nps_response",
        "severity": "blocking",
        "observed": "no violation" if success else "1 violation, such as response_id r7, score 33",
        "expected": "score from 0 to 10",
        **more,
    }
    return GateResult(expectation=expectation, success=success, **values)


BROKEN = result(
    success=False,
    examples=({"response_id": "r7", "score": "33"},),
    protects="A score that cannot be is taken for a finding.",
    query='SELECT "response_id" FROM "core"."nps_response" WHERE "score" > 10',
)


class Page(HTMLParser):
    """The text of a page, what it refers to, and whether its tags match."""

    VOID = ("meta", "br")

    def __init__(self, path):
        super().__init__()
        self.text, self.links, self.open = [], [], []
        self.feed(path.read_text("utf-8"))
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


def test_a_blocked_run_says_what_broke_and_why_it_matters(tmp_path):
    page = Page(write_report(tmp_path, "r1", [BROKEN, result("unique_key")], judged_at=NOW))
    for said in (
        "Blocked",
        "core.nps_response: score_in_range",
        "score from 0 to 10",
        "1 violation, such as response_id r7, score 33",
        "A score that cannot be is taken for a finding.",
        'WHERE "score" > 10',
        "1 of 2 held",
        "2025-02-08 12:00 UTC",
        "last good one",
    ):
        assert said in page.words
    assert "r7" in page.text


def test_an_errored_expectation_is_told_from_a_failed_one(tmp_path):
    errored = result(success=False, observed="errored: Binder Error", errored=True)
    page = Page(write_report(tmp_path, "r1", [errored], judged_at=NOW))
    assert "errored" in page.text
    assert "(1 of them could not be evaluated)" in page.words


def test_warnings_alone_do_not_say_blocked(tmp_path):
    page = Page(write_report(tmp_path, "r1", [result(success=False, severity="warning")], judged_at=NOW))
    assert "Passed with warnings" in page.words
    assert "Blocked" not in page.words


def test_the_list_of_runs_leads_to_every_run_the_newest_first(tmp_path):
    write_report(tmp_path, "old", [result()], judged_at=NOW - timedelta(days=1))
    write_report(tmp_path, "new", [BROKEN], judged_at=NOW)
    page = Page(tmp_path / "index.html")
    assert page.links == ["new/index.html", "old/index.html"]
    assert "Blocked" in page.words
    assert "Passed" in page.words


def test_pages_refer_to_nothing_but_each_other(tmp_path):
    for path in (write_report(tmp_path, "r1", [BROKEN], judged_at=NOW), tmp_path / "index.html"):
        markup = path.read_text("utf-8")
        page = Page(path)
        assert page.links
        assert all((path.parent / link).resolve().is_file() for link in page.links)
        assert "<script" not in markup
        assert "<link" not in markup
        assert not re.search(r"@import|url\(", markup)
        assert "default-src 'none'" in markup


def test_hostile_values_stay_text(tmp_path):
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    path = write_report(
        tmp_path, "r1", [result(success=False, observed=hostile, examples=({hostile: hostile},), query=hostile)], judged_at=NOW
    )
    assert "<script" not in path.read_text("utf-8")
    assert "<img" not in path.read_text("utf-8")
    assert hostile in " ".join(Page(path).text)


def test_a_run_judged_in_two_steps_is_one_page(tmp_path):
    landed = result("columns", suite="landed.desk__ticket", object="raw.desk__ticket")
    write_report(tmp_path, "r1", [landed, BROKEN], judged_at=NOW)
    page = Page(write_report(tmp_path, "r1", [result()], judged_at=NOW))
    assert "raw.desk__ticket" in page.words
    assert "Blocked" not in page.words
    kept = json.loads((tmp_path / "r1" / "results.json").read_text("utf-8"))
    assert [(row["suite"], row["success"]) for row in kept] == [
        ("landed.desk__ticket", True),
        ("mart.core.nps_response", True),
    ]


def test_findings_keep_their_examples_when_another_step_is_added(tmp_path):
    write_report(tmp_path, "r1", [BROKEN], judged_at=NOW)
    landed = result("columns", suite="landed.desk__ticket", object="raw.desk__ticket")
    assert "r7" in Page(write_report(tmp_path, "r1", [landed], judged_at=NOW)).text


@pytest.mark.parametrize("rest", ["", "{", "[1]", '[{"no": "result"}]', "\x00"])
def test_what_a_killed_run_left_is_written_anew(tmp_path, rest):
    (tmp_path / "r1").mkdir()
    (tmp_path / "r1" / "results.json").write_text(rest)
    (tmp_path / "r1" / "summary.json").write_text(rest)
    (tmp_path / "r0").mkdir()
    (tmp_path / "r0" / "summary.json").write_text(rest)
    write_report(tmp_path, "r1", [result()], judged_at=NOW)
    assert Page(tmp_path / "index.html").links == ["r1/index.html"]


def test_old_pages_are_removed(tmp_path):
    for day in range(5):
        write_report(tmp_path, f"r{day}", [result()], judged_at=NOW + timedelta(days=day), keep=3)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["r2", "r3", "r4"]


@pytest.mark.parametrize("name", ["..", "../up", "a/b", "", ".hidden", "a\nb"])
def test_a_run_id_cannot_lead_out_of_the_folder(tmp_path, name):
    with pytest.raises(ValueError, match="no run id"):
        write_report(tmp_path / "docs", name, [result()], judged_at=NOW)
    assert list(tmp_path.iterdir()) == []
