"""What the sample company's published file says of its own teams: how sure it is, and that nobody's own figure can be told."""

import json

import pytest
from typer.testing import CliRunner
from walk_support import query

from orchestration.cli import app
from orchestration.interview_kit import SECTIONS, TITLES

SCHEMAS = ("alignment", "hiring", "product_ops")
SMALLEST = 3
# Figures without an interval, and why they need none; those that are counted in full say so in trust.metric_definition.
CERTAIN = {
    "alignment.inbound_question": {
        "quality_score": "what a label stands for",
        "quality_confidence": "itself how sure the label is",
        "owner_confidence": "itself how sure the label is",
        "first_answer_minutes": "one message's own time",
    },
    "alignment.launch_team_readiness": {"assets": "five things, counted"},
    "alignment.transparency_monthly": {
        "heard_arr": "a sum of what accounts are worth",
        "median_days_heard_to_decision": "days between recorded dates",
        "median_days_decision_to_told": "days between recorded dates",
    },
    "hiring.before_after": {"level_before": "the weeks' own mean, beside a change with its interval"},
    "hiring.recommendation": {"robustness": "all combinations, counted"},
    "hiring.signal": dict.fromkeys(("threshold", "condition_threshold", "condition_value"), "a setting"),
}
COUNTED_IN_FULL = {
    "hiring.pm_load_weekly": "pm_time_by_counterpart",
    "product_ops.account_data_picture": "source_completeness",
    "product_ops.planning_consistency": "planning_consistency",
    "product_ops.system_arc": "system_stage",
    "product_ops.time_mix_monthly": "time_mix",
    "product_ops.tool_stack": "accounts_covered",
}
# The contract's own names for the ends of two intervals.
ENDS = {"adoption_30d": ("adoption_low", "adoption_high"), "misrouted_share": ("low", "high")}
# Who is counted in each group of a period (in the build database), and whose figures the published file shows.
WEEKLY = "SELECT week_start, team, people FROM intermediate.int_question_team"
MONTHLY = "SELECT month_start, role, people FROM intermediate.int_question_role"
ON_ROSTER = """
    SELECT {period}, {team}, count(DISTINCT employee_id) FROM intermediate.int_person AS p {periods}
    WHERE p.valid_from <= {last} AND p.valid_until > {first} GROUP BY ALL
"""
TODAY = ON_ROSTER.format(
    period="'today'",
    team="department_id",
    periods=", (SELECT as_of::DATE AS day FROM intermediate.int_as_of)",
    first="day",
    last="day",
)
QUARTERLY = ON_ROSTER.format(
    period="quarter_start",
    team="team_id",
    periods=", (SELECT DISTINCT date_trunc('quarter', day)::DATE AS quarter_start FROM "
    "(SELECT unnest(generate_series(DATE '2025-01-01', DATE '2026-06-01', INTERVAL 1 MONTH)) AS day))",
    first="quarter_start",
    last="quarter_start + INTERVAL 3 MONTH - INTERVAL 1 DAY",
)
# By mart: sizes, groups shown, and whether a total of all is published, from which what is shown can be subtracted.
ATTACKS = {
    "alignment.health_weekly": (
        WEEKLY,
        "SELECT week_start, asker_team FROM alignment.health_weekly WHERE asker_team <> 'all' "
        "AND coalesce(questions, questions_per_head, health_index, trend_change, questions_per_head_high) IS NOT NULL",
        True,
    ),
    "alignment.inbound_question": (
        WEEKLY,
        "SELECT DISTINCT date_trunc('week', asked_at)::DATE, asker_team FROM alignment.inbound_question "
        "WHERE asker_team <> 'withheld'",
        True,
    ),
    "alignment.inbound_question by who answered": (
        MONTHLY,
        "SELECT DISTINCT date_trunc('month', asked_at)::DATE, answered_by_role FROM alignment.inbound_question "
        "WHERE answered_by_role IS NOT NULL",
        True,
    ),
    "alignment.role_boundary": (
        MONTHLY,
        "SELECT month_start, role FROM alignment.role_boundary "
        "WHERE coalesce(handled, misrouted_in, misrouted_out, routed, misrouted_share) IS NOT NULL",
        True,
    ),
    "alignment.launch_team_readiness": (
        "SELECT launch_id, team, people FROM (SELECT DISTINCT launch_id FROM intermediate.int_launch_part), "
        f"({TODAY}) AS today(day, team, people)",
        "SELECT launch_id, team FROM alignment.launch_team_readiness WHERE coalesce(knowledge, ability, assets, readiness, "
        "awareness, people, aware_people, knowing_people, able_people, assets_there, knowledge_low, ability_low, "
        "readiness_low, awareness_low) IS NOT NULL OR state <> 'suppressed' OR barrier IS NOT NULL",
        False,
    ),
    "core.team": (TODAY, "SELECT 'today', team_id FROM core.team WHERE headcount IS NOT NULL", True),
    "hiring.pm_load_weekly": (
        "SELECT week_start, team, CASE WHEN pms_seen > 0 THEN pms_seen ELSE pms END FROM intermediate.int_hiring__pm_week "
        "WHERE team <> 'all'",
        "SELECT week_start, team FROM hiring.pm_load_weekly WHERE team <> 'all' AND coalesce(pms, pms_with_calendar, "
        "questions_fielded_per_pm, stakeholder_hours_per_pm, customer_hours_per_pm, team_hours_per_pm, "
        "coordination_hours_per_pm, unclassified_hours_share, customer_time_share, questions_fielded_per_pm_high) IS NOT NULL",
        True,
    ),
    "product_ops.planning_consistency": (
        QUARTERLY,
        "SELECT quarter_start, team FROM product_ops.planning_consistency WHERE items IS NOT NULL",
        False,
    ),
}
# What a single group stands behind, with the people whom it is about; null or 0 where nothing of theirs is shown.
SINGLE = {
    "alignment.transparency_monthly": """
        SELECT 'revenue ' || month_start, revenue_pulse_n FROM alignment.transparency_monthly
        WHERE coalesce(revenue_pulse, revenue_pulse_low) IS NOT NULL
        UNION ALL SELECT 'product ' || month_start, product_pulse_n FROM alignment.transparency_monthly
        WHERE coalesce(product_pulse, product_pulse_low) IS NOT NULL
        UNION ALL SELECT 'headcount ' || month_start, headcount FROM alignment.transparency_monthly WHERE headcount IS NOT NULL
    """,
    "hiring.before_after": """
        SELECT event_id || ' ' || measure, (SELECT min(pms) FROM hiring.pm_load_weekly WHERE team = 'all' AND NOT suppressed)
        FROM hiring.before_after WHERE change IS NOT NULL
    """,
    "hiring.signal": """
        SELECT signal, (SELECT min(pms) FROM hiring.pm_load_weekly WHERE team = 'all' AND NOT suppressed
            AND week_start BETWEEN s.window_start AND s.window_end)
        FROM hiring.signal AS s WHERE value IS NOT NULL AND signal IN ('stakeholder_load', 'coordination_overhead')
    """,
}
# Made of marts above alone, or about launches, systems, tools and customers' accounts.
NOBODYS = {
    "alignment.launch_readiness": "see test_scores_of_a_launch_hold_nobody_else",
    "alignment.readiness_digest": "see test_a_digest_for_a_withheld_team_has_no_figure_of_it",
    "hiring.recommendation": "made of hiring.signal",
    "hiring.role_profile": "the same for every company",
    "product_ops.account_data_picture": "about customers",
    "product_ops.system_arc": "see test_hours_are_logged_by_roles_of_enough_people",
    "product_ops.time_mix_monthly": "see test_hours_are_logged_by_roles_of_enough_people",
    "product_ops.tool_stack": "about tools",
}


