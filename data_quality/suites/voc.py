"""Suites of the voice-of-customer marts: bounds, intervals, quotes, and counts that add up to the single records."""

from __future__ import annotations

from collections.abc import Mapping

from data_quality.suite import Check, NoRows, literal
from data_quality.suites.checks import (
    ROUNDING,
    accounts_have_mentions,
    blocking,
    bounded,
    interval,
    listed,
    never,
    present,
    refers,
    starts,
    true_quote,
    warning,
)
from data_quality.suites.contract import CHANNELS, TRENDS


def voc() -> Mapping[str, tuple[Check, ...]]:
    """Checks by mart, beyond what every mart promises."""
    return {
        "voc.theme_weekly": _theme_weekly(),
        "voc.theme_summary": _theme_summary(),
        "voc.theme_evidence": _theme_evidence(),
        "voc.emerging_theme": (
            listed("state", "new", "growing", "fading", "adopted"),
            bounded("mentions", 1),
            bounded("arr_exposed", 0),
            accounts_have_mentions(),
        ),
        "voc.nps_monthly": _nps_monthly(),
        "voc.nps_driver": _nps_driver(),
        "voc.heard_vs_building": _heard_vs_building(),
        "voc.loop_closure": (
            listed("state", "to_tell", "told", "not_applicable"),
            refers("account_id", "core.account"),
            refers("theme_id", "core.theme"),
            refers("feedback_id", "core.feedback"),
            never(
                "told_says_when",
                "A loop that is closed at no time cannot be checked.",
                "(state = 'told') <> (told_at IS NOT NULL)",
                "told_at is there exactly where state is told",
                "state told_at",
            ),
        ),
    }


def _theme_weekly() -> tuple[Check, ...]:
    return (
        starts("week_start", "week"),
        listed("trend", *TRENDS),
        listed("series", "as_reported", "restated"),
        listed("channel", *CHANNELS, "all"),
        refers("theme_id", "core.theme"),
        bounded("share", 0, 1),
        interval("share"),
        bounded("detractor_share", 0, 1),
        bounded("anomaly_q", 0, 1),
        bounded("sentiment_mean", -1, 1),
        bounded("nps", -100, 100),
        bounded("mentions", 0),
        bounded("accounts", 0),
        bounded("arr_exposed", 0),
        never(
            "mentions_are_feedback",
            "More mentions than feedback, or more accounts than mentions, count something twice.",
            "mentions > feedback_n OR accounts > mentions",
            "accounts ≤ mentions ≤ feedback_n",
            "accounts mentions feedback_n",
        ),
        _mentions_reconcile("restated"),
        _mentions_reconcile("as_reported"),
    )


def _theme_summary() -> tuple[Check, ...]:
    return (
        refers("theme_id", "core.theme"),
        listed("trend", *TRENDS),
        never(
            "window_is_the_right_way_round",
            "A window that ends before it starts holds nothing.",
            "window_end <= window_start",
            "window_start is before window_end",
            "window_start window_end",
        ),
        interval("arr_exposed"),
        bounded("arr_exposed_low", 0),
        bounded("severity_rank", 1),
        interval("nps_impact", slack=ROUNDING),
        bounded("nps_impact", -200, 200),
        accounts_have_mentions(),
    )


def _theme_evidence() -> tuple[Check, ...]:
    return (
        listed("stance", "supporting", "counter"),
        bounded("rank", 1),
        refers("theme_id", "core.theme"),
        present("feedback_id", "A quote of nobody cannot be traced."),
        refers("feedback_id", "core.feedback"),
        *true_quote(),
        blocking(
            "quote_is_in_the_text",
            "A quote that the customer did not write is made up.",
            NoRows(
                """
                SELECT e.theme_id, e.rank, e.stance, e.feedback_id, e.quote_sha256
                FROM voc.theme_evidence AS e
                JOIN core.feedback AS f USING (feedback_id)
                WHERE e.quote = '' OR NOT contains(f.text, e.quote)
                """,
                "quote is a piece of the text of its feedback",
            ),
        ),
    )


def _nps_monthly() -> tuple[Check, ...]:
    return (
        starts("month_start", "month"),
        *(bounded(column, 0) for column in ("n", "promoters", "passives", "detractors")),
        *(bounded(column, -100, 100) for column in ("nps", "nps_low", "nps_high")),
        # The adjusted interval of a single answer is drawn to the middle so far that it need not reach the plain figure.
        interval("nps", slack=ROUNDING, when="n > 1"),
        never(
            "groups_add_up",
            "An answer in no group, or in two, bends the NPS.",
            "promoters + passives + detractors <> n",
            "promoters + passives + detractors = n",
            "n promoters passives detractors",
        ),
        never(
            "nps_follows_from_groups",
            "The published NPS would differ from the one that anyone can work out from the same row.",
            f"(n = 0 AND nps IS NOT NULL) OR abs(nps - 100.0 * (promoters - detractors) / nullif(n, 0)) > {ROUNDING}",
            "nps = 100 · (promoters − detractors) / n",
            "n nps",
        ),
        blocking(
            "answers_reconcile",
            "Answers that are lost on the way, or counted twice, bend every trend.",
            NoRows(
                f"""
                WITH {_ANSWERS}
                SELECT month, coalesce(counted.n, 0) AS counted, coalesce(single.n, 0) AS answers
                FROM counted FULL JOIN single USING (month)
                WHERE month < (SELECT max(month) FROM counted) AND coalesce(counted.n, 0) <> coalesce(single.n, 0)
                """,
                "n of every month but the last is the number of its scored answers",
            ),
        ),
        warning(
            "every_answer_is_counted",
            "Answers later than the moment from which the marts look back are not in the NPS yet.",
            NoRows(
                f"""
                WITH {_ANSWERS}
                SELECT counted, answers
                FROM (SELECT coalesce(sum(n), 0) AS counted FROM counted), (SELECT coalesce(sum(n), 0) AS answers FROM single)
                WHERE counted <> answers
                """,
                "n over all months is the number of scored answers that have a date",
            ),
        ),
        blocking(
            "segments_add_up",
            "A segment that is missing from the total, or in it twice, makes the splits contradict it.",
            NoRows(
                """
                SELECT month_start, sum(n) FILTER (segment = 'all') AS total, sum(n) FILTER (segment <> 'all') AS segments
                FROM voc.nps_monthly
                GROUP BY month_start HAVING total IS DISTINCT FROM segments
                """,
                "n of the segments adds up to n of all",
            ),
        ),
    )


