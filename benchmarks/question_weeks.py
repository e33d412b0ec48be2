"""Does the interval of the alignment health index hold the true index, although a model judged the questions?

Weeks of questions are drawn from the messages by writers that the question model never saw, in several mixes and sizes, and
each week's interval is made with the macros of `alignment.health_weekly`. Beside it stands the interval that knows nothing of
the judge's errors. `python -m benchmarks question_weeks`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from jinja2 import Environment

from insights.question_labels import HELD_OUT, read_messages
from insights.questions import judge_questions

SCORES = {"awareness": 0.0, "mechanics": 0.5, "readiness": 1.0}
MIXES = {
    "even": {"awareness": 1 / 3, "mechanics": 1 / 3, "readiness": 1 / 3},
    "mostly awareness": {"awareness": 0.7, "mechanics": 0.2, "readiness": 0.1},
    "mostly readiness": {"awareness": 0.1, "mechanics": 0.2, "readiness": 0.7},
    "hardly any readiness": {"awareness": 0.3, "mechanics": 0.65, "readiness": 0.05},
}
SIZES, DRAWS = (10, 20, 40, 80), 300
FIRST = 10_000
MACROS = Path(__file__).resolve().parents[1] / "dbt_project" / "macros"
Judged = tuple[int, str, float]


def main() -> None:
    """Prints a line for each mix."""
    messages = read_messages(HELD_OUT)
    table = pa.table({"text_sha256": [m.message_id for m in messages], "text": [m.text for m in messages]})
    found = judge_questions(table).to_pylist()
    true = np.array([m.quality for m in messages])
    rng = np.random.default_rng(5)
    print("share of 95 % intervals that hold the true index; in brackets those that know nothing of the judge's errors")
    for name, mix in MIXES.items():
        judged = [
            (size * FIRST + number, found[row]["quality"], found[row]["quality_confidence"])
            for size in SIZES
            for number in range(DRAWS)
            for row in drawn_week(rng, true, size, mix)
        ]
        held = index_coverage(judged, true_index(mix), lambda week: week // FIRST)
        print(
            f"{name:<22}"
            + "".join(f"{size:>4}: {with_errors:.2f} ({plain:.2f})" for size, (with_errors, plain) in held.items())
        )


def true_index(mix: Mapping[str, float]) -> float:
    """Mean score of a mix of questions, 0 to 1."""
    return sum(share * SCORES[quality] for quality, share in mix.items())


def drawn_week(rng: np.random.Generator, true: Any, size: int, mix: Mapping[str, float]) -> list[int]:
    """Messages of a week: so many questions of a mix, and a quarter as many that ask nothing."""
    kinds = rng.choice(list(mix), size=size, p=list(mix.values())).tolist() + ["not_question"] * (size // 4)
    return [int(rng.choice(np.flatnonzero(true == kind))) for kind in kinds]


def index_coverage(judged: Sequence[Judged], index: float, group: Callable[[int], int]) -> dict[int, tuple[float, float]]:
    """Share of weeks whose interval holds the true index, by group: with the judge's errors, and by Wilson alone.

    Args:
        judged: week, quality and its confidence of each message; what is taken for no question is left out.
        index: the true one, 0 to 1.
        group: what a week belongs to.
    """
    files = ("statistics/intervals.sql", "rules/questions.sql", "rules/alignment.sql")
    template = Environment(autoescape=True).from_string("".join((MACROS / file).read_text("utf-8") for file in files))
    sql: Any = template.module
    query = f"""
        WITH summed AS (
            SELECT
                week, count(*) AS n, avg({sql.quality_score("quality")}) AS plain,
                avg({sql.expected_score("quality", "confidence")}) AS corrected,
                sum({sql.score_variance("quality", "confidence")}) / power(count(*), 2) AS wrong
            FROM judged WHERE quality <> 'not_question' GROUP BY week
        )
        SELECT
            week,
            {sql.judged_low("plain", "corrected", "n", "wrong")} <= $index
            AND {sql.judged_high("plain", "corrected", "n", "wrong")} >= $index,
            {sql.wilson_low("plain", "n")} <= $index AND {sql.wilson_high("plain", "n")} >= $index
        FROM summed ORDER BY week
    """
    held: dict[int, list[tuple[bool, bool]]] = {}
    with duckdb.connect() as con:
        columns = zip(*judged, strict=True)
        con.register("judged", pa.table(dict(zip(("week", "quality", "confidence"), map(list, columns), strict=True))))
        for week, with_errors, plain in con.execute(query, {"index": index}).fetchall():
            held.setdefault(group(week), []).append((with_errors, plain))
    return {key: (float(np.mean([w for w, _ in each])), float(np.mean([p for _, p in each]))) for key, each in held.items()}


if __name__ == "__main__":
    main()
