"""A valid warehouse in small: every mart of the contract with a few rows that agree with each other.

Feedback f1 mentions two themes of which one was merged into the other, so that the restated series counts it once. The
texts hold emoji and letters of several bytes, so that offsets in bytes would be caught.
"""

from hashlib import sha256
from json import dumps
from pathlib import Path

import duckdb

from data_quality.suites.contract import CONTRACT

DDL = {"text": "VARCHAR", "number": "DOUBLE", "boolean": "BOOLEAN", "instant": "TIMESTAMPTZ", "day": "DATE"}
LISTS = ("keywords", "example_feedback_ids", "firing_signals", "counter_signals", "missing_parts")

TEXTS = {
    "f1": "🎉 Größe zählt: the export takes hours, and naïve retries lose rows.",
    "f2": "Our export fails every night.",
    "f3": "Love it, though exports are slow.",
    "f4": "How do I add a colleague?",
    "f5": "Exports got better.",
}
OCCURRED = {"f1": "2025-01-06 10:00:00+00", "f2": "2025-01-08", "f3": "2025-01-15", "f4": "2025-01-22", "f5": "2025-02-03"}
CHANNEL = {"f1": "nps", "f2": "support", "f3": "nps", "f4": "support", "f5": "nps"}
SCORES = {"f1": 10, "f3": 8, "f5": 9}


def _quote(feedback_id, theme_id, words, **more):
    start = TEXTS[feedback_id].index(words)
    return {
        "feedback_id": feedback_id,
        "theme_id": theme_id,
        "confidence": 0.9,
        "sentiment": -0.4,
        "quote": words,
        "quote_start": start,
        "quote_end": start + len(words),
        "quote_sha256": sha256(words.encode()).hexdigest(),
        "method": "seed_phrase",
        "taxonomy_version": "t1",
        "raised_by": "a1",
        **more,
    }


def _evidence(theme_id, rank, stance, feedback_id, words):
    return {
        "theme_id": theme_id,
        "rank": rank,
        "stance": stance,
        "feedback_id": feedback_id,
        "quote": words,
        "quote_sha256": sha256(words.encode()).hexdigest(),
        "segment": "enterprise",
        "channel": CHANNEL[feedback_id],
        "occurred_at": OCCURRED[feedback_id],
    }


def _week(start, theme_id, series, mentions, feedback_n, **more):
    share = mentions / feedback_n
    return {
        "week_start": start,
        "theme_id": theme_id,
        "segment": "all",
        "channel": "all",
        "series": series,
        "mentions": mentions,
        "accounts": min(mentions, 1),
        "feedback_n": feedback_n,
        "share": share,
        "share_low": share * 0.3,
        "share_high": min(1, share * 1.2),
        "arr_exposed": 1200.5,
        "sentiment_mean": -0.4,
        "nps": -12.5,
        "detractor_share": 0.4,
        "expected_mentions": 1.5,
        "anomaly_q": 0.8,
        "trend": "stable",
        **more,
    }


def _month(start, segment, promoters, passives, detractors, low, high):
    n = promoters + passives + detractors
    nps = round(100 * (promoters - detractors) / n, 1)
    return {
        "month_start": start,
        "segment": segment,
        "n": n,
        "promoters": promoters,
        "passives": passives,
        "detractors": detractors,
        "nps": nps,
        "nps_low": low,
        "nps_high": high,
    }


