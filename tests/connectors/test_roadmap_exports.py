"""Trackers write dates in their users' language and one column under two names; real exports of theirs load whole."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

EXPORTS = Path(__file__).parents[3] / "shared" / "data" / "exports"
beside = pytest.mark.skipif(not EXPORTS.is_dir(), reason=f"real exports are not beside this repository, at {EXPORTS}")
JIRA = "Issue key,Summary,Issue Type,Created,Updated\n"


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("22/Sep/25 9:26 AM", datetime(2025, 9, 22, 9, 26, tzinfo=UTC)),
        ("22/Sep/25 12:05 AM", datetime(2025, 9, 22, 0, 5, tzinfo=UTC)),
        ("18/jul/26 10:30", datetime(2026, 7, 18, 10, 30, tzinfo=UTC)),
        ("03/dic/25 18:40", datetime(2025, 12, 3, 18, 40, tzinfo=UTC)),
        ("05/août/25 08:00", datetime(2025, 8, 5, 8, 0, tzinfo=UTC)),
        ("07/Mär/25 08:00", datetime(2025, 3, 7, 8, 0, tzinfo=UTC)),
        ("07/Mai/25 08:00", datetime(2025, 5, 7, 8, 0, tzinfo=UTC)),
        ("2015-12-02T07:39:15.000-0800", datetime(2015, 12, 2, 15, 39, 15, tzinfo=UTC)),
    ],
)
def test_jira_dates_of_many_locales(read, deliver, stamp, expected):
    result = read(deliver(f"{JIRA}ROAD-1,Title,Epic,{stamp},{stamp}\n"), "jira")
    assert result.rejects == []
    assert result.rows[0]["created_at"] == expected


def test_a_date_that_is_none_rejects_its_row_alone(read, deliver):
    result = read(deliver(f"{JIRA}ROAD-1,Title,Epic,22/Foo/25 9:26 AM,\nROAD-2,Title,Epic,22/Sep/25 9:26 AM,\n"), "jira")
    assert [row["issue_key"] for row in result.rows] == ["ROAD-2"]
    assert "22/Foo/25" in result.rejects[0]["reason"]


def test_a_row_with_a_cell_too_many_is_rejected_and_a_short_one_filled(read, deliver):
    result = read(deliver(f"{JIRA}ROAD-1,Title,Epic,,,stray\nROAD-2,Title,Epic\nROAD-3,Title,Epic,,\n"), "jira")
    assert [row["issue_key"] for row in result.rows] == ["ROAD-2", "ROAD-3"]
    assert len(result.rejects) == 1


def test_one_column_may_carry_a_required_field_and_another(read, deliver):
    """Without ids that survive a move, Linear's key of an issue is both its identity and its name."""
    old = read(deliver("ID,Team,Title,Status,Creator\nCLA-1,Claw,Search,Done,\n"), "linear")
    assert [(row["id"], row["issue_key"]) for row in old.rows] == [("CLA-1", "CLA-1")]
    new = read(deliver("ID,Team,Title,Status,Creator,UUID\nCLA-1,Claw,Search,Done,,9b1f\n"), "linear")
    assert [(row["id"], row["issue_key"]) for row in new.rows] == [("9b1f", "CLA-1")]


def test_what_a_script_prints_of_a_date(read, deliver):
    header = "ID,Team,Title,Status,Creator,Created\n"
    rows = "CLA-1,Claw,Search,Done,,Wed Aug 24 2022 16:06:02 GMT+0200 (Central European Summer Time)\n"
    assert read(deliver(header + rows), "linear").rows[0]["created_at"] == datetime(2022, 8, 24, 14, 6, 2, tzinfo=UTC)


def test_a_board_without_ids_keeps_its_features_apart(read, deliver):
    first = read(deliver("Feature name,Status\nDark mode,Candidate\nPortal,Released\n"), "productboard")
    assert [row["id"] for row in first.rows] == ["Dark mode", "Portal"]
    mapped = read(
        deliver("Was,Stand\nDark mode,Idee\n"),
        "productboard",
        columns={"productboard__feature": {"id": "Was", "name": "Was", "status": "Stand"}},
    )
    assert [(row["name"], row["status"]) for row in mapped.rows] == [("Dark mode", "Idee")]


@beside
@pytest.mark.parametrize(
    ("file", "rows"),
    [
        ("jira/jira_cloud_all_fields_TestAutoGen.csv", 22),
        ("jira/api_issues_in_sprint.json", 1),
        ("linear/linear_export_25col_2023.csv", 10),
        ("pendo/fivetran_guide_event.csv", 5),
    ],
)
def test_real_exports_load_whole(read, file, rows):
    path = EXPORTS / file
    for name in (path.name, "delivery"):
        result = read(path, path.parent.name, name)
        assert (len(result.rows), result.rejects) == (rows, [])
        assert all(row[key] for row in result.rows for key in result.parts[0].spec.key)


@beside
def test_values_of_real_trackers(read):
    jira = {row["issue_key"]: row for row in read(EXPORTS / "jira" / "jira_cloud_all_fields_TestAutoGen.csv", "jira").rows}
    assert jira["TES-25"]["created_at"] == datetime(2025, 9, 22, 9, 26, tzinfo=UTC)
    assert jira["TES-19"]["resolution"] == "Done"
    assert jira["TES-19"]["resolved_at"] is not None
    linear = {row["issue_key"]: row for row in read(EXPORTS / "linear" / "linear_export_25col_2023.csv", "linear").rows}
    assert linear["CLA-1"]["estimate"] == 5
    assert linear["CLA-2"]["canceled_at"] == datetime(2023, 2, 11, 1, 51, 53, tzinfo=UTC)
