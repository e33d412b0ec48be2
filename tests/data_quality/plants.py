"""A violation for every check of every suite: SQL that adds it to a good database without undoing another one.

Simple rules get theirs from the rule itself; a rule written in SQL of its own has one here by suite and name. A check that
has none fails the tests, so that no check enters a suite without proof that it can fail.
"""

from datetime import datetime, timedelta

from data_quality.suite import (
    Accepted,
    Between,
    Columns,
    NoMatch,
    NotNull,
    Refers,
    RowCount,
    Unique,
    literal,
    quoted,
)

ADDRESS = "'please write to jane.doe@mail.example.com today'"


def like_first(table, **values):
    """A copy of the table's first row with other values, given as SQL."""
    replaced = ", ".join(f"{value} AS {quoted(column)}" for column, value in values.items())
    return f"INSERT INTO {quoted(table)} SELECT * REPLACE ({replaced}) FROM {quoted(table)} WHERE rowid = 0"


# By suite and check: columns of one added row, or statements. Each entry of a list is a violation by itself.
WRITTEN = {
    ("warehouse", "expected_marts"): ["DROP TABLE core.team"],
    ("warehouse", "only_public_schemas"): [
        "CREATE SCHEMA staging",
        "CREATE TABLE main.left_over (i INTEGER)",
        "CREATE SCHEMA raw; CREATE VIEW raw.peek AS SELECT 1 AS one",
    ],
    ("warehouse", "only_tables"): ["CREATE VIEW core.peek AS SELECT 1 AS one"],
    ("warehouse", "only_judged_marts"): ["CREATE TABLE core.unheard_of (i INTEGER)"],
    ("mart.core.account_history", "rows_end_after_they_start"): [{"valid_from": "'2023-06-01'", "valid_to": "'2023-06-01'"}],
    ("mart.core.account_history", "one_row_holds_now"): [
        {"valid_from": "'2025-01-01'", "valid_to": "NULL", "segment": "'enterprise'", "arr": "1200.5"},
        "DELETE FROM core.account_history WHERE account_id = 'a2'",
    ],
    ("mart.core.account_history", "now_is_as_the_account_says"): [
        "UPDATE core.account_history SET arr = 1200 WHERE account_id = 'a1' AND valid_to IS NULL",
        "UPDATE core.account_history SET segment = 'smb' WHERE account_id = 'a1' AND valid_to IS NULL",
    ],
    ("mart.core.account_link", "unlinked_says_so"): [
        {"source_id": "'9'", "match_method": "'none'"},
        {"source_id": "'9'", "account_id": "NULL"},
    ],
    ("mart.core.theme", "versions_end_after_they_start"): [{"valid_from": "'2025-06-01'", "valid_to": "'2025-01-01'"}],
    ("mart.core.theme", "one_current_version"): [{"valid_from": "'2025-06-01'"}],
    ("mart.core.theme", "merged_says_into_what"): [
        {"valid_from": "'2025-06-02'", "status": "'merged'"},
        {"valid_from": "'2025-06-02'", "status": "'merged'", "merged_into": "theme_id"},
    ],
    ("mart.core.feedback_theme", "quote_hash_matches"): [
        {"quote": "quote || ' and more'"},
        {"quote": "upper(quote)"},
        {"quote_sha256": "NULL"},
        {"quote_sha256": "upper(quote_sha256)"},
    ],
    ("mart.core.feedback_theme", "quote_is_in_the_text"): [
        {"quote": "upper(quote)", "quote_sha256": "sha256(upper(quote))"},
        {"quote_start": "quote_start + 1", "quote_end": "quote_end + 1"},
        # Offsets in bytes: the emoji and the umlauts before the quote make them larger.
        {"quote_start": "quote_start + 5", "quote_end": "quote_end + 5"},
        {"quote_start": "-1"},
        {"quote_start": "NULL"},
        {"quote_end": "NULL"},
        {"quote_end": "quote_start", "quote": "''", "quote_sha256": "sha256('')"},
        {"feedback_id": "'f2'"},
    ],
    ("mart.core.nps_response", "group_follows_from_score"): [
        {"score": "6", "nps_group": "'passive'"},
        {"score": "7", "nps_group": "'detractor'"},
        {"score": "8", "nps_group": "'promoter'"},
        {"score": "9", "nps_group": "'passive'"},
        {"nps_group": "NULL"},
    ],
    ("mart.core.nps_response", "feedback_is_of_this_answer"): [
        {"score": "9"},
        {"feedback_id": "'f2'"},
        {"source_system": "'other'"},
    ],
    ("mart.core.nps_response", "feedback_has_one_owner"): [{"response_id": "'r9'"}],
    ("mart.core.ticket", "feedback_is_of_this_case"): [{"feedback_id": "'f1'"}, {"source_system": "'other'"}],
    ("mart.core.ticket", "feedback_has_one_owner"): [{"ticket_id": "'t9'"}],
    ("mart.core.ticket", "solved_after_created"): [{"solved_at": "created_at - INTERVAL 1 SECOND"}],
    ("mart.core.opportunity", "won_or_lost"): [{"is_won": "true", "is_lost": "true"}],
    ("mart.core.feature_usage_daily", "users_have_events"): [{"active_users": "events + 1"}],
    ("mart.core.team", "small_teams_are_suppressed"): [{"headcount": "2"}],
    ("mart.voc.theme_weekly", "week_start_is_a_start"): [
        {"week_start": "DATE '2025-01-05'"},
        {"week_start": "DATE '2025-01-07'"},
    ],
    ("mart.voc.theme_weekly", "share_within_interval"): [
        {"share": "share_high + 0.001"},
        {"share": "share_low - 0.001"},
        {"share_low": "0.9", "share_high": "0.1", "share": "NULL"},
    ],
    ("mart.voc.theme_weekly", "mentions_are_feedback"): [{"mentions": "feedback_n + 1"}, {"accounts": "mentions + 1"}],
    ("mart.voc.theme_weekly", "mentions_reconcile_restated"): [
        {"series": "'restated'", "week_start": "DATE '2025-01-13'", "mentions": "1"},
        {"series": "'restated'", "theme_id": "'slow_export'", "mentions": "1"},
        "DELETE FROM voc.theme_weekly WHERE series = 'restated' AND channel = 'all' AND week_start = '2025-01-06'",
        like_first("core.feedback_theme", feedback_id="'f4'"),
    ],
    ("mart.voc.theme_weekly", "mentions_reconcile_as_reported"): [
        {"mentions": "1"},
        "DELETE FROM voc.theme_weekly WHERE series = 'as_reported' AND theme_id = 'slow_export'",
        like_first("core.feedback_theme", feedback_id="'f2'", theme_id="'slow_export'"),
    ],
    ("mart.voc.theme_summary", "window_is_the_right_way_round"): [{"window_end": "window_start"}],
    ("mart.voc.theme_summary", "arr_exposed_within_interval"): [{"arr_exposed": "arr_exposed_high + 1"}],
    ("mart.voc.theme_summary", "nps_impact_within_interval"): [{"nps_impact": "nps_impact_low - 1"}],
    ("mart.voc.theme_summary", "accounts_have_mentions"): [{"accounts": "mentions + 1"}],
    ("mart.voc.theme_evidence", "quote_hash_matches"): [{"quote": "quote || '!'"}, {"quote_sha256": "NULL"}],
    ("mart.voc.theme_evidence", "quote_is_in_the_text"): [
        {"quote": "'I never said this'", "quote_sha256": "sha256('I never said this')"},
        {"quote": "''", "quote_sha256": "sha256('')"},
        {"feedback_id": "'f4'"},
    ],
    ("mart.voc.emerging_theme", "accounts_have_mentions"): [{"accounts": "mentions + 1"}],
    ("mart.voc.nps_monthly", "month_start_is_a_start"): [{"month_start": "DATE '2025-01-02'"}],
    ("mart.voc.nps_monthly", "nps_within_interval"): [
        {"nps_high": "nps - 1"},
        {"nps_low": "nps + 1"},
        {"nps_low": "nps_high + 1"},
    ],
    ("mart.voc.nps_monthly", "groups_add_up"): [{"promoters": "promoters + 1"}, {"passives": "0"}],
    ("mart.voc.nps_monthly", "nps_follows_from_groups"): [
        {"nps": "nps + 1", "nps_low": "-100", "nps_high": "100"},
        {"n": "0", "promoters": "0", "passives": "0", "detractors": "0", "nps": "0"},
    ],
    ("mart.voc.nps_monthly", "answers_reconcile"): [
        {"segment": "'all'"},
        like_first("core.nps_response", response_id="'r8'", feedback_id="NULL"),
        like_first("core.nps_response", response_id="'r8'", feedback_id="NULL", responded_at="'2024-11-30'"),
        "DELETE FROM voc.nps_monthly WHERE month_start = '2025-01-01'",
    ],
    ("mart.voc.nps_monthly", "every_answer_is_counted"): [
        like_first("core.nps_response", response_id="'r8'", feedback_id="NULL", responded_at="'2025-02-20'"),
        like_first("core.nps_response", response_id="'r8'", feedback_id="NULL", responded_at="'2025-03-20'"),
    ],
    ("mart.voc.nps_monthly", "segments_add_up"): [
        {"segment": "'startup'"},
        "DELETE FROM voc.nps_monthly WHERE segment = 'smb'",
    ],
    ("mart.voc.nps_driver", "importance_within_interval"): [{"importance": "importance_high + 0.1"}],
    ("mart.voc.nps_driver", "importances_add_up"): [{"theme_id": "'slow_export'"}],
    ("mart.voc.heard_vs_building", "is_about_something"): [{"theme_id": "NULL", "roadmap_item_id": "NULL"}],
    ("mart.voc.loop_closure", "told_says_when"): [{"told_at": "NULL"}, {"state": "'to_tell'"}],
    ("mart.alignment.inbound_question", "score_follows_from_quality"): [
        {"quality_score": "0.5"},
        {"quality": "'awareness'"},
        {"quality_score": "NULL"},
        {"quality": "'not_question'"},
    ],
    ("mart.alignment.health_weekly", "week_start_is_a_start"): [{"week_start": "DATE '2025-01-08'"}],
    ("mart.alignment.health_weekly", "readiness_share_within_interval"): [{"readiness_share": "0.9"}],
    ("mart.alignment.health_weekly", "health_index_within_interval"): [{"health_index": "99"}],
    ("mart.alignment.health_weekly", "questions_per_head_within_interval"): [{"questions_per_head": "1.4"}],
    ("mart.alignment.health_weekly", "trend_change_within_interval"): [{"trend_change": "-4"}],
    ("mart.alignment.health_weekly", "movement_is_significant"): [{"trend": "'rising'"}, {"trend": "'falling'"}],
    ("mart.alignment.health_weekly", "qualities_are_questions"): [{"awareness": "3"}],
    ("mart.alignment.health_weekly", "suppressed_rows_are_empty"): [{"asker_team": "'x'", "suppressed": "true"}],
    ("mart.alignment.health_weekly", "totals_do_not_reveal"): [
        "DELETE FROM alignment.health_weekly WHERE asker_team = 'legal'",
    ],
    ("mart.alignment.launch_readiness", "done_is_at_most_all"): [{"definition_of_done_done": "6"}],
    ("mart.alignment.launch_readiness", "ready_has_evidence"): [
        {"has_documentation": "false"},
        {"has_in_product_education": "NULL"},
        {"definition_of_done_done": "4"},
    ],
    ("mart.alignment.launch_readiness", "adoption_30d_within_interval"): [{"adoption_30d": "0.9"}],
    ("mart.alignment.launch_readiness", "awareness_score_within_interval"): [{"awareness_score_low": "4.5"}],
    ("mart.alignment.launch_readiness", "readiness_score_within_interval"): [{"readiness_score_high": "2.5"}],
    ("mart.alignment.launch_readiness", "tickets_30d_per_100_accounts_within_interval"): [
        {"tickets_30d_per_100_accounts": "15"}
    ],
    ("mart.alignment.launch_readiness", "tickets_baseline_within_interval"): [{"tickets_baseline": "4"}],
    ("mart.alignment.launch_readiness", "scores_of_published_teams"): [
        {"awareness_score": "4.5"},
        {"readiness_score": "NULL"},
        {"launch_id": "'l2'", "readiness_score": "2"},
    ],
    ("mart.alignment.launch_team_readiness", "suppressed_rows_are_empty"): [{"suppressed": "true"}],
    ("mart.alignment.launch_team_readiness", "small_teams_are_suppressed"): [{"team": "'tiny'", "people": "2"}],
    ("mart.alignment.launch_team_readiness", "readiness_within_interval"): [{"readiness_low": "3.5"}],
    ("mart.alignment.launch_team_readiness", "knowledge_within_interval"): [{"knowledge_low": "4.5"}],
    ("mart.alignment.launch_team_readiness", "ability_within_interval"): [{"ability_high": "2.5"}],
    ("mart.alignment.launch_team_readiness", "awareness_within_interval"): [{"awareness_low": "4.5"}],
    ("mart.alignment.launch_team_readiness", "readiness_is_the_minimum"): [{"readiness": "4"}],
    ("mart.alignment.readiness_digest", "guide_has_its_parts"): [
        {"new_value": "NULL"},
        {"role_change": "NULL"},
        {"prepare_customers": "NULL"},
    ],
    ("mart.alignment.readiness_digest", "status_update_says_what_it_lacks"): [{"kind": "'status_update'"}],
    ("mart.alignment.readiness_digest", "quotes_are_true"): [
        {"quotes": "replace(quotes, 'export', 'import')"},
        {"quotes": "replace(quotes, '\"f2\"', '\"f4\"')"},
        {"quotes": "replace(quotes, 'sha256\": \"', 'sha256\": \"0')"},
        {"quotes": "replace(quotes, '\"support\"', '\"sales\"')"},
        {"quotes": "replace(quotes, '2025-01-08', '2025-01-09')"},
    ],
    ("mart.alignment.readiness_digest", "figures_recount"): [
        {"figures": "replace(figures, '\"value\": 5', '\"value\": 6')"},
        {"figures": "replace(figures, '\"value\": 7', '\"value\": 7.5')"},
        {"figures": "replace(figures, 'select 5', '')"},
        {"figures": "replace(figures, 'aware_people', 'happy_people')"},
    ],
    ("mart.alignment.role_boundary", "month_start_is_a_start"): [{"month_start": "DATE '2025-01-31'"}],
    ("mart.alignment.role_boundary", "misrouted_share_within_interval"): [{"misrouted_share": "0.5"}],
    ("mart.alignment.role_boundary", "suppressed_rows_are_empty"): [{"role": "'product_marketing'", "suppressed": "true"}],
    ("mart.alignment.transparency_monthly", "month_start_is_a_start"): [{"month_start": "DATE '2025-01-31'"}],
    ("mart.alignment.transparency_monthly", "heard_arr_with_decision_share_within_interval"): [
        {"heard_arr_with_decision_share": "0.8"}
    ],
    ("mart.alignment.transparency_monthly", "effort_with_evidence_share_within_interval"): [
        {"effort_with_evidence_share": "0.9"}
    ],
    ("mart.alignment.transparency_monthly", "revenue_pulse_within_interval"): [{"revenue_pulse": "4"}],
    ("mart.alignment.transparency_monthly", "product_pulse_within_interval"): [{"product_pulse": "2"}],
    ("mart.hiring.pm_load_weekly", "questions_fielded_per_pm_within_interval"): [{"questions_fielded_per_pm": "9"}],
    ("mart.hiring.pm_load_weekly", "week_start_is_a_start"): [{"week_start": "DATE '2025-01-12'"}],
    ("mart.hiring.pm_load_weekly", "suppressed_rows_are_empty"): [{"team": "'x'", "suppressed": "true"}],
    ("mart.hiring.pm_load_weekly", "small_teams_are_suppressed"): [{"team": "'y'", "pms": "2"}],
    ("mart.hiring.pm_load_weekly", "totals_do_not_reveal"): [
        like_first("hiring.pm_load_weekly", week_start="DATE '2025-01-13'", team="'x'", suppressed="true")
        + "; "
        + like_first("hiring.pm_load_weekly", week_start="DATE '2025-01-13'", team="'all'")
    ],
    ("mart.hiring.pm_load_weekly", "differences_do_not_reveal"): [
        # A week of its own: all violations are planted at once, too.
        like_first("hiring.pm_load_weekly", week_start="DATE '2025-01-20'")
        + "; "
        + like_first("hiring.pm_load_weekly", week_start="DATE '2025-01-20'", team="'all'", pms="5")
    ],
    ("mart.hiring.before_after", "change_within_interval"): [{"change": "0.2"}],
    ("mart.hiring.before_after", "silence_has_no_change"): [{"state": "'confounded'"}],
    ("mart.product_ops.planning_consistency", "suppressed_rows_are_empty"): [{"team": "'x'", "suppressed": "true"}],
    ("mart.hiring.signal", "value_within_interval"): [{"value": "0.9"}],
    ("mart.hiring.signal", "thin_data_gives_no_value"): [{"state": "'insufficient_data'"}],
    ("mart.hiring.recommendation", "thing_is_not_people"): [{"form": "'people'"}, {"recommendation": "'first_hire'"}],
    ("mart.product_ops.system_arc", "suppressed_rows_are_empty"): [{"system_id": "'x'", "suppressed": "true"}],
    ("mart.product_ops.time_mix_monthly", "suppressed_rows_are_empty"): [
        {"month_start": "DATE '2025-02-01'", "suppressed": "true"}
    ],
    ("mart.product_ops.system_arc", "month_start_is_a_start"): [{"month_start": "DATE '2025-01-15'"}],
    ("mart.product_ops.time_mix_monthly", "month_start_is_a_start"): [{"month_start": "DATE '2025-01-15'"}],
    ("mart.product_ops.time_mix_monthly", "shares_are_at_most_the_whole"): [{"automation_share": "0.4"}],
    ("mart.product_ops.planning_consistency", "quarter_start_is_a_start"): [{"quarter_start": "DATE '2025-02-01'"}],
    ("mart.trust.run", "ends_after_it_starts"): [{"finished_at": "started_at - INTERVAL 1 SECOND"}],
    ("mart.trust.gate_result", "waived_never_holds"): [{"waived": "true"}],
    ("mart.trust.waiver", "ends_after_it_starts"): [{"expires_at": "waived_at"}, {"expires_at": "NULL"}],
    ("mart.trust.source_reconciliation", "balance_is_zero"): [{"rows_read": "11", "balance": "1"}, {"balance": "NULL"}],
    ("mart.trust.source_reconciliation", "balance_is_worked_out"): [{"rows_loaded": "5"}, {"rows_quarantined": "NULL"}],
    ("mart.trust.quarantine", "rows_reconcile"): [
        {"line": "8"},
        "DELETE FROM trust.quarantine WHERE line = 7",
        like_first("trust.source_reconciliation", file="'desk/other.json'"),
    ],
    ("landed.desk__ticket", "created_at_not_ahead"): [{"created_at": "'2025-02-11'"}],
    ("landed.desk__ticket", "balance_is_zero"): [
        "UPDATE ops.file SET rows_read = rows_read + 1 WHERE file = 'desk/2.json'",
        "UPDATE ops.file SET rows_loaded = NULL WHERE file = 'desk/2.json'",
    ],
    ("landed.desk__ticket", "rows_recounted"): [
        "DELETE FROM raw.desk__ticket WHERE id = 'd3-7'",
        "DELETE FROM history.desk__ticket",
        "DELETE FROM ops.quarantine WHERE line = 9",
        "INSERT INTO raw.desk__ticket SELECT * REPLACE ('new' AS id, 99 AS _sequence) FROM raw.desk__ticket WHERE rowid = 0",
        # One row more here and one fewer there balance in sum.
        "UPDATE raw.desk__ticket SET _sequence = 4, _file = 'desk/4.json' WHERE id = 'd3-8'",
    ],
    ("landed.desk__ticket", "few_rows_quarantined"): [
        "UPDATE ops.file SET rows_loaded = 197, rows_quarantined = 3 WHERE file = 'desk/5.json'"
    ],
    ("landed.desk__ticket", "most_rows_readable"): [
        "UPDATE ops.file SET rows_loaded = 85, rows_quarantined = 115 WHERE file = 'desk/5.json'",
        "UPDATE ops.file SET rows_read = 4, rows_loaded = 0, rows_quarantined = 4 WHERE file = 'desk/5.json'",
    ],
    ("landed.desk__ticket", "usual_volume"): [
        "UPDATE ops.file SET rows_read = 50 WHERE file = 'desk/6.json'",
        "UPDATE ops.file SET rows_read = 700 WHERE file = 'desk/6.json'",
    ],
    ("landed.desk__ticket", "no_new_drift"): [
        "INSERT INTO ops.drift VALUES ('desk', 'ticket', 'desk/6.json', 'unknown_column', 'colour', '', 6)",
        "INSERT INTO ops.drift VALUES ('desk', 'ticket', 'desk/6.json', 'missing_column', 'mood', '', 6)",
        "INSERT INTO ops.drift VALUES ('desk', 'ticket', 'desk/6.json', 'padded_rows', NULL, '', 6)",
    ],
    ("landed.desk__ticket", "fresh"): ["UPDATE ops.file SET loaded_at = loaded_at - INTERVAL 8 DAY"],
    ("landed.deliveries", "files_recognised"): [
        "INSERT INTO ops.file (source, file, sequence, state) VALUES ('desk', 'x.txt', 7, 'unrecognised')"
    ],
    ("landed.deliveries", "files_accepted"): [
        "INSERT INTO ops.file (source, file, sequence, state) VALUES ('desk', 'y.csv', 7, 'rejected')"
    ],
    ("landed.deliveries", "unread_files_hold_no_rows"): [
        "INSERT INTO ops.file (source, file, sequence, state, rows_loaded) VALUES ('desk', 'z.csv', 7, 'rejected', 3)"
    ],
}
# The second stream has the checks of the first on a table of its own.
WRITTEN |= {
    ("landed.usage__event", name): [
        statement.replace("desk__ticket", "usage__event")
        .replace("'desk'", "'usage'")
        .replace("'ticket'", "'event'")
        .replace("desk/", "usage/")
        .replace(".json", ".csv")
        for statement in WRITTEN["landed.desk__ticket", name]
        if "REPLACE" not in statement
    ]
    for name in ("balance_is_zero", "few_rows_quarantined", "most_rows_readable", "usual_volume", "no_new_drift", "fresh")
} | {("landed.usage__event", "rows_recounted"): ["DELETE FROM raw.usage__event WHERE rowid = 3"]}


