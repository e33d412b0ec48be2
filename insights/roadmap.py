"""What planned items are about, by the model that hears the same themes in what customers say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from insights.assign import Example, ThemeModel, theme_model_version
from insights.embed import Encoder
from insights.evidence import split_clauses
from insights.taxonomy import Taxonomy
from insights.threads import one_thread

ENGINE = "roadmap-2"
# Higher than for what customers say: a title is few words, and a wrong link hides that nothing answers a theme. Of twelve
# titles of the sample company whose theme is known, three are matched above .6, all rightly; of six above .45 three are wrong.
# Of 84 titles written apart from those, 22 are matched above .6, 21 of them rightly (benchmarks/roadmap_links.py).
SURE = 0.6
SCHEMA = pa.schema(
    [
        ("source_system", pa.string()),
        ("item_key", pa.string()),
        ("words_sha256", pa.string()),
        ("model_version", pa.string()),
        ("theme_id", pa.string()),
        ("confidence", pa.float64()),
    ]
)


def roadmap_version(taxonomy: Taxonomy, labels: Sequence[Example], encoder: Encoder) -> str:
    """Identifies everything that the matches depend on, besides the words of the items."""
    return f"{ENGINE}-{theme_model_version(taxonomy, labels, encoder)}"


@one_thread
def match_items(items: pa.Table, taxonomy: Taxonomy, labels: Sequence[Example], encoder: Encoder) -> pa.Table:
    """The theme that each item is most surely about.

    Args:
        items: source_system, item_key, words_sha256 and words, redacted.
        taxonomy: the themes.
        labels: what people have labelled.
        encoder: turns words into vectors.

    Returns:
        One row an item by `SCHEMA`; theme and confidence are null below `SURE`.
    """
    model = ThemeModel(taxonomy, labels, encoder)
    clauses = split_clauses(items["words"].to_pylist())
    scores = model.score(clauses.words)
    active = set(model.ids)
    themes: list[str | None] = [None] * items.num_rows
    confidence: list[float | None] = [None] * items.num_rows
    for clause in np.argsort(-scores.max(axis=1, initial=0.0), kind="stable"):
        item, best = int(clauses.text[clause]), int(scores[clause].argmax())
        if themes[item] is not None or scores[clause, best] < SURE:
            continue
        theme = model.today(model.classes[best].id, clauses.words[clause])
        if theme in active:
            themes[item], confidence[item] = theme, float(scores[clause, best])
    version = pa.array([roadmap_version(taxonomy, labels, encoder)] * items.num_rows, pa.string())
    columns = [items[name] for name in ("source_system", "item_key", "words_sha256")]
    return pa.table([*columns, version, pa.array(themes, pa.string()), pa.array(confidence, pa.float64())], schema=SCHEMA)
