"""Measures the shipped question model on two batches by writers that it never saw; prints every figure of the README.

Run `python -m benchmarks.questions`. Training used batches a, b, e, f and h, calibration d; c and g were opened at the end.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.metrics import confusion_matrix, f1_score

from insights.question_labels import BATCHES, HELD_OUT, OWNERS, QUALITIES, Message, nominal_alpha, read_messages
from insights.question_model import default_model, tidy
from insights.questions import judge_questions, similar_answered

DRAWS = 2000
# A question, and how a colleague put the same one weeks later.
REWRITTEN = (
    ("Can admins limit who exports the audit log?", "Is it possible for admins to restrict who can export the audit log?"),
    ("When does the new invoice editor ship?", "when is the new invoice editor shipping??"),
    ("How do I reset the webhook secret for a customer?", "Customer lost their webhook secret, how can I reset it?"),
    ("Is there a deck for the workflow launch?", "Do we have a deck for the launch of workflows?"),
    ("What is the limit of seats on the Team plan?", "Team plan: what's the seat limit?"),
    ("Who should go first when we move accounts to the new portal?", "Which accounts go first in the move to the new portal?"),
    ("What do we tell customers about the price change?", "what are we telling customers re the price change"),
    ("Does SSO work with Okta on the Starter plan?", "Starter plan customer asks: does SSO with Okta work?"),
    ("Why does the CSV import fail with error 413?", "CSV import fails, error 413. Why?"),
    ("Is there training for support before the release of Insights?", "Will support get training before Insights is released?"),
    ("Can we export dashboards to PDF?", "PDF export of dashboards, do we have that?"),
    ("What do admins have to do before the migration?", "What needs to be done by admins ahead of the migration?"),
)
BINS = 10


def main() -> None:
    """Agreement of the labels, then the held-out figures, then what each part of the model contributes."""
    agreement()
    messages = read_messages(HELD_OUT)
    profiles = len({m.author for m in messages})
    print(f"\n== held out: batches {' and '.join(HELD_OUT)}, {len(messages)} messages by {profiles} profiles")
    started = time.process_time()
    table = pa.table({"text_sha256": [m.message_id for m in messages], "text": [m.text for m in messages]})
    found = judge_questions(table).to_pylist()
    print(f"{len(messages) / (time.process_time() - started):.0f} messages a CPU-second, loading included")
    report(messages, found)
    parts(messages)
    near_duplicates()


def agreement() -> None:
    """Krippendorff's α of the two labels, per batch and overall."""
    print("== agreement of two labels (alpha)")
    for name, batches in [*((batch, (batch,)) for batch in BATCHES), ("all", BATCHES)]:
        messages = read_messages(batches, disputed=True)
        quality = nominal_alpha([(m.quality, m.second_quality) for m in messages])
        owner = nominal_alpha([(m.owner, m.second_owner) for m in messages])
        disputed = sum(m.disputed for m in messages)
        hard = sum(m.hard for m in messages) / len(messages)
        print(f"{name:>4}: quality {quality:.3f} owner {owner:.3f}, {disputed} of {len(messages)} disputed, {hard:.0%} hard")


def report(messages: Sequence[Message], found: Sequence[dict[str, Any]]) -> None:
    """Each figure with a 95 % interval over authors' profiles, since messages of one author resemble each other."""
    quality = np.array([QUALITIES.index(m.quality) for m in messages])
    guess = np.array([QUALITIES.index(row["quality"]) for row in found])
    owner = np.array([OWNERS.index(m.owner) for m in messages])
    owner_guess = np.array([OWNERS.index(row["owner"]) for row in found])
    sure = np.array([row["quality_confidence"] for row in found])
    owner_sure = np.array([row["owner_confidence"] for row in found])
    asked = owner != OWNERS.index("none")
    hard = np.array([m.hard for m in messages])
    batch = np.array([m.batch for m in messages])

    def macro(rows: Any) -> float:
        return float(f1_score(quality[rows], guess[rows], average="macro"))

    def right(rows: Any) -> float:
        return float((owner[rows] == owner_guess[rows]).mean())

    def right_asked(rows: Any) -> float:
        return right(rows[asked[rows]])

    figures: dict[str, Callable[[Any], float]] = {
        "quality macro-F1": macro,
        "quality accuracy": lambda rows: float((quality[rows] == guess[rows]).mean()),
        "owner accuracy": right,
        "owner accuracy where something is asked": right_asked,
        "quality ECE": lambda rows: calibration_error(sure[rows], quality[rows] == guess[rows]),
        "owner ECE": lambda rows: calibration_error(owner_sure[rows], owner[rows] == owner_guess[rows]),
    }
    everything = np.arange(len(messages))
    for name, figure in figures.items():
        low, high = interval(messages, figure)
        each = ", ".join(f"{b} {figure(everything[batch == b]):.3f}" for b in HELD_OUT)
        print(f"{name}: {figure(everything):.3f} [{low:.3f}, {high:.3f}] ({each})")
    print(f"quality macro-F1, hard only {macro(everything[hard]):.3f}, the rest {macro(everything[~hard]):.3f}")
    show(QUALITIES, quality, guess)
    show(OWNERS, owner, owner_guess)


