"""The lint of digests: sections under headings, prose, status in disguise; and its honest figures."""

from __future__ import annotations

import pytest

from benchmarks.digest_lint import score
from insights.digest import judge

GUIDE = """# Batch approvals

**What is this?**
Forty invoices are signed in one go.

**How does it change your workflow?**
Leave out the approvals chapter in the training.

**How do you help customers use it?**
Sit down with finance and agree on a limit first.
"""


def parts(text: str) -> set[str]:
    return {found.part for found in judge(text).found}


def test_sections_under_headings_make_a_guide() -> None:
    judgement = judge(GUIDE)
    assert judgement.kind == "readiness_guide"
    assert judgement.missing == ()
    assert judgement.found[1].words.startswith("Leave out the approvals chapter")


@pytest.mark.parametrize("part", ["What is this?", "How does it change your workflow?", "How do you help customers use it?"])
@pytest.mark.parametrize("placeholder", ["To follow.", "To be announced.", "TBD - ask the product team", "Nothing to say yet."])
def test_a_heading_with_nothing_under_it_is_no_part(part: str, placeholder: str) -> None:
    lines = GUIDE.split("\n")
    at = lines.index(f"**{part}**")
    emptied = "\n".join([*lines[: at + 1], placeholder, *lines[at + 2 :]])
    assert len(judge(emptied).missing) == 1


def test_labels_on_one_line_count_as_headings() -> None:
    text = "Value: month-end in two days, not five. Your part: reps stop promising reports. With the customer: close it twice."
    assert parts(text) == {"new_value", "role_change", "prepare_customers"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ships in Q4. 70 % done. Owner: platform.",
        "What is this?\nStatus: on track, release candidate with QA since Monday.",
        "Customers will see a maintenance banner.",
    ],
)
def test_status_is_no_guide(text: str) -> None:
    judgement = judge(text)
    assert judgement.kind == "status_update"
    assert len(judgement.missing) == 3


def test_a_part_comes_with_its_sentence() -> None:
    judgement = judge("We met. Tell your customers to update the app in the week before. Bye.")
    assert [found.words for found in judgement.found if found.part == "prepare_customers"] == [
        "Tell your customers to update the app in the week before."
    ]


def test_figures_on_texts_written_after_the_rules() -> None:
    """Few parts of free prose are found, but what is found is there; and a status update rarely passes for a guide."""
    held_out = score("held_out")
    assert held_out.precision >= 0.85
    assert held_out.recall < 0.9, "the figures in the documents say otherwise: measure again on new texts"
    assert held_out.right_kind / held_out.texts >= 0.85
