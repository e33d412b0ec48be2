"""Sentiment: direction, negation, degree, and the words of business software."""

import pytest

from insights.sentiment import LABELS, TrainedSentiment, default_sentiment, label

SCORER = default_sentiment()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The new dashboards are intuitive and fast", "positive"),
        ("Exports are slow and the app crashes", "negative"),
        ("It does not work", "negative"),
        ("Not bad at all", "positive"),
        ("This is not acceptable", "negative"),
        ("We opened a support ticket about security features", "neutral"),
        ("Please share the number of alerts", "neutral"),
        ("Our excel assets and attachments", "neutral"),
        ("Kind regards, thanks in advance", "neutral"),
        ("", "neutral"),
        ("Rock solid, saves us hours", "positive"),
    ],
)
def test_labels(text, expected):
    assert label(SCORER.score([text])) == [expected]


def test_negation_and_degree_change_the_score():
    plain, more, less, negated = SCORER.score(["it is good", "it is very good", "it is slightly good", "it is not good"])
    assert negated < 0 < less < plain < more
    loud, quiet = SCORER.score(["great!!!", "great"])
    assert loud > quiet


def test_scores_stay_within_bounds():
    assert -1 <= SCORER.score(["terrible " * 500])[0] < -0.9
    assert 0.9 < SCORER.score(["excellent " * 500])[0] <= 1


def test_a_workspace_can_teach_its_own_tone():
    bad = [f"the crane was booked by site {n}" for n in range(12)]
    good = [f"the crane was free for site {n}" for n in range(12)]
    flat = [f"we own crane number {n}" for n in range(12)]
    examples = [(text, mood) for texts, mood in zip((bad, flat, good), LABELS, strict=True) for text in texts]
    trained = TrainedSentiment(examples)
    scores = trained.score(["the crane was booked by site 99", "the crane was free for site 99"])
    assert scores[0] < 0 < scores[1]
    assert trained.name == TrainedSentiment(examples[::-1]).name != TrainedSentiment(examples[:-1]).name


def test_too_few_examples_are_refused():
    with pytest.raises(ValueError, match="too few: neutral, positive"):
        TrainedSentiment([("bad", "negative")] * 9)
