"""The labelled messages behind the question model: eight batches by different writers, each labelled twice.

Rows whose two labels differ are kept and marked; whoever trains or scores leaves them out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "labels" / "questions"
QUALITIES = ("awareness", "mechanics", "readiness", "not_question")
OWNERS = ("product_management", "product_ops", "product_marketing", "programme_management", "support_engineering", "none")
BATCHES = ("a", "b", "c", "d", "e", "f", "g", "h")
# Never trained on, never looked at while choices were made: the published figure is theirs.
HELD_OUT = ("c", "g")


@dataclass(frozen=True, slots=True)
class Message:
    """One labelled message.

    Attributes:
        message_id: batch letter and number.
        batch: letter of the batch.
        author: batch and profile of the invented author; messages of one profile share a voice.
        text: the message.
        quality: its writer's label.
        owner: its writer's label; `none` exactly where nothing is asked.
        second_quality: label of a reader who saw nothing but the text.
        second_owner: the same for the owner.
        hard: a keyword, a tone or a second ask points elsewhere.
    """

    message_id: str
    batch: str
    author: str
    text: str
    quality: str
    owner: str
    second_quality: str
    second_owner: str
    hard: bool

    @property
    def disputed(self) -> bool:
        """Whether the two labels differ in quality or owner."""
        return (self.quality, self.owner) != (self.second_quality, self.second_owner)


def read_messages(batches: Iterable[str] = BATCHES, *, disputed: bool = False) -> list[Message]:
    """The messages of some batches in order; disputed ones only when asked for."""
    found = [_message(batch, line) for batch in batches for line in _lines(FOLDER / f"batch_{batch}.ndjson")]
    return [message for message in found if disputed or not message.disputed]


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _message(batch: str, row: dict[str, Any]) -> Message:
    profile = (row["role"], row["sector"], row["seniority"], row["first_language"])
    return Message(
        message_id=row["id"],
        batch=batch,
        author="|".join((batch, *profile)),
        text=row["text"],
        quality=row["quality"],
        owner=row["owner"],
        second_quality=row["second_quality"],
        second_owner=row["second_owner"],
        hard=row["hard"],
    )


def nominal_alpha(ratings: Sequence[Sequence[str | None]]) -> float:
    """Krippendorff's α for nominal labels: 1 is perfect agreement, 0 what chance would give.

    Args:
        ratings: for each item the labels that it got; None where a rater gave none. Items with fewer than two labels
            cannot agree or disagree and do not count.

    Raises:
        ValueError: no item has two labels.
    """
    pairable = [labels for item in ratings if len(labels := [label for label in item if label is not None]) > 1]
    if not pairable:
        raise ValueError("agreement needs at least one item with two labels")
    totals: dict[str, int] = {}
    disagreement = 0.0
    for labels in pairable:
        counts = {label: labels.count(label) for label in labels}
        for label, count in counts.items():
            totals[label] = totals.get(label, 0) + count
            disagreement += count * (len(labels) - count) / (len(labels) - 1)
    values = sum(totals.values())
    expected = sum(count * (values - count) for count in totals.values()) / (values - 1)
    return 1.0 if expected == 0 else 1 - disagreement / expected
