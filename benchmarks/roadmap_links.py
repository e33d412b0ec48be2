"""How well titles of planned items are matched with themes: titles written apart from those that the threshold was chosen on.

`benchmarks/data/roadmap_titles.tsv` has titles in the voice of product managers and engineers, some of which answer no theme.
Run `python -m benchmarks.roadmap_links`; nothing here is trained or tuned on them.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pyarrow as pa
from statsmodels.stats.proportion import proportion_confint

from insights.embed import default_encoder
from insights.roadmap import SURE, match_items
from insights.taxonomy import load_taxonomy

TITLES = Path(__file__).with_name("data") / "roadmap_titles.tsv"


def matched(titles: list[str]) -> list[str | None]:
    """The theme of each title, or None where the model is not sure."""
    items = pa.table(
        {
            "source_system": ["bench"] * len(titles),
            "item_key": [str(number) for number in range(len(titles))],
            "words_sha256": [str(number) for number in range(len(titles))],
            "words": titles,
        }
    )
    return [row["theme_id"] for row in match_items(items, load_taxonomy(), (), default_encoder()).to_pylist()]


def told(what: str, hits: int, n: int) -> str:
    """A share with its Wilson interval, as a row of a table."""
    low, high = proportion_confint(hits, n, method="wilson") if n else (0.0, 1.0)
    return f"| {what} | {hits} of {n} | {100 * hits / max(n, 1):.0f} % | {100 * low:.0f} to {100 * high:.0f} % |"


def main() -> int:
    """Prints a table of precision and recall, and the links that are wrong."""
    with TITLES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    found = matched([row["title"] for row in rows])
    pairs = [(row["theme"] or None, theme, row["title"]) for row, theme in zip(rows, found, strict=True)]
    linked = [pair for pair in pairs if pair[1]]
    right = [pair for pair in linked if pair[0] == pair[1]]
    wrong = [pair for pair in linked if pair[0] != pair[1]]
    about_none = [pair for pair in pairs if pair[0] is None]
    lines = [
        f"| held-out titles, threshold {SURE} | | share | 95 % |",
        "|---|---|---|---|",
        told("links that are right (precision)", len(right), len(linked)),
        told("titles about a theme that are linked with it (recall)", len(right), len(pairs) - len(about_none)),
        told("titles about no theme that are linked all the same", sum(bool(p[1]) for p in about_none), len(about_none)),
        "",
        *(f"wrong: {title!r} is about {true or 'no theme'}, linked with {theme}" for true, theme, title in wrong),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