@pytest.fixture(scope="module")
def published(company):
    """Asks the published file."""
    return lambda statement: query(company / "warehouse.duckdb", statement)


@pytest.fixture(scope="module")
def built(company):
    """Asks the build database, which knows what is withheld."""

    def ask(statement):
        return query(company / ".earshot/build.duckdb", statement)

    return ask


def columns(published):
    """Column → type of every table of the three schemas, by table."""
    found = {}
    for table, column, kind in published(
        f"SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name IN {SCHEMAS}"
    ):
        found.setdefault(table, {})[column] = kind
    return found


def test_every_figure_has_its_interval_or_says_why_it_needs_none(published):
    limits = dict(published("SELECT metric, limits FROM trust.metric_definition"))
    bare = set()
    for table, kinds in columns(published).items():
        metric = COUNTED_IN_FULL.get(table)
        assert metric is None or "full count" in limits[metric], table
        for column, kind in kinds.items():
            ends = ENDS.get(column, (f"{column}_low", f"{column}_high"))
            if kind != "DOUBLE" or column in CERTAIN.get(table, {}) or column.endswith(("low", "high")):
                continue
            if not (kinds.keys() >= set(ends) or metric):
                bare.add(f"{table}.{column}")
    assert bare == set()
    known = columns(published)
    assert {f"{table}.{column}" for table, named in CERTAIN.items() for column in named} <= {
        f"{table}.{column}" for table, kinds in known.items() for column in kinds
    }


