"""The labelled messages and the agreement of their two labels."""

import pytest

from insights.question_labels import BATCHES, OWNERS, QUALITIES, nominal_alpha, read_messages


def test_labels_come_from_the_lists_and_identifiers_are_unique():
    messages = read_messages(disputed=True)
    assert len(messages) >= 3000
    assert len({message.message_id for message in messages}) == len(messages)
    assert len({message.text for message in messages}) == len(messages)
    for message in messages:
        assert {message.quality, message.second_quality} <= set(QUALITIES)
        assert {message.owner, message.second_owner} <= set(OWNERS)
        assert (message.quality == "not_question") == (message.owner == "none")


def test_disputed_rows_are_kept_and_left_out():
    every, settled = read_messages(disputed=True), read_messages()
    assert 0 < len(every) - len(settled) < 0.1 * len(every)
    assert all((message.quality, message.owner) == (message.second_quality, message.second_owner) for message in settled)


@pytest.mark.parametrize("batch", BATCHES)
def test_two_readers_agree_in_every_batch(batch):
    messages = read_messages(batch, disputed=True)
    assert nominal_alpha([(message.quality, message.second_quality) for message in messages]) > 0.9
    assert nominal_alpha([(message.owner, message.second_owner) for message in messages]) > 0.85


def test_alpha_of_the_published_example_with_four_raters():
    """Krippendorff's reliability data C (2011, "Computing Krippendorff's Alpha-Reliability"): nominal alpha 0.743."""
    raters = (
        (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
        (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
        (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
        (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
    )
    items = [[None if label is None else str(label) for label in item] for item in zip(*raters, strict=True)]
    assert nominal_alpha(items) == pytest.approx(0.743, abs=0.0005)


def test_alpha_of_the_published_example_with_two_raters():
    """The same paper's data B, two observers and five values: nominal alpha 0.692."""
    first, second = "aabbdcccedda", "babbbccceddd"
    assert nominal_alpha(list(zip(first, second, strict=True))) == pytest.approx(0.692, abs=0.0005)


def test_alpha_needs_two_labels_of_something():
    with pytest.raises(ValueError, match="two labels"):
        nominal_alpha([("a", None)])
    assert nominal_alpha([("a", "a"), ("a", "a")]) == 1
