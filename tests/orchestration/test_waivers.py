"""Who may lift a block, for how long, and what stays on record."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestration.settings import load_settings
from orchestration.waivers import WaiverError, decisions, standing_ids, unwaive, waive

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TARGET = ("mart.core.account", "arr_in_range", "core.account")
WEEK = NOW + timedelta(days=7)


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "earshot.toml").touch()
    return load_settings(tmp_path)


def decide(settings, target=TARGET, *, reason="credit notes", by="finance", expires_at=WEEK):
    return waive(settings, [TARGET], target, reason=reason, by=by, expires_at=expires_at, now=NOW)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"target": ("mart.core.account", "arr_in_rnge", "core.account")}, "Near: mart.core.account arr_in_range"),
        ({"reason": " "}, "needs a reason"),
        ({"by": ""}, "answers for it"),
        ({"expires_at": NOW}, "not before now"),
        ({"expires_at": NOW + timedelta(days=91)}, "within 90 days"),
    ],
)
def test_a_decision_names_target_reason_person_and_a_near_end(settings, given, said):
    with pytest.raises(WaiverError, match=said):
        decide(settings, **given)
    assert decisions(settings) == []


def test_a_decision_stands_until_its_end_or_its_withdrawal_and_stays_on_record(settings):
    first = decide(settings)
    assert standing_ids(settings, NOW) == first.waiver_id
    assert standing_ids(settings, WEEK) == ""
    second = decide(settings, reason="agreed again", by="the board")
    assert standing_ids(settings, NOW) == second.waiver_id
    unwaive(settings, second.waiver_id, by="support", now=NOW)
    with pytest.raises(WaiverError, match="no waiver"):
        unwaive(settings, second.waiver_id, by="support", now=NOW)
    assert standing_ids(settings, NOW) == ""
    kept = [(one.reason, one.waived_by, one.state(NOW), one.withdrawn_by) for one in decisions(settings)]
    assert kept == [
        ("credit notes", "finance", "withdrawn", "the board"),
        ("agreed again", "the board", "withdrawn", "support"),
    ]


def test_a_damaged_record_waives_nothing_in_silence(settings):
    decide(settings)
    (settings.state_dir / "waivers.json").write_text("[{", "utf-8")
    with pytest.raises(WaiverError, match="is damaged"):
        standing_ids(settings)