def test_a_figure_lies_within_its_interval_and_is_shown_with_it(published):
    shown = 0
    for table, kinds in columns(published).items():
        for column in kinds:
            low, high = ENDS.get(column, (f"{column}_low", f"{column}_high"))
            if not kinds.keys() >= {low, high} or table == "hiring.signal":
                continue
            ((rows, without, outside),) = published(
                f"SELECT count({column}), count({column}) FILTER ({low} IS NULL OR {high} IS NULL), "
                f"count(*) FILTER ({column} < {low} - 1e-9 OR {column} > {high} + 1e-9) FROM {table}"
            )
            assert (without, outside) == (0, 0), f"{table}.{column}"
            shown += rows > 0
    assert shown >= 18


def test_movement_is_claimed_only_where_it_is_more_than_noise(published):
    rows = published(
        "SELECT trend, trend_change_low, trend_change_high FROM alignment.health_weekly WHERE trend IN ('rising', 'falling')"
    )
    assert rows
    assert all((low > 0) if trend == "rising" else (high < 0) for trend, low, high in rows)
    clear = published("SELECT change_low, change_high, change_is_clear FROM hiring.before_after WHERE state = 'estimated'")
    assert clear
    assert all(said == (low > 0 or high < 0) for low, high, said in clear)
    assert published("SELECT count(*) FROM hiring.before_after WHERE state <> 'estimated' AND change IS NOT NULL") == [(0,)]


def given_away(people, shown, *, has_total):
    """Groups whose figures an attacker learns who subtracts what is shown from the total; sizes and names are no secret."""
    small = {name for name in shown if 0 < people.get(name, SMALLEST) < SMALLEST}
    hidden = {name: size for name, size in people.items() if name not in shown and size > 0}
    return small | set(hidden) if has_total and sum(hidden.values()) < SMALLEST else small


def test_every_mart_is_attacked_or_is_about_nobody(published):
    names = {name.partition(" ")[0] for name in (*ATTACKS, *SINGLE, *NOBODYS)}
    assert names == set(columns(published)) | {"core.team"}


@pytest.mark.parametrize("mart", ATTACKS)
def test_no_difference_gives_a_small_group_away(published, built, mart):
    sizes, shown, has_total = ATTACKS[mart]
    groups = {}
    for period, group, people in built(sizes):
        groups.setdefault(period, {})[group] = people
    seen = {}
    for period, group in published(shown):
        seen.setdefault(period, set()).add(group)
    assert groups
    assert seen
    exposed = {
        period: gone
        for period, people in groups.items()
        if (gone := given_away(people, seen.get(period, set()), has_total=has_total))
    }
    assert exposed == {}


def test_the_attack_finds_what_a_careless_total_gives_away():
    people = {"sales": 5, "success": 4, "partners": 2}
    assert given_away(people, {"sales", "success"}, has_total=True) == {"partners"}
    assert given_away(people, {"sales", "success"}, has_total=False) == set()
    assert given_away(people, {"sales", "partners"}, has_total=False) == {"partners"}
    assert given_away({"sales": 5, "a": 1, "b": 1}, {"sales"}, has_total=True) == {"a", "b"}
    assert given_away(people, {"sales"}, has_total=True) == set()


@pytest.mark.parametrize("mart", SINGLE)
def test_no_figure_is_of_fewer_than_the_smallest_group(published, mart):
    rows = published(SINGLE[mart])
    assert rows
    assert [(what, people) for what, people in rows if people is None or people < SMALLEST] == []