ROWS = {
    "core.account": [
        {
            "account_id": "a1",
            "account_name": "Aurora",
            "domain": "aurora.example",
            "segment": "enterprise",
            "arr": 1200.5,
            "lifecycle_stage": "customer",
            "created_at": "2024-01-01",
            "source_count": 2,
            "min_link_confidence": 0.9,
        },
        {"account_id": "a2", "segment": "smb", "lifecycle_stage": "churned", "source_count": 1, "min_link_confidence": 1},
    ],
    "core.account_history": [
        {
            "account_id": "a1",
            "valid_from": "2024-01-01",
            "valid_to": "2024-06-01",
            "segment": "smb",
            "arr": 200,
            "lifecycle_stage": "prospect",
            "is_observed": True,
            "is_earliest": True,
        },
        {
            "account_id": "a1",
            "valid_from": "2024-06-01",
            "segment": "enterprise",
            "arr": 1200.5,
            "lifecycle_stage": "customer",
            "is_observed": True,
            "is_earliest": False,
        },
        {
            "account_id": "a2",
            "valid_from": "2024-01-01",
            "segment": "smb",
            "lifecycle_stage": "churned",
            "is_observed": False,
            "is_earliest": True,
        },
    ],
    "core.account_link": [
        {"source_system": "crm", "source_id": "1", "account_id": "a1", "match_method": "external_id", "match_confidence": 1},
        {"source_system": "crm", "source_id": "2", "account_id": "a2", "match_method": "domain", "match_confidence": 0.9},
        {"source_system": "desk", "source_id": "3", "match_method": "none", "match_confidence": 0},
    ],
    "core.feedback": [
        {
            "feedback_id": feedback_id,
            "source_system": "survey" if CHANNEL[feedback_id] == "nps" else "desk",
            "source_stream": "response",
            "source_key": f"k-{feedback_id}",
            "channel": CHANNEL[feedback_id],
            "occurred_at": OCCURRED[feedback_id],
            "account_id": "a1",
            "contact_key": "c" * 64,
            "product_area": "data",
            "nps_score": SCORES.get(feedback_id),
            "language": "en",
            "sentiment": -0.4,
            "sentiment_label": "negative",
            "text": text,
            "source_url": f"https://desk.example/@team/{feedback_id}",
        }
        for feedback_id, text in TEXTS.items()
    ],
    "core.theme": [
        {
            "theme_id": "data_export",
            "theme_name": "Data export",
            "parent_theme_id": "data",
            "status": "active",
            "valid_from": "2024-01-01",
        },
        # A theme that has been there from the beginning.
        {"theme_id": "data", "theme_name": "Data", "status": "active"},
        {
            "theme_id": "slow_export",
            "theme_name": "Slow export",
            "status": "active",
            "valid_from": "2024-01-01",
            "valid_to": "2025-01-10",
        },
        {
            "theme_id": "slow_export",
            "theme_name": "Slow export",
            "status": "merged",
            "merged_into": "data_export",
            "valid_from": "2025-01-10",
        },
    ],
    "core.feedback_theme": [
        _quote("f1", "data_export", "the export takes hours"),
        _quote("f1", "slow_export", "naïve retries lose rows"),
        _quote("f2", "data_export", "export fails"),
        _quote("f3", "data_export", "exports are slow"),
        _quote("f5", "data_export", "Exports got better", sentiment=0.6),
    ],
    "core.nps_response": [
        {
            "response_id": "r1",
            "responded_at": OCCURRED["f1"],
            "account_id": "a1",
            "score": 10,
            "nps_group": "promoter",
            "feedback_id": "f1",
        },
        {"response_id": "r2", "responded_at": "2025-01-20", "account_id": "a2", "score": 3, "nps_group": "detractor"},
        {
            "response_id": "r3",
            "responded_at": OCCURRED["f3"],
            "account_id": "a1",
            "score": 8,
            "nps_group": "passive",
            "feedback_id": "f3",
        },
        {
            "response_id": "r4",
            "responded_at": OCCURRED["f5"],
            "account_id": "a1",
            "score": 9,
            "nps_group": "promoter",
            "feedback_id": "f5",
        },
    ],
    "core.ticket": [
        {"ticket_id": "t1", "status": "solved", "created_at": "2025-01-08", "solved_at": "2025-01-09", "feedback_id": "f2"},
        {"ticket_id": "t2", "status": "open", "created_at": "2025-01-22", "account_id": "a1", "feedback_id": "f4"},
    ],
    "core.opportunity": [
        {"opportunity_id": "o1", "account_id": "a1", "amount": 5000.25, "is_won": True, "is_lost": False},
        {"opportunity_id": "o2", "account_id": "a2", "is_won": False, "is_lost": True, "loss_reason": "price"},
    ],
    "core.feature_usage_daily": [
        {
            "usage_date": "2025-01-06",
            "account_id": "a1",
            "product_area": "data",
            "feature": "export",
            "active_users": 2,
            "events": 5,
        },
        {"usage_date": "2025-01-06", "feature": "export", "active_users": 1, "events": 1},
    ],
    "core.launch": [{"launch_id": "l1", "launch_name": "New export", "roadmap_item_id": "i1"}, {"launch_id": "l2"}],
    "core.roadmap_item": [{"roadmap_item_id": "i1", "title": "New export", "effort": 8}, {"roadmap_item_id": "i2"}],
    "core.decision": [{"decision_id": "d1", "theme_id": "data_export", "roadmap_item_id": "i1", "decision": "build"}],
    "core.team": [{"team_id": "pm", "function": "product", "headcount": 5}, {"team_id": "legal", "function": "other"}],
    "voc.theme_weekly": [
        _week("2025-01-06", "data_export", "as_reported", 2, 2),
        _week("2025-01-06", "slow_export", "as_reported", 1, 2),
        _week("2025-01-13", "data_export", "as_reported", 1, 1),
        _week("2025-01-06", "data_export", "restated", 2, 2),
        _week("2025-01-06", "data_export", "restated", 1, 1, channel="nps"),
        _week("2025-01-13", "data_export", "restated", 1, 1),
        _week("2025-01-20", "data_export", "restated", 0, 1, trend="falling"),
        # The last week is unfinished: its mention is counted later.
        _week("2025-02-03", "data_export", "restated", 0, 1, trend="insufficient_data", share=None, nps=None),
    ],
    "voc.theme_summary": [
        {
            "theme_id": "data_export",
            "window_start": "2024-11-04",
            "window_end": "2025-02-03",
            "mentions": 4,
            "accounts": 1,
            "arr_exposed_low": 1000,
            "arr_exposed": 1200.5,
            "arr_exposed_high": 1300,
            "nps_impact": -3.5,
            "nps_impact_low": -8,
            "nps_impact_high": 1,
            "severity_rank": 1,
            "trend": "stable",
            "heard_state": "aligned",
        }
    ],
    "voc.theme_evidence": [
        _evidence("data_export", 1, "supporting", "f1", "the export takes hours"),
        _evidence("data_export", 1, "counter", "f5", "Exports got better"),
    ],
    "voc.emerging_theme": [
        {
            "cluster_key": "k1",
            "label": "retries",
            "keywords": ["retry", "rows"],
            "first_seen": "2025-01-06",
            "mentions": 3,
            "accounts": 2,
            "arr_exposed": 10,
            "state": "new",
            "example_feedback_ids": ["f1"],
        }
    ],
    "voc.nps_monthly": [
        _month("2025-01-01", "all", 1, 1, 1, -60, 60),
        _month("2025-01-01", "enterprise", 1, 1, 0, -40, 90),
        _month("2025-01-01", "smb", 0, 0, 1, -98.5, 48.5),
        _month("2025-02-01", "all", 1, 0, 0, -48.5, 98.5),
        _month("2025-02-01", "enterprise", 1, 0, 0, -48.5, 98.5),
    ],
    "voc.nps_driver": [
        {
            "theme_id": "data_export",
            "importance": 0.2,
            "importance_low": 0.1,
            "importance_high": 0.3,
            "model_r2": 0.25,
            "n": 90,
        },
        {"theme_id": "data", "importance": 0.05, "importance_low": 0, "importance_high": 0.1, "model_r2": 0.25, "n": 90},
    ],
    "voc.heard_vs_building": [
        {
            "theme_id": "data_export",
            "roadmap_item_id": "i1",
            "state": "aligned",
            "decision": "build",
            "link_method": "decision",
            "link_confidence": 1,
            "effort_share": 0.4,
            "heard_arr": 10,
            "days_heard_to_decision": 12,
        },
        {"roadmap_item_id": "i2", "state": "building_not_heard", "effort_share": 0.6},
    ],
    "voc.loop_closure": [
        {
            "account_id": "a1",
            "theme_id": "data_export",
            "roadmap_item_id": "i1",
            "feedback_id": "f1",
            "state": "told",
            "told_at": "2025-03-01",
        },
        {"account_id": "a2", "theme_id": "data_export", "roadmap_item_id": "i1", "state": "to_tell"},
    ],
    "alignment.inbound_question": [
        {
            "question_id": "q1",
            "quality": "readiness",
            "quality_score": 1,
            "quality_confidence": 0.8,
            "first_answer_minutes": 12,
            "resolution": "documented",
        },
        {"question_id": "q2", "quality": "not_question", "quality_confidence": 0.9},
    ],
    "alignment.health_weekly": [
        {
            "week_start": "2025-01-06",
            "asker_team": "sales",
            "questions": 4,
            "awareness": 1,
            "mechanics": 1,
            "readiness": 1,
            "readiness_share": 0.33,
            "readiness_share_low": 0.1,
            "readiness_share_high": 0.7,
            "health_index": 50,
            "health_index_low": 20,
            "health_index_high": 80,
            "trend": "stable",
            "suppressed": False,
            "questions_per_head": 0.5,
            "questions_per_head_low": 0.1,
            "questions_per_head_high": 1.3,
            "trend_change": 4,
            "trend_change_low": -3,
            "trend_change_high": 11,
        },
        {"week_start": "2025-01-06", "asker_team": "partners", "trend": "insufficient_data", "suppressed": True},
        {"week_start": "2025-01-06", "asker_team": "legal", "trend": "insufficient_data", "suppressed": True},
        {"week_start": "2025-01-06", "asker_team": "all", "questions": 9, "trend": "stable", "suppressed": False},
    ],
    "alignment.launch_readiness": [
        {
            "launch_id": "l1",
            "awareness_score": 4,
            "readiness_score": 3,
            "awareness_score_low": 3,
            "awareness_score_high": 5,
            "readiness_score_low": 2,
            "readiness_score_high": 4,
            "tickets_30d": 7,
            "tickets_30d_per_100_accounts": 7,
            "tickets_30d_per_100_accounts_low": 3,
            "tickets_30d_per_100_accounts_high": 14,
            "tickets_baseline": 6,
            "tickets_baseline_low": 5,
            "tickets_baseline_high": 8,
            "adoption_30d": 0.4,
            "adoption_low": 0.3,
            "adoption_high": 0.5,
            "verdict": "ready",
            "failure_mode": "none",
            "definition_of_done_done": 5,
            "definition_of_done_total": 5,
            "has_in_product_education": True,
            "has_documentation": True,
        },
        {
            "launch_id": "l2",
            "verdict": "aware_not_ready",
            "failure_mode": "readiness",
            "definition_of_done_done": 2,
            "definition_of_done_total": 5,
            "has_documentation": False,
        },
    ],
    "alignment.launch_team_readiness": [
        {
            "launch_id": "l1",
            "team": "sales",
            "knowledge": 4,
            "ability": 3,
            "assets": 5,
            "readiness": 3,
            "readiness_low": 2,
            "readiness_high": 4,
            "awareness": 4,
            **{f"{part}_{end}": value for part in ("knowledge", "awareness") for end, value in (("low", 3), ("high", 5))},
            "ability_low": 2,
            "ability_high": 4,
            "people": 6,
            "aware_people": 5,
            "suppressed": False,
        },
        {"launch_id": "l1", "team": "legal", "suppressed": True},
    ],
    "alignment.readiness_digest": [
        {
            "launch_id": "l1",
            "role": "sales",
            "new_value": "faster",
            "role_change": "none",
            "prepare_customers": "tell them",
            "missing_parts": [],
            "kind": "readiness_guide",
            "quotes": dumps(
                [
                    {
                        "feedback_id": "f2",
                        "quote": TEXTS["f2"][4:10],
                        "quote_sha256": sha256(TEXTS["f2"][4:10].encode()).hexdigest(),
                        "channel": CHANNEL["f2"],
                        "said_on": OCCURRED["f2"],
                    }
                ]
            ),
            "figures": dumps(
                [
                    {"figure": "aware_people", "value": 5, "sql": "select 5"},
                    {"figure": "tickets_30d", "value": 7, "sql": "select 7"},
                ]
            ),
        },
        {"launch_id": "l2", "role": "sales", "new_value": "x", "missing_parts": ["role_change"], "kind": "status_update"},
    ],
    "alignment.role_boundary": [
        {
            "month_start": "2025-01-01",
            "role": "product_ops",
            "misrouted_share": 0.2,
            "low": 0.1,
            "high": 0.4,
            "suppressed": False,
        }
    ],
    "alignment.transparency_monthly": [
        {
            "month_start": "2025-01-01",
            "heard_arr_with_decision_share": 0.5,
            "heard_arr_with_decision_share_low": 0.3,
            "heard_arr_with_decision_share_high": 0.7,
            "effort_with_evidence_share": 0.6,
            "effort_with_evidence_share_low": 0.4,
            "effort_with_evidence_share_high": 0.8,
            "median_days_heard_to_decision": 12,
            "median_days_decision_to_told": 30,
            "revenue_pulse": 3.4,
            "revenue_pulse_low": 2.8,
            "revenue_pulse_high": 3.9,
            "product_pulse": 3.9,
            "product_pulse_low": 2.1,
            "product_pulse_high": 4.8,
        }
    ],
    "hiring.pm_load_weekly": [
        {
            "week_start": "2025-01-06",
            "team": "core",
            "pms": 4,
            "questions_fielded_per_pm": 5,
            "questions_fielded_per_pm_low": 3,
            "questions_fielded_per_pm_high": 8,
            "stakeholder_hours_per_pm": 9,
            "customer_hours_per_pm": 3,
            "unclassified_hours_share": 0.2,
            "customer_time_share": 0.07,
            "suppressed": False,
        },
        {"week_start": "2025-01-06", "team": "labs", "pms": 2, "suppressed": True},
        {"week_start": "2025-01-06", "team": "all", "suppressed": True},
    ],
    "hiring.signal": [
        {
            "as_of": "2025-02-03",
            "signal": "stakeholder_load",
            "kind": "signal",
            "value": 0.6,
            "value_low": 0.5,
            "value_high": 0.7,
            "state": "firing",
            "n": 30,
        },
        {"as_of": "2025-02-03", "signal": "small_early_team", "kind": "counter_signal", "state": "insufficient_data", "n": 2},
    ],
    "hiring.recommendation": [
        {
            "as_of": "2025-02-03",
            "form": "thing",
            "recommendation": "system_only",
            "firing_signals": ["stakeholder_load"],
            "robustness": 0.9,
        }
    ],
    "hiring.before_after": [
        {
            "event_kind": "hire",
            "event_id": "product_ops",
            "event_on": "2025-01-01",
            "signal": "stakeholder_load",
            "measure": "customer_time_share",
            "period": "week",
            "change": 0.1,
            "change_low": 0.05,
            "change_high": 0.15,
            "state": "estimated",
        }
    ],
    "hiring.role_profile": [{"recommendation": "first_hire", "attribute": "origin", "value": "customer success"}],
    "product_ops.system_arc": [
        {
            "month_start": "2025-01-01",
            "system_id": "s1",
            "kind": "voc_loop",
            "stage": "established",
            "manual_hours": 3,
            "automated_share": 0.6,
            "suppressed": False,
        }
    ],
    "product_ops.time_mix_monthly": [
        {
            "month_start": "2025-01-01",
            "operational_share": 0.5,
            "automation_share": 0.3,
            "strategic_share": 0.2,
            "arc_position": "hand_off",
            "suppressed": False,
        }
    ],
    "product_ops.tool_stack": [{"tool": "desk", "boundary": "product_ops", "accounts_covered_share": 0.7}],
    "product_ops.account_data_picture": [{"account_id": "a1", "completeness": 0.5}],
    "product_ops.planning_consistency": [
        {
            "quarter_start": "2025-01-01",
            "team": "core",
            "items": 3,
            "with_owner_share": 1,
            "with_target_date_share": 0.5,
            "with_outcome_share": 0.4,
            "on_template_share": 0.3,
            "consistency_score": 0.55,
            "suppressed": False,
        }
    ],
    "trust.run": [
        {"run_id": "r1", "started_at": "2025-02-01 10:00:00+00", "finished_at": "2025-02-01 10:01:00+00", "state": "published"}
    ],
    "trust.run_step": [
        {
            "run_id": "r1",
            "step": "load_raw",
            "started_at": "2025-02-01 10:00:00+00",
            "finished_at": "2025-02-01 10:00:20+00",
            "seconds": 20.0,
            "attempts": 1,
        }
    ],
    "trust.gate_result": [
        {
            "run_id": "r1",
            "suite": "mart.core.account",
            "expectation": "columns",
            "object": "core.account",
            "severity": "blocking",
            "success": True,
            "waived": False,
        }
    ],
    "trust.erasure": [
        {
            "erasure_id": "e1",
            "kind": "request",
            "source": "desk",
            "erased_at": "2025-01-20 10:00:00+00",
            "files": 1,
            "records": 3,
            "mentions": 0,
        }
    ],
    "trust.waiver": [
        {
            "waiver_id": "w1",
            "suite": "mart.core.account",
            "expectation": "arr_in_range",
            "object": "core.account",
            "reason": "credit notes",
            "waived_by": "finance",
            "waived_at": "2025-01-15 10:00:00+00",
            "expires_at": "2025-02-15 10:00:00+00",
            "covers_errors": False,
        }
    ],
    "trust.source_reconciliation": [
        {
            "source": "desk",
            "stream": "ticket",
            "file": "desk/tickets.json",
            "rows_read": 10,
            "rows_loaded": 6,
            "rows_duplicate": 2,
            "rows_superseded": 1,
            "rows_quarantined": 1,
            "balance": 0,
        },
        {
            "source": "desk",
            "file": "desk/notes.txt",
            "rows_read": 0,
            "rows_loaded": 0,
            "rows_duplicate": 0,
            "rows_superseded": 0,
            "rows_quarantined": 0,
            "balance": 0,
        },
    ],
    "trust.quarantine": [
        {"source": "desk", "stream": "ticket", "file": "desk/tickets.json", "line": 7, "reason": "no id"},
        # About the file as a whole, hence no line.
        {"source": "desk", "file": "desk/notes.txt", "reason": "no declared stream"},
    ],
    "trust.freshness": [{"source": "desk", "stream": "ticket", "expected_every": 7, "state": "fresh"}],
    "trust.metric_definition": [
        {"metric": "nps", "version": "1", "formula": "100 · (promoters − detractors) / n", "is_ours": False}
    ],
}
# Every record comes from a system, whatever it is about.
SYSTEM = {"core.nps_response": "survey", "core.ticket": "desk", "core.opportunity": "crm", "core.roadmap_item": "tracker"}


def write_warehouse(path: Path) -> Path:
    """Writes the warehouse and returns its path."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, mart in CONTRACT.items():
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name.split('.')[0]}")
            columns = ", ".join(f'"{column}" {_type(column, family)}' for column, family in mart.columns.items())
            connection.execute(f"CREATE TABLE {name} ({columns})")
            for row in ROWS[name]:
                filled = {"source_system": SYSTEM[name], **row} if name in SYSTEM else row
                marks = ", ".join("?" for _ in filled)
                names = ", ".join(f'"{column}"' for column in filled)
                connection.execute(f"INSERT INTO {name} ({names}) VALUES ({marks})", list(filled.values()))
    return path


def _type(column, family):
    if family != "any":
        return DDL[family]
    return "VARCHAR[]" if column in LISTS else "INTEGER" if column == "expected_every" else "VARCHAR"
