"""How often the digest lint is right: on the texts its phrases were chosen on, and on texts written after that.

Texts and labels (`data/digests.jsonl`) are by the author of the rules, in rounds: each was written before its texts were shown
to the rules, and only the last one is held out. People's own prose will do worse than the first figure.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from insights.digest import judge

TEXTS = Path(__file__).parent / "data" / "digests.jsonl"


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over one split.

    Attributes:
        texts: how many texts.
        right_kind: of them judged rightly as guide or status update.
        found: parts found and there.
        invented: parts found and not there.
        missed: parts there and not found.
    """

    texts: int
    right_kind: int
    found: int
    invented: int
    missed: int

    @property
    def precision(self) -> float:
        """Share of the found parts that are there."""
        return self.found / max(1, self.found + self.invented)

    @property
    def recall(self) -> float:
        """Share of the parts there that were found."""
        return self.found / max(1, self.found + self.missed)


def score(split: str) -> Score:
    """Judge every text of a split."""
    rows = [row for row in map(json.loads, TEXTS.read_text(encoding="utf-8").splitlines()) if row["split"] == split]
    right = found = invented = missed = 0
    for row in rows:
        judgement, wanted = judge(row["text"]), set(row["parts"])
        got = {each.part for each in judgement.found}
        right += (judgement.kind == "readiness_guide") == (len(wanted) == 3)
        found, invented, missed = found + len(got & wanted), invented + len(got - wanted), missed + len(wanted - got)
    return Score(len(rows), right, found, invented, missed)


def main() -> int:
    """Print both splits."""
    for split in ("tuning", "held_out"):
        result = score(split)
        print(
            f"{split:9} {result.texts} texts: kind right {result.right_kind}, "
            f"parts precision {result.precision:.2f}, recall {result.recall:.2f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