def _nps_driver() -> tuple[Check, ...]:
    return (
        refers("theme_id", "core.theme"),
        interval("importance"),
        bounded("model_r2", 0, 1),
        blocking(
            "importances_add_up",
            "Shares of an explanation that do not add up to it mean nothing.",
            NoRows(
                """
                SELECT round(sum(importance), 6) AS importances, round(max(model_r2), 6) AS model_r2
                FROM voc.nps_driver HAVING abs(sum(importance) - max(model_r2)) > 0.001
                """,
                "importances add up to model_r2",
            ),
        ),
    )


def _heard_vs_building() -> tuple[Check, ...]:
    return (
        listed("state", "heard_not_building", "aligned", "building_not_heard", "declined", "shipped"),
        listed("decision", "build", "decline", "watch"),
        listed("link_method", "manual", "decision", "similarity"),
        bounded("link_confidence", 0, 1),
        bounded("effort_share", 0, 1),
        bounded("heard_arr", 0),
        bounded("days_heard_to_decision", 0),
        bounded("days_decision_to_told", 0),
        never(
            "is_about_something",
            "A row about neither a theme nor an item says nothing.",
            "theme_id IS NULL AND roadmap_item_id IS NULL",
            "a theme or a roadmap item is named",
            "state",
        ),
        refers("theme_id", "core.theme"),
        refers("roadmap_item_id", "core.roadmap_item"),
    )


_ANSWERS = """
    counted AS (
        SELECT month_start::DATE AS month, sum(n) AS n FROM voc.nps_monthly WHERE segment = 'all' GROUP BY ALL
    ),
    single AS (
        SELECT date_trunc('month', responded_at)::DATE AS month, count(*) AS n
        FROM core.nps_response WHERE score IS NOT NULL AND responded_at IS NOT NULL
        GROUP BY ALL
    )
"""
# Theme ids as today's taxonomy names them: a merged theme is what it was merged into, however often.
_TODAY = """
    latest AS (
        SELECT theme_id, status, merged_into FROM core.theme
        QUALIFY row_number() OVER (PARTITION BY theme_id ORDER BY valid_from DESC NULLS LAST) = 1
    ),
    steps AS (
        SELECT a.theme_id, b.theme_id AS next
        FROM latest AS a JOIN latest AS b ON a.merged_into = b.theme_id
        WHERE a.status = 'merged'
    ),
    walk AS (
        SELECT theme_id, theme_id AS reached, 0 AS hops FROM latest
        UNION ALL
        SELECT walk.theme_id, steps.next, hops + 1 FROM walk JOIN steps ON walk.reached = steps.theme_id WHERE hops < 50
    ),
    today AS (
        SELECT theme_id, arg_max(reached, hops) AS reached FROM walk GROUP BY theme_id
    )
"""


def _mentions_reconcile(series: str) -> Check:
    """Weekly counts are those of the single mentions, week by week.

    Only weeks that the mart keeps are compared, and not the last one, which may end in the middle.
    """
    now = "coalesce(m.theme_id_today, m.theme_id)"
    theme = "today.reached" if series == "restated" else "m.theme_id"
    return blocking(
        f"mentions_reconcile_{series}",
        "A trend that does not add up to the single mentions cannot be traced to what customers said.",
        NoRows(
            f"""
            WITH RECURSIVE {_TODAY},
            weekly AS (
                SELECT week_start::DATE AS week, theme_id, sum(mentions) AS n
                FROM voc.theme_weekly
                WHERE segment = 'all' AND channel = 'all' AND series = {literal(series)}
                GROUP BY ALL
            ),
            kept AS (
                SELECT min(week_start)::DATE AS first, max(week_start)::DATE AS last FROM voc.theme_weekly
            ),
            single AS (
                SELECT date_trunc('week', f.occurred_at)::DATE AS week, {theme} AS theme_id, count(DISTINCT m.feedback_id) AS n
                FROM core.feedback_theme AS m
                JOIN core.feedback AS f USING (feedback_id)
                JOIN today ON {now} = today.theme_id
                GROUP BY ALL
            )
            SELECT week, theme_id, coalesce(weekly.n, 0) AS weekly_mentions, coalesce(single.n, 0) AS single_mentions
            FROM weekly FULL JOIN single USING (week, theme_id)
            JOIN kept ON week >= kept.first AND week < kept.last
            WHERE coalesce(weekly.n, 0) <> coalesce(single.n, 0)
            """,
            f"weekly mentions ({series}) are the single mentions of core.feedback_theme",
        ),
    )
