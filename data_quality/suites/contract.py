"""The public contract of the marts as data: grain and columns of every table that readers rely on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SCHEMAS = ("core", "voc", "alignment", "hiring", "product_ops", "trust")


@dataclass(frozen=True, slots=True)
class Mart:
    """A public table.

    Attributes:
        key: columns of its grain.
        columns: family of types (`data_quality.suite.FAMILIES`) by column that readers rely on.
        loose: key columns that may be missing: a row can be about something that is not known.
        shown: columns that name a row to a person; the key where empty.
    """

    key: tuple[str, ...]
    columns: Mapping[str, str]
    loose: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


def _mart(key: str, *, loose: str = "", shown: str = "", **families: str) -> Mart:
    columns = {column: family for family, names in families.items() for column in names.split()}
    return Mart(tuple(key.split()), columns, tuple(loose.split()), tuple((shown or key).split()))


CONTRACT: Mapping[str, Mart] = {
    "core.account": _mart(
        "account_id",
        text="account_id account_name domain segment plan lifecycle_stage region",
        number="arr source_count min_link_confidence",
        instant="created_at renewal_at",
    ),
    "core.account_link": _mart(
        "source_system source_id", text="source_system source_id account_id match_method", number="match_confidence"
    ),
    "core.account_history": _mart(
        "account_id valid_from",
        text="account_id segment plan lifecycle_stage",
        number="arr",
        instant="valid_from valid_to",
        boolean="is_observed is_earliest",
    ),
    "core.feedback": _mart(
        "feedback_id",
        text="feedback_id source_system source_stream source_key channel account_id contact_key product_area language "
        "sentiment_label text source_url",
        number="nps_score sentiment",
        instant="occurred_at",
    ),
    "core.theme": _mart(
        "theme_id valid_from",
        loose="valid_from",
        text="theme_id theme_name parent_theme_id product_area description status merged_into",
        instant="valid_from valid_to",
    ),
    "core.feedback_theme": _mart(
        "feedback_id theme_id",
        text="feedback_id theme_id theme_id_today quote quote_sha256 method taxonomy_version raised_by",
        number="confidence sentiment quote_start quote_end",
    ),
    "core.nps_response": _mart(
        "response_id",
        text="response_id source_system account_id contact_key nps_group feedback_id",
        number="score",
        instant="responded_at",
    ),
    "core.ticket": _mart(
        "ticket_id",
        text="ticket_id source_system status priority account_id product_area feedback_id",
        any="satisfaction",
        instant="created_at solved_at",
    ),
    "core.opportunity": _mart(
        "opportunity_id",
        text="opportunity_id source_system account_id stage loss_reason",
        number="amount",
        boolean="is_won is_lost",
        instant="created_at closed_at",
    ),
    "core.feature_usage_daily": _mart(
        "usage_date account_id product_area feature",
        loose="account_id product_area",
        day="usage_date",
        text="account_id product_area feature",
        number="active_users events",
    ),
    "core.launch": _mart(
        "launch_id", text="launch_id launch_name product_area roadmap_item_id", any="tier", instant="launch_at"
    ),
    "core.roadmap_item": _mart(
        "roadmap_item_id",
        text="roadmap_item_id source_system title product_area status",
        number="effort",
        instant="created_at shipped_at",
    ),
    "core.decision": _mart("decision_id", text="decision_id theme_id roadmap_item_id decision reason", instant="decided_at"),
    "core.team": _mart("team_id", text="team_id team_name function", number="headcount"),
    "voc.theme_weekly": _mart(
        "week_start theme_id segment channel series",
        day="week_start",
        text="theme_id segment channel trend series",
        number="mentions accounts feedback_n share share_low share_high arr_exposed sentiment_mean nps detractor_share "
        "expected_mentions anomaly_q",
    ),
    "voc.theme_summary": _mart(
        "theme_id window_start window_end",
        text="theme_id trend heard_state",
        day="window_start window_end",
        number="mentions accounts arr_exposed_low arr_exposed arr_exposed_high open_pipeline lost_arr churned_arr "
        "nps_impact nps_impact_low nps_impact_high severity_rank",
    ),
    "voc.theme_evidence": _mart(
        "theme_id rank stance",
        text="theme_id stance feedback_id quote quote_sha256 segment channel source_url",
        number="rank",
        instant="occurred_at",
    ),
    "voc.emerging_theme": _mart(
        "cluster_key",
        text="cluster_key label state",
        any="keywords example_feedback_ids",
        day="first_seen",
        number="mentions accounts arr_exposed growth",
    ),
    "voc.nps_monthly": _mart(
        "month_start segment",
        day="month_start",
        text="segment",
        number="n promoters passives detractors nps nps_low nps_high change",
        boolean="change_is_significant",
    ),
    "voc.nps_driver": _mart(
        "theme_id",
        text="theme_id method",
        number="importance importance_low importance_high leave_one_out_impact model_r2 n",
    ),
    "voc.heard_vs_building": _mart(
        "theme_id roadmap_item_id",
        loose="theme_id roadmap_item_id",
        text="theme_id roadmap_item_id state decision decision_reason link_method",
        number="heard_mentions heard_accounts heard_arr heard_rank effort_share days_heard_to_decision days_decision_to_told "
        "link_confidence",
        instant="heard_at decided_at shipped_at told_at",
    ),
    "voc.loop_closure": _mart(
        "account_id theme_id roadmap_item_id",
        text="account_id theme_id roadmap_item_id feedback_id owner_team state",
        instant="shipped_at told_at",
    ),
    "alignment.inbound_question": _mart(
        "question_id",
        text="question_id source_system channel_name asker_team launch_id text quality expected_owner answered_by_role "
        "resolution",
        number="quality_score quality_confidence first_answer_minutes",
        boolean="misrouted answered_before",
        instant="asked_at",
    ),
    "alignment.health_weekly": _mart(
        "week_start asker_team",
        day="week_start",
        text="asker_team trend",
        number="questions questions_per_head awareness mechanics readiness readiness_share readiness_share_low "
        "readiness_share_high health_index health_index_low health_index_high questions_per_head_low questions_per_head_high "
        "trend_change trend_change_low trend_change_high judged",
        boolean="suppressed",
    ),
    "alignment.launch_readiness": _mart(
        "launch_id",
        text="launch_id launch_name verdict failure_mode",
        instant="launch_at",
        number="awareness_score readiness_score definition_of_done_done definition_of_done_total tickets_30d_per_100_accounts "
        "tickets_baseline tickets_30d adoption_30d adoption_low adoption_high awareness_questions_30d readiness_questions_30d "
        "awareness_score_low awareness_score_high awareness_n readiness_score_low readiness_score_high "
        "tickets_30d_per_100_accounts_low tickets_30d_per_100_accounts_high tickets_baseline_low tickets_baseline_high",
        boolean="has_in_product_education has_documentation has_internal_readiness",
    ),
    "alignment.launch_team_readiness": _mart(
        "launch_id team",
        text="launch_id team",
        number="knowledge ability assets readiness readiness_low readiness_high awareness people aware_people knowing_people "
        "able_people assets_there knowledge_low knowledge_high ability_low ability_high awareness_low awareness_high",
        boolean="suppressed",
    ),
    "alignment.readiness_digest": _mart(
        "launch_id role",
        text="launch_id role new_value role_change prepare_customers kind quotes figures",
        any="missing_parts",
    ),
    "alignment.role_boundary": _mart(
        "month_start role",
        day="month_start",
        text="role",
        number="expected handled misrouted_in misrouted_out misrouted_share low high",
        boolean="suppressed",
    ),
    "alignment.transparency_monthly": _mart(
        "month_start",
        day="month_start",
        number="heard_arr heard_arr_with_decision_share effort_with_evidence_share median_days_heard_to_decision "
        "median_days_decision_to_told revenue_pulse product_pulse headcount heard_accounts heard_arr_with_decision_share_low "
        "heard_arr_with_decision_share_high effort_items effort_with_evidence_share_low effort_with_evidence_share_high "
        "revenue_pulse_n revenue_pulse_low revenue_pulse_high product_pulse_n product_pulse_low product_pulse_high",
    ),
    "hiring.pm_load_weekly": _mart(
        "week_start team",
        day="week_start",
        text="team",
        number="pms questions_fielded_per_pm stakeholder_hours_per_pm customer_hours_per_pm unclassified_hours_share "
        "customer_time_share questions_fielded_per_pm_low questions_fielded_per_pm_high",
        boolean="suppressed",
    ),
    "hiring.signal": _mart(
        "as_of signal",
        day="as_of window_start window_end",
        text="signal kind state evidence_query",
        number="value value_low value_high threshold n",
    ),
    "hiring.recommendation": _mart(
        "as_of",
        day="as_of",
        text="form recommendation rationale",
        any="firing_signals counter_signals",
        number="robustness",
    ),
    "hiring.role_profile": _mart("recommendation attribute", text="recommendation attribute note", any="value"),
    "hiring.before_after": _mart(
        "event_kind event_id event_on measure",
        text="event_kind event_id signal measure period state",
        day="event_on",
        number="periods_before periods_after level_before change change_low change_high",
        boolean="change_is_clear",
    ),
    "product_ops.system_arc": _mart(
        "month_start system_id",
        day="month_start hand_off_due",
        text="system_id name kind stage owner_role",
        number="manual_hours automated_share",
        boolean="overdue suppressed",
    ),
    "product_ops.time_mix_monthly": _mart(
        "month_start",
        day="month_start",
        number="operational_share automation_share strategic_share logged_hours",
        text="arc_position",
        boolean="arc_communicated suppressed",
    ),
    "product_ops.tool_stack": _mart(
        "tool",
        text="tool category owner_role boundary freshness_state",
        boolean="connected",
        instant="last_loaded_at",
        number="accounts_covered_share",
    ),
    "product_ops.account_data_picture": _mart(
        "account_id",
        text="account_id",
        instant="nps_last_seen crm_last_seen support_last_seen analytics_last_seen sales_last_seen research_last_seen",
        number="completeness",
    ),
    "product_ops.planning_consistency": _mart(
        "quarter_start team",
        day="quarter_start",
        text="team",
        number="items with_owner_share with_target_date_share with_outcome_share on_template_share consistency_score",
        boolean="suppressed",
    ),
    "trust.run": _mart(
        "run_id",
        text="run_id state code_version taxonomy_version",
        instant="started_at finished_at",
        number="seconds files rows_read rows_quarantined",
    ),
    "trust.run_step": _mart("run_id step", text="run_id step", instant="started_at finished_at", number="seconds attempts"),
    "trust.gate_result": _mart(
        "run_id suite expectation object",
        text="run_id suite expectation object severity observed expected",
        boolean="success waived",
    ),
    "trust.erasure": _mart(
        "erasure_id source", text="erasure_id kind source", instant="erased_at", number="files records mentions"
    ),
    "trust.waiver": _mart(
        "waiver_id",
        text="waiver_id suite expectation object reason waived_by withdrawn_by",
        boolean="covers_errors",
        instant="waived_at expires_at withdrawn_at",
    ),
    "trust.source_reconciliation": _mart(
        "",
        shown="source stream file",
        text="source stream file",
        number="rows_read rows_loaded rows_duplicate rows_superseded rows_quarantined balance",
    ),
    "trust.quarantine": _mart("", shown="source file line", text="source stream file reason raw_redacted", number="line"),
    "trust.freshness": _mart(
        "source stream",
        text="source stream state",
        instant="last_event_at last_loaded_at",
        any="expected_every",
    ),
    "trust.metric_definition": _mart(
        "metric version", text="metric formula reference limits", any="version", boolean="is_ours"
    ),
}

# Marts that every published file has; the others join them when their models do.
EXPECTED: tuple[str, ...] = (
    *(name for name in CONTRACT if name.startswith(("core.", "trust."))),
    "voc.nps_monthly",
    "voc.theme_weekly",
    "voc.theme_evidence",
)

TRENDS = ("new", "rising", "stable", "falling", "insufficient_data")
CHANNELS = ("nps", "support", "sales", "research")
