"""An audit that did not happen is never told as one that found nothing."""

import pytest
from dependency_audit import verdict

CLEAN = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}
SKIPPED = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "strict", "code", "told"),
    [
        ([CLEAN], True, 0, "1 dependencies audited, 0 vulnerable"),
        ([CLEAN, BAD], False, 1, "b 2: CVE-1, fixed in 3"),
        ([CLEAN, SKIPPED], False, 0, "1 of 2 dependencies NOT AUDITED"),
        ([CLEAN, SKIPPED], True, 2, "1 of 2 dependencies NOT AUDITED"),
        ([BAD, SKIPPED], False, 1, "NOT AUDITED"),
        (None, False, 0, "could not be reached"),
        (None, True, 2, "could not be reached"),
    ],
)
def test_verdicts(packages, strict, code, told):
    found, text = verdict({"dependencies": packages} if packages else None, strict=strict)
    assert found == code
    assert told in text