def interval(messages: Sequence[Message], figure: Callable[[Any], float]) -> tuple[float, float]:
    """Middle 95 % of a figure over bootstrap samples of authors' profiles."""
    authors = sorted({m.author for m in messages})
    rows = [np.flatnonzero([m.author == author for m in messages]) for author in authors]
    rng = np.random.default_rng(11)
    drawn = [figure(np.concatenate([rows[n] for n in rng.integers(len(rows), size=len(rows))])) for _ in range(DRAWS)]
    return float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))


def calibration_error(confidence: Any, right: Any) -> float:
    """Expected calibration error: mean gap of confidence and share right over ten bins of equal width."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs(float(confidence[bins == n].mean() - right[bins == n].mean())) * float((bins == n).mean()) for n in set(bins)]
    return float(sum(gaps))


def show(labels: Sequence[str], truth: Any, guess: Any) -> None:
    """A confusion matrix: rows are the truth."""
    width = max(map(len, labels))
    print(f"\n{'':{width}}  " + "  ".join(f"{label[:12]:>12}" for label in labels))
    for label, row in zip(labels, confusion_matrix(truth, guess, labels=range(len(labels))), strict=True):
        print(f"{label:{width}}  " + "  ".join(f"{count:>12}" for count in row))


def parts(messages: Sequence[Message]) -> None:
    """What the linear part and the encoder reach alone, and what always saying the most frequent label would."""
    texts = [tidy(m.text) for m in messages]
    quality = np.array([QUALITIES.index(m.quality) for m in messages])
    model = default_model()
    print("\n== parts, quality macro-F1")
    for name, scores in (("linear", model.lexical_scores(texts)), ("encoder", model.encoder_scores(texts))):
        print(f"{name}: {f1_score(quality, scores[0].argmax(axis=1), average='macro'):.3f}")
    most = Counter(quality.tolist()).most_common(1)[0][0]
    print(f"most frequent label: {f1_score(quality, np.full(len(quality), most), average='macro'):.3f}")


def near_duplicates() -> None:
    """How many rewritten questions are found, and how many unrelated ones are taken for the same."""
    both = [(f"{n}-{turn}", pair[turn]) for turn in (0, 1) for n, pair in enumerate(REWRITTEN)]
    pairs = similar_answered(_answered(both)).to_pylist()
    right = sum(row["question_id"].split("-")[0] == row["similar_question_id"].split("-")[0] for row in pairs)
    print(f"\n== near-duplicates: {right} of {len(REWRITTEN)} rewritten questions found, {len(pairs) - right} wrong")
    messages = [m for m in read_messages() if m.quality != "not_question"]
    started = time.process_time()
    found = similar_answered(_answered([(m.message_id, m.text) for m in messages]))
    spent = time.process_time() - started
    print(f"{found.num_rows} of {len(messages)} unrelated questions matched, {spent:.1f} CPU-s")
    texts = {m.message_id: m.text for m in messages}
    for row in found.to_pylist()[:5]:
        print(f"{row['similarity']:.2f} {texts[row['question_id']][:100]!r} ~ {texts[row['similar_question_id']][:100]!r}")


def _answered(questions: Sequence[tuple[str, str]]) -> pa.Table:
    """The questions an hour apart, each answered half an hour later."""
    start = np.datetime64("2026-01-01T00:00:00", "us")
    asked = [start + np.timedelta64(n, "h") for n in range(len(questions))]
    names, texts = zip(*questions, strict=True)
    answered = [moment + np.timedelta64(30, "m") for moment in asked]
    return pa.table({"question_id": names, "text": texts, "asked_at": asked, "answered_at": answered})


if __name__ == "__main__":
    main()
