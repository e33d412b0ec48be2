"""Suites of the marts about the company's own teams (alignment, hiring, product_ops): bounds, intervals, suppression."""

from __future__ import annotations

from collections.abc import Mapping

from data_quality.suite import Check, NoRows
from data_quality.suites.checks import (
    NOISE,
    ROUNDING,
    blocking,
    bounded,
    interval,
    listed,
    never,
    refers,
    small_teams,
    starts,
    suppressed,
)

HOURS_OF_A_WEEK = 168


_SCORES_OF_OTHERS = f"""
    WITH published AS (
        SELECT
            launch_id,
            sum(awareness * people) / sum(people) FILTER (awareness IS NOT NULL) AS awareness,
            CASE WHEN count(*) = count(readiness) THEN min(readiness) END AS readiness
        FROM alignment.launch_team_readiness WHERE NOT suppressed GROUP BY launch_id
    )
    SELECT launch_id, awareness_score, awareness, readiness_score, readiness
    FROM alignment.launch_readiness LEFT JOIN published USING (launch_id)
    WHERE (awareness IS NULL) <> (awareness_score IS NULL) OR abs(awareness - awareness_score) > {NOISE}
        OR (readiness IS NULL) <> (readiness_score IS NULL) OR abs(readiness - readiness_score) > {NOISE}
"""
_UNTRUE_QUOTES = """
    WITH said AS (
        SELECT launch_id, role, unnest(from_json(quotes, '["JSON"]')) AS said FROM alignment.readiness_digest
    )
    SELECT launch_id, role, (said->>'feedback_id') AS feedback_id
    FROM said LEFT JOIN core.feedback AS f ON f.feedback_id = (said->>'feedback_id')
    WHERE f.text IS NULL OR NOT contains(f.text, said->>'quote')
        OR f.channel IS DISTINCT FROM (said->>'channel')
        OR CAST(f.occurred_at AT TIME ZONE 'UTC' AS DATE) IS DISTINCT FROM TRY_CAST(said->>'said_on' AS DATE)
        OR sha256(said->>'quote') IS DISTINCT FROM (said->>'quote_sha256')
"""
_WRONG_FIGURES = """
    WITH shown AS (
        SELECT launch_id, role, unnest(from_json(figures, '["JSON"]')) AS shown FROM alignment.readiness_digest
    ),
    team AS (
        SELECT launch_id, team AS role, people::DOUBLE AS people, aware_people::DOUBLE AS aware_people,
            knowing_people::DOUBLE AS knowing_people, able_people::DOUBLE AS able_people, assets_there::DOUBLE AS assets_there
        FROM alignment.launch_team_readiness
    ),
    launch AS (
        SELECT launch_id, definition_of_done_done::DOUBLE AS definition_of_done_done,
            definition_of_done_total::DOUBLE AS definition_of_done_total, tickets_30d::DOUBLE AS tickets_30d
        FROM alignment.launch_readiness
    ),
    counted AS (
        FROM (UNPIVOT team ON COLUMNS(* EXCLUDE (launch_id, role)) INTO NAME figure VALUE counted)
        UNION ALL BY NAME
        FROM (UNPIVOT launch ON COLUMNS(* EXCLUDE launch_id) INTO NAME figure VALUE counted)
        UNION ALL BY NAME
        SELECT l.launch_id, 'asking_accounts' AS figure, count(DISTINCT f.account_id)::DOUBLE AS counted
        FROM core.launch AS l
        JOIN core.decision AS d USING (roadmap_item_id)
        JOIN core.feedback_theme AS t USING (theme_id)
        JOIN core.feedback AS f USING (feedback_id)
        GROUP BY l.launch_id
    )
    SELECT shown.launch_id, shown.role, (shown->>'figure') AS figure, (shown->>'value') AS shown_value, counted
    FROM shown LEFT JOIN counted
        ON counted.launch_id = shown.launch_id AND counted.figure = (shown->>'figure')
        AND coalesce(counted.role, shown.role) = shown.role
    WHERE counted IS DISTINCT FROM (shown->>'value')::DOUBLE OR coalesce(shown->>'sql', '') = ''
"""


