"""Suites of the core marts: identities, evidence, and records that agree with the feedback they carry."""

from __future__ import annotations

from collections.abc import Mapping

from data_quality.suite import Check, NoRows, RowCount
from data_quality.suites.checks import (
    blocking,
    bounded,
    listed,
    never,
    present,
    refers,
    small_teams,
    true_quote,
    warning,
)
from data_quality.suites.contract import CHANNELS


def core(min_group_size: int) -> Mapping[str, tuple[Check, ...]]:
    """Checks by mart, beyond what every mart promises.

    Args:
        min_group_size: people below which a team is suppressed.
    """
    return {
        "core.account": (
            listed("lifecycle_stage", "prospect", "customer", "churned"),
            bounded("arr", 0),
            bounded("source_count", 1),
            bounded("min_link_confidence", 0, 1),
        ),
        "core.account_history": _account_history(),
        "core.account_link": _account_link(),
        "core.feedback": _feedback(),
        "core.theme": _theme(),
        "core.feedback_theme": _feedback_theme(),
        "core.nps_response": _nps_response(),
        "core.ticket": _ticket(),
        "core.opportunity": (
            refers("account_id", "core.account"),
            bounded("amount", 0, severity="warning"),
            never(
                "won_or_lost",
                "A deal counted as won and as lost is in both sums.",
                "is_won AND is_lost",
                "no deal is both won and lost",
            ),
        ),
        "core.feature_usage_daily": (
            refers("account_id", "core.account"),
            bounded("active_users", 0),
            bounded("events", 0),
            never(
                "users_have_events",
                "A user without an event inflates adoption.",
                "active_users > events",
                "active_users ≤ events",
                "active_users events",
            ),
        ),
        "core.launch": (refers("roadmap_item_id", "core.roadmap_item"),),
        "core.roadmap_item": (bounded("effort", 0),),
        "core.decision": (
            listed("decision", "build", "decline", "watch"),
            refers("theme_id", "core.theme"),
            refers("roadmap_item_id", "core.roadmap_item"),
        ),
        "core.team": (small_teams(f"headcount < {min_group_size}", min_group_size),),
    }


def _account_history() -> tuple[Check, ...]:
    return (
        listed("lifecycle_stage", "prospect", "customer", "churned"),
        bounded("arr", 0),
        refers("account_id", "core.account"),
        never(
            "rows_end_after_they_start",
            "A row that ends before it starts holds at no time, and a figure as of that time finds none.",
            "valid_to <= valid_from",
            "valid_from is before valid_to",
            "valid_to",
        ),
        blocking(
            "one_row_holds_now",
            "An account with two rows that hold counts its ARR twice, one with none not at all.",
            NoRows(
                """
                SELECT account_id, count(valid_from) AS rows_that_hold
                FROM core.account LEFT JOIN (SELECT account_id, valid_from FROM core.account_history WHERE valid_to IS NULL)
                    USING (account_id)
                GROUP BY account_id HAVING count(valid_from) <> 1
                """,
                "each account has one row without an end",
            ),
        ),
        blocking(
            "now_is_as_the_account_says",
            "If what holds now is not what the account says, nobody can trust what is said to have held before.",
            NoRows(
                """
                SELECT account_id, account.arr, history.arr AS arr_held, account.segment, history.segment AS segment_held
                FROM core.account AS account JOIN core.account_history AS history USING (account_id)
                WHERE history.valid_to IS NULL
                    AND (account.arr IS DISTINCT FROM history.arr OR account.segment IS DISTINCT FROM history.segment)
                """,
                "ARR and segment of the row without an end are the account's",
            ),
        ),
    )


def _account_link() -> tuple[Check, ...]:
    return (
        listed("match_method", "external_id", "domain", "exact_name", "probabilistic", "manual", "none"),
        present("match_method", "A link that does not say how it was made cannot be trusted or disputed."),
        bounded("match_confidence", 0, 1),
        refers("account_id", "core.account"),
        never(
            "unlinked_says_so",
            "A link without an account, or an account without a method, hides how well systems are joined.",
            "(account_id IS NULL) <> (match_method = 'none')",
            "account_id is missing exactly where match_method is none",
            "match_method",
        ),
    )


def _feedback() -> tuple[Check, ...]:
    traced = "A number that cannot be followed to its export row has no evidence."
    return (
        *(present(column, traced) for column in ("source_system", "source_stream", "source_key")),
        present("channel", "Feedback of no channel is missing from every split by channel."),
        present("text", "Feedback without words is no qualitative item."),
        present("occurred_at", "Feedback of no date is in no week and no month.", "warning"),
        listed("channel", *CHANNELS),
        listed("sentiment_label", "negative", "neutral", "positive"),
        bounded("nps_score", 0, 10),
        bounded("sentiment", -1, 1),
        refers("account_id", "core.account"),
        warning("any_rows", "A warehouse without feedback answers no question of a PM.", RowCount(1)),
    )