def plants(suite, check):
    """Violations of a check, each a SQL script; empty where nobody has written one."""
    table, rule = suite.object, check.rule
    written = WRITTEN.get((suite.name, check.name))
    if written is not None:
        return [plant if isinstance(plant, str) else like_first(table, **plant) for plant in written]
    if isinstance(rule, Columns):
        return _changed_columns(table, rule)
    if isinstance(rule, Unique):
        return [f"INSERT INTO {quoted(table)} SELECT * FROM {quoted(table)} WHERE rowid = 0"]
    if isinstance(rule, RowCount):
        return [f"DELETE FROM {quoted(table)}"]
    return [like_first(table, **{column: value}) for column, value in _wrong_values(suite, rule)] + (
        # A column that the contract does not name is looked at too.
        [f"ALTER TABLE {quoted(table)} ADD COLUMN remark VARCHAR DEFAULT {ADDRESS}"] if isinstance(rule, NoMatch) else []
    )


def _wrong_values(suite, rule):
    """Columns, and SQL of a value that breaks the rule there."""
    match rule:
        case NotNull(columns=columns):
            yield from ((column, "NULL") for column in columns)
        case Between(column=column):
            yield from ((column, value) for value in _beyond(rule))
        case Accepted(column=column):
            yield column, "'nonsense'"
        case Refers(column=column):
            yield column, "'nowhere'"
        case NoMatch():
            yield from ((column, ADDRESS) for column in text_columns(suite))


def _changed_columns(table, rule):
    column, kind = list(rule.types.items())[-1]
    other = "BLOB" if kind in ("number", "BIGINT") else "INTEGER"
    gone = f"ALTER TABLE {quoted(table)} DROP COLUMN {quoted(column)}"
    changed = f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column)} TYPE {other} USING NULL"
    return [gone] if kind == "any" else [gone, changed]


def _beyond(rule):
    for bound, step in ((rule.low, -1), (rule.high, 1)):
        if isinstance(bound, datetime):
            yield literal(bound + step * timedelta(seconds=1))
        elif bound is not None:
            yield f"{bound + step * 0.001}::DOUBLE" if step > 0 else f"{bound + step}::DOUBLE"


def text_columns(suite):
    """Columns of the judged table that can hold an address."""
    types = next(check.rule for check in suite.checks if isinstance(check.rule, Columns)).types
    return [column for column, kind in types.items() if kind in ("text", "VARCHAR") and column != "_file"]


def is_structural(plant):
    """Whether a violation takes away what others need to be seen."""
    return plant.startswith(("DELETE", "DROP", "ALTER", "UPDATE"))