def alignment(min_group_size: int) -> Mapping[str, tuple[Check, ...]]:
    """Checks by mart, beyond what every mart promises.

    Args:
        min_group_size: people below which a team is suppressed.
    """
    return {
        "alignment.inbound_question": (
            listed("quality", "awareness", "mechanics", "readiness", "not_question"),
            bounded("quality_confidence", 0, 1),
            bounded("first_answer_minutes", 0),
            listed("resolution", "documented", "stale_document", "answered_before", "new", "unanswered"),
            never(
                "score_follows_from_quality",
                "The health index counted from scores and from labels would differ.",
                "quality_score IS DISTINCT FROM "
                "CASE quality WHEN 'awareness' THEN 0 WHEN 'mechanics' THEN 0.5 WHEN 'readiness' THEN 1 END",
                "awareness 0, mechanics 0.5, readiness 1, none for what is no question",
                "quality quality_score",
            ),
        ),
        "alignment.health_weekly": (
            starts("week_start", "week"),
            bounded("questions", 0),
            bounded("readiness_share", 0, 1),
            interval("readiness_share"),
            bounded("health_index", 0, 100),
            interval("health_index", slack=ROUNDING),
            never(
                "qualities_are_questions",
                "More judged questions than questions count something twice.",
                "awareness + mechanics + readiness > questions",
                "awareness + mechanics + readiness ≤ questions",
                "questions",
            ),
            listed("trend", "rising", "falling", "stable", "insufficient_data"),
            interval("questions_per_head"),
            interval("trend_change"),
            never(
                "movement_is_significant",
                "A movement claimed where chance explains it sends people after noise.",
                "trend IN ('rising', 'falling') AND trend_change_low <= 0 AND trend_change_high >= 0",
                "rising or falling only where the interval of the change leaves out 0",
                "trend_change_low trend_change_high",
            ),
            *suppressed("questions", "questions_per_head", "readiness_share", "health_index"),
            blocking(
                "totals_do_not_reveal",
                "A total beside all teams but one gives the withheld team away.",
                NoRows(
                    """
                    SELECT week_start FROM alignment.health_weekly
                    GROUP BY week_start
                    HAVING count(*) FILTER (suppressed AND asker_team <> 'all') = 1
                        AND count(*) FILTER (NOT suppressed AND asker_team = 'all') > 0
                    """,
                    "where one team is suppressed, another one or the total is",
                ),
            ),
        ),
        "alignment.launch_readiness": _launch_readiness(),
        "alignment.launch_team_readiness": (
            *suppressed("knowledge", "ability", "assets", "readiness", "awareness", "people"),
            small_teams(f"NOT suppressed AND people < {min_group_size}", min_group_size),
            *(bounded(column, 1, 5) for column in ("knowledge", "ability", "assets", "readiness", "awareness")),
            *(interval(column) for column in ("knowledge", "ability", "readiness", "awareness")),
            never(
                "readiness_is_the_minimum",
                "A team that lacks one of the three is not ready, however good the others are.",
                "NOT suppressed AND readiness <> least(knowledge, ability, assets)",
                "readiness is the least of knowledge, ability and assets",
                "knowledge ability assets readiness",
            ),
            refers("launch_id", "core.launch"),
        ),
        "alignment.readiness_digest": (
            listed("kind", "readiness_guide", "status_update"),
            refers("launch_id", "core.launch"),
            never(
                "guide_has_its_parts",
                "A status update sold as a readiness guide leaves a team unprepared.",
                "kind = 'readiness_guide' AND (new_value IS NULL OR role_change IS NULL OR prepare_customers IS NULL)",
                "a readiness guide says the new value, the change of role and how to prepare customers",
            ),
            never(
                "status_update_says_what_it_lacks",
                "A text that lacks a part and does not say so passes for a guide.",
                "kind = 'status_update' AND coalesce(len(missing_parts), 0) = 0",
                "a status update names its missing parts",
                "kind",
            ),
            blocking(
                "quotes_are_true",
                "A quote that nobody said, or that was altered, puts words into a customer's mouth.",
                NoRows(
                    _UNTRUE_QUOTES,
                    "every quote of a digest is in the text it names, letter by letter, with its channel and day",
                ),
            ),
            blocking(
                "figures_recount",
                "A number that its own query does not give cannot be trusted, nor can the ones beside it.",
                NoRows(_WRONG_FIGURES, "every number of a digest comes out of its marts again"),
            ),
        ),
        "alignment.role_boundary": (
            starts("month_start", "month"),
            listed(
                "role",
                "product_management",
                "product_ops",
                "product_marketing",
                "programme_management",
                "support_engineering",
            ),
            bounded("misrouted_share", 0, 1),
            interval("misrouted_share", "low", "high"),
            *suppressed("handled", "misrouted_in", "misrouted_out", "misrouted_share"),
        ),
        "alignment.transparency_monthly": (
            starts("month_start", "month"),
            bounded("heard_arr_with_decision_share", 0, 1),
            bounded("effort_with_evidence_share", 0, 1),
            bounded("median_days_heard_to_decision", 0),
            bounded("median_days_decision_to_told", 0),
            bounded("revenue_pulse", 1, 5),
            bounded("product_pulse", 1, 5),
            *(
                interval(column)
                for column in ("heard_arr_with_decision_share", "effort_with_evidence_share", "revenue_pulse", "product_pulse")
            ),
        ),
    }