def test_scores_of_a_launch_hold_nobody_else(published):
    """People behind a launch's awareness, less those of the teams shown: nobody is left over."""
    left = published(
        "SELECT launch_id, any_value(l.awareness_n) - sum(t.people) FILTER (t.awareness IS NOT NULL), "
        "any_value(l.awareness_score * l.awareness_n) - sum(t.awareness * t.people) "
        "FROM alignment.launch_readiness AS l JOIN alignment.launch_team_readiness AS t USING (launch_id) "
        "WHERE l.awareness_score IS NOT NULL GROUP BY launch_id"
    )
    assert len(left) >= 5
    assert all(others == 0 and abs(rest) < 1e-6 for _, others, rest in left)


def test_a_digest_for_a_withheld_team_has_no_figure_of_it(published):
    rows = published(
        "SELECT d.figures, d.team_barrier FROM alignment.readiness_digest AS d "
        "JOIN alignment.launch_team_readiness AS t ON t.launch_id = d.launch_id AND t.team = d.role WHERE t.suppressed"
    )
    assert rows
    for figures, barrier in rows:
        assert barrier is None
        assert not [figure for figure in json.loads(figures) if "launch_team_readiness" in figure["sql"]]


def test_hours_are_logged_by_roles_of_enough_people(published, built):
    shown = {month for (month,) in published("SELECT month_start FROM product_ops.time_mix_monthly WHERE NOT suppressed")}
    shown |= {month for (month,) in published("SELECT month_start FROM product_ops.system_arc WHERE manual_hours IS NOT NULL")}
    assert shown
    listed = ", ".join(f"(DATE '{month}')" for month in shown)
    people = built(
        f"SELECT month, count(DISTINCT employee_id) FROM (VALUES {listed}) AS months(month) "
        "LEFT JOIN intermediate.int_person ON function = 'product_ops' AND valid_from <= month + 14 "
        "AND valid_until > month + 14 "
        "GROUP BY month"
    )
    assert [(month, count) for month, count in people if count < SMALLEST] == []


def test_every_signal_says_what_its_rows_say(published):
    signals = published("SELECT signal, evidence_query, value, n FROM hiring.signal ORDER BY signal")
    assert len(signals) == 5
    for signal, evidence, value, n in signals:
        rows = published(f"SELECT value FROM ({evidence})")
        if value is None:
            continue
        assert rows[0][0] == pytest.approx(value, abs=1e-9), signal
        # Both measures of transparency are shown; the steeper comes first.
        assert len(rows) == n or signal == "transparency_not_scaling"


def test_coverage_is_said_of_tools_that_tell_of_accounts_alone(published):
    rows = published("SELECT source_system, boundary, accounts_covered_share FROM product_ops.tool_stack WHERE connected")
    covered = {tool: share for tool, _, share in rows}
    assert covered["salesforce"] > 0.9
    assert {tool for tool, share in covered.items() if share is None} >= {"slack", "jira", "launches", "pulse"}
    boundary = {tool: whose for tool, whose, _ in rows}
    assert (boundary["jira"], boundary["linear"], boundary["zendesk"]) == (
        "programme_management",
        "programme_management",
        "product_ops",
    )


@pytest.mark.parametrize("recommendation", ["", *TITLES])
def test_the_interview_kit_asks_everyone_the_same_and_scores_nobody(company, published, recommendation):
    pages = {}
    for form in ("markdown", "html"):
        words = ["interview-kit", "-w", str(company), "-f", form, "--recommendation", recommendation]
        outcome = CliRunner().invoke(app, words)
        assert outcome.exit_code == 0, outcome.output
        pages[form] = outcome.stdout
    ((given,),) = published("SELECT recommendation FROM hiring.recommendation")
    asked = published(f"SELECT unnest(questions) FROM hiring.role_profile WHERE recommendation = '{recommendation or given}'")
    assert len(asked) >= 5
    for question in (*(text for (text,) in asked), *SECTIONS.values()):
        assert question in pages["markdown"]
    assert pages["html"].count("<li>") == len(asked)
    assert ("Recommended as of" in pages["markdown"]) == (recommendation in ("", given))
    assert pages["markdown"].index("how the role will change") < pages["markdown"].index("What fits")
    assert "no scores here and nobody is ranked" in pages["markdown"]


def test_a_kit_that_does_not_exist_says_which_do(company):
    outcome = CliRunner().invoke(app, ["interview-kit", "-w", str(company), "--recommendation", "chief"])
    assert outcome.exit_code == 1
    assert "leadership_hire" in outcome.stderr