def _theme() -> tuple[Check, ...]:
    return (
        listed("status", "active", "merged", "split", "retired"),
        present("status", "Nobody can tell whether the theme is still in use."),
        present("theme_name", "A theme that people cannot read is noise on a dashboard."),
        blocking("any_rows", "Without themes nothing that customers say is sorted.", RowCount(1)),
        never(
            "versions_end_after_they_start",
            "A version that ends before it starts holds at no time.",
            "valid_to <= valid_from",
            "valid_from is before valid_to",
            "valid_to",
        ),
        blocking(
            "one_current_version",
            "Two current versions count every mention twice.",
            NoRows(
                """
                SELECT theme_id, count(*) AS current_versions
                FROM core.theme WHERE valid_to IS NULL
                GROUP BY theme_id HAVING count(*) > 1
                """,
                "at most one version of a theme has no end",
            ),
        ),
        never(
            "merged_says_into_what",
            "Mentions of a merged theme that leads nowhere vanish from the restated series.",
            "status = 'merged' AND (merged_into IS NULL OR merged_into = theme_id)",
            "a merged theme names another that took it over",
            "merged_into",
        ),
        refers("merged_into", "core.theme", "theme_id"),
        refers("parent_theme_id", "core.theme", "theme_id"),
    )


def _feedback_theme() -> tuple[Check, ...]:
    return (
        bounded("confidence", 0, 1),
        bounded("sentiment", -1, 1),
        refers("feedback_id", "core.feedback"),
        refers("theme_id", "core.theme"),
        refers("theme_id_today", "core.theme", "theme_id"),
        *true_quote(),
        blocking(
            "quote_is_in_the_text",
            "A quote that the customer did not write is made up.",
            NoRows(
                """
                SELECT m.feedback_id, m.theme_id, m.quote_start, m.quote_end, length(f.text) AS text_length
                FROM core.feedback_theme AS m
                JOIN core.feedback AS f USING (feedback_id)
                WHERE m.quote_start IS NULL OR m.quote_start < 0
                    OR m.quote_end IS NULL OR m.quote_end <= m.quote_start
                    OR substring(f.text, m.quote_start::BIGINT + 1, (m.quote_end - m.quote_start)::BIGINT)
                        IS DISTINCT FROM m.quote
                """,
                "quote is the text of its feedback from quote_start to quote_end",
            ),
        ),
    )


def _nps_response() -> tuple[Check, ...]:
    return (
        present("score", "An answer without a score is in no NPS."),
        bounded("score", 0, 10),
        listed("nps_group", "promoter", "passive", "detractor"),
        never(
            "group_follows_from_score",
            "NPS counted by group and by score would differ.",
            "nps_group IS DISTINCT FROM "
            "CASE WHEN score >= 9 THEN 'promoter' WHEN score >= 7 THEN 'passive' ELSE 'detractor' END",
            "9–10 promoter, 7–8 passive, 0–6 detractor",
            "score nps_group",
        ),
        refers("account_id", "core.account"),
        refers("feedback_id", "core.feedback"),
        blocking(
            "feedback_is_of_this_answer",
            "The words beside a score would be those of another answer.",
            NoRows(
                """
                SELECT r.response_id, r.score, f.nps_score, f.channel
                FROM core.nps_response AS r
                JOIN core.feedback AS f USING (feedback_id)
                WHERE f.nps_score IS DISTINCT FROM r.score OR f.channel <> 'nps' OR f.source_system <> r.source_system
                """,
                "the feedback of an answer has its score, its source and channel nps",
            ),
        ),
        _one_owner("core.nps_response", "response_id"),
    )


def _ticket() -> tuple[Check, ...]:
    return (
        present("status", "A case of no status is neither open nor solved."),
        refers("account_id", "core.account"),
        refers("feedback_id", "core.feedback"),
        blocking(
            "feedback_is_of_this_case",
            "The words of a case would be those of something else.",
            NoRows(
                """
                SELECT t.ticket_id, f.channel, f.source_system
                FROM core.ticket AS t
                JOIN core.feedback AS f USING (feedback_id)
                WHERE f.channel <> 'support' OR f.source_system <> t.source_system
                """,
                "the feedback of a case has its source and channel support",
            ),
        ),
        _one_owner("core.ticket", "ticket_id"),
        never(
            "solved_after_created",
            "A negative time to solve pulls every average down.",
            "solved_at < created_at",
            "created_at is not after solved_at",
            "created_at solved_at",
            "warning",
        ),
    )


def _one_owner(table: str, key: str) -> Check:
    return blocking(
        "feedback_has_one_owner",
        "Words that belong to two records are counted twice when they are joined.",
        NoRows(
            f"""
            SELECT feedback_id, count(*) AS owners, min({key}) AS first_owner
            FROM {table} WHERE feedback_id IS NOT NULL
            GROUP BY feedback_id HAVING count(*) > 1
            """,
            f"no feedback belongs to two rows of {table}",
        ),
    )