def _launch_readiness() -> tuple[Check, ...]:
    return (
        listed("verdict", "ready", "aware_not_ready", "not_aware", "insufficient_data"),
        listed("failure_mode", "readiness", "awareness", "none", "insufficient_data"),
        refers("launch_id", "core.launch"),
        bounded("awareness_score", 1, 5),
        bounded("readiness_score", 1, 5),
        bounded("adoption_30d", 0, 1),
        interval("adoption_30d", "adoption_low", "adoption_high"),
        *(
            interval(column)
            for column in ("awareness_score", "readiness_score", "tickets_30d_per_100_accounts", "tickets_baseline")
        ),
        blocking(
            "scores_of_published_teams",
            "A total that includes a withheld team gives it away to whoever subtracts the others.",
            NoRows(_SCORES_OF_OTHERS, "scores are made of the published teams alone"),
        ),
        never(
            "done_is_at_most_all",
            "More parts done than there are makes a launch look readier than it can be.",
            "definition_of_done_done > definition_of_done_total",
            "definition_of_done_done ≤ definition_of_done_total",
            "definition_of_done_done definition_of_done_total",
        ),
        never(
            "ready_has_evidence",
            "A launch called ready without education and documentation hides the gap that this mart exists to show.",
            "verdict = 'ready' AND NOT (has_in_product_education IS TRUE AND has_documentation IS TRUE "
            "AND definition_of_done_done = definition_of_done_total)",
            "a ready launch has every part of its definition of done",
            "verdict",
        ),
    )


def hiring(min_group_size: int) -> Mapping[str, tuple[Check, ...]]:
    """Checks by mart, beyond what every mart promises.

    Args:
        min_group_size: people below which a team is suppressed.
    """
    return {
        "hiring.pm_load_weekly": _pm_load(min_group_size),
        "hiring.signal": (
            listed(
                "signal",
                "stakeholder_load",
                "launch_readiness_failures",
                "transparency_not_scaling",
                "coordination_overhead",
                "small_early_team",
            ),
            listed("kind", "signal", "counter_signal"),
            listed("state", "firing", "watch", "clear", "insufficient_data"),
            interval("value"),
            never(
                "thin_data_gives_no_value",
                "A confident number from too little data leads to a wrong hire.",
                "state = 'insufficient_data' AND value IS NOT NULL",
                "no value where data is insufficient",
                "state n",
            ),
        ),
        "hiring.recommendation": (
            listed("form", "thing", "people"),
            listed("recommendation", "system_only", "first_hire", "grow_team", "leadership_hire", "insufficient_data"),
            bounded("robustness", 0, 1),
            never(
                "thing_is_not_people",
                "The two meanings of product operations would be mixed up.",
                "recommendation <> 'insufficient_data' "
                "AND (form = 'people') <> (recommendation IN ('first_hire', 'grow_team', 'leadership_hire'))",
                "people are recommended in the form people, and only there",
                "form recommendation",
            ),
        ),
        "hiring.before_after": (
            listed("event_kind", "hire", "system"),
            listed("state", "estimated", "insufficient_data", "confounded"),
            interval("change"),
            never(
                "silence_has_no_change",
                "A change claimed where the data cannot tell takes credit for chance.",
                "state <> 'estimated' AND change IS NOT NULL",
                "no change where nothing could be estimated",
                "state change",
            ),
        ),
        "hiring.role_profile": (listed("attribute", "origin", "leadership_requirement", "fit_indicator", "systems_arc"),),
    }


def _pm_load(min_group_size: int) -> tuple[Check, ...]:
    hours = ("stakeholder_hours_per_pm", "customer_hours_per_pm")
    shares = ("unclassified_hours_share", "customer_time_share")
    return (
        starts("week_start", "week"),
        *suppressed("questions_fielded_per_pm", *hours, *shares),
        interval("questions_fielded_per_pm"),
        small_teams(f"NOT suppressed AND pms < {min_group_size}", min_group_size),
        blocking(
            "totals_do_not_reveal",
            "A total beside all teams but one gives the withheld team away.",
            NoRows(
                """
                SELECT week_start FROM hiring.pm_load_weekly
                GROUP BY week_start
                HAVING count(*) FILTER (suppressed AND team <> 'all') = 1
                    AND count(*) FILTER (NOT suppressed AND team = 'all') > 0
                """,
                "the total is suppressed where exactly one team is",
            ),
        ),
        blocking(
            "differences_do_not_reveal",
            "What the total holds beside the teams shown is a figure of those that are not.",
            NoRows(
                f"""
                SELECT week_start, total - shown AS hidden FROM (
                    SELECT
                        week_start,
                        sum(pms) FILTER (team = 'all' AND NOT suppressed) AS total,
                        coalesce(sum(pms) FILTER (team <> 'all' AND NOT suppressed), 0) AS shown
                    FROM hiring.pm_load_weekly GROUP BY week_start
                ) WHERE total - shown BETWEEN 1 AND {min_group_size - 1}
                """,
                f"the teams withheld in a week hold none or at least {min_group_size} people",
            ),
        ),
        *(bounded(share, 0, 1) for share in shares),
        *(bounded(spent, 0, HOURS_OF_A_WEEK) for spent in hours),
    )


def product_ops() -> Mapping[str, tuple[Check, ...]]:
    """Checks by mart, beyond what every mart promises."""
    consistency = ("with_owner_share", "with_target_date_share", "with_outcome_share", "on_template_share", "consistency_score")
    return {
        "product_ops.system_arc": (
            starts("month_start", "month"),
            listed("kind", "process", "tool", "voc_loop", "content"),
            listed("stage", "stand_up", "established", "handed_off", "automated", "retired"),
            bounded("automated_share", 0, 1),
            bounded("manual_hours", 0),
            *suppressed("manual_hours"),
        ),
        "product_ops.time_mix_monthly": (
            starts("month_start", "month"),
            bounded("operational_share", 0, 1),
            bounded("automation_share", 0, 1),
            bounded("strategic_share", 0, 1),
            *suppressed("operational_share", "automation_share", "strategic_share", "logged_hours"),
            listed("arc_position", "stand_up", "hand_off", "advisory"),
            never(
                "shares_are_at_most_the_whole",
                "More time than there is makes the mix meaningless.",
                f"operational_share + automation_share + strategic_share > 1 + {NOISE}",
                "the three shares are at most the whole",
            ),
        ),
        "product_ops.tool_stack": (
            listed("boundary", "product_ops", "programme_management", "product_marketing"),
            bounded("accounts_covered_share", 0, 1),
        ),
        "product_ops.account_data_picture": (refers("account_id", "core.account"), bounded("completeness", 0, 1)),
        "product_ops.planning_consistency": (
            starts("quarter_start", "quarter"),
            bounded("items", 0),
            *suppressed("items", *consistency),
            *(bounded(share, 0, 1) for share in consistency),
        ),
    }
