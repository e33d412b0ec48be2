"""What the sample company's colleagues ask, end to end: private words stay unread, planted changes are found again."""

import re
import zipfile

import duckdb
import pytest
from walk_support import query

from demo.asks import UNHEARD

# The wording of the conversations that nobody may read, without what is filled in.
SECRETS = [max(re.split(r"[{\[][^}\]]*[}\]]", pattern), key=len).strip() for pattern in UNHEARD]


@pytest.fixture(scope="module")
def warehouse(company):
    return company / "warehouse.duckdb"


def tables_that_hold(database, words):
    """Tables of a database in which some text has one of these words."""
    found = set()
    with duckdb.connect(str(database), read_only=True) as con:
        columns = con.execute(
            "SELECT schema_name, table_name, column_name FROM duckdb_columns() "
            "WHERE NOT internal AND (data_type LIKE 'VARCHAR%' OR data_type = 'JSON')"
        ).fetchall()
        for schema, table, column in columns:
            if (f"{schema}.{table}") in found:
                continue
            like = " OR ".join(f"\"{column}\"::VARCHAR LIKE '%{word}%'" for word in words)
            if con.execute(f'SELECT 1 FROM "{schema}"."{table}" WHERE {like} LIMIT 1').fetchone():
                found.add(f"{schema}.{table}")
    return found


def test_private_conversations_are_delivered_and_read_by_nobody(company, warehouse):
    delivered = b"".join(
        archive.read(name)
        for path in (company / "inbox" / "slack").iterdir()
        for archive in [zipfile.ZipFile(path)]
        for name in archive.namelist()
    ).decode()
    assert len(SECRETS) == len(UNHEARD)
    assert all(len(secret) > 10 and secret in delivered for secret in SECRETS)
    assert tables_that_hold(company / ".earshot" / "build.duckdb", SECRETS) == set()
    assert tables_that_hold(warehouse, SECRETS) == set()
    # The search itself finds what is there.
    ((words,),) = query(warehouse, "SELECT text FROM alignment.inbound_question WHERE text NOT LIKE '%''%' LIMIT 1")
    assert "alignment.inbound_question" in tables_that_hold(warehouse, [words[:30]])


def test_every_message_is_accounted_for(warehouse, truth):
    expected = truth["streams"]["slack.message"]
    ((read, loaded, duplicate, balance),) = query(
        warehouse,
        "SELECT sum(rows_read), sum(rows_loaded), sum(rows_duplicate), sum(abs(balance)) FROM trust.source_reconciliation "
        "WHERE source = 'slack' AND stream = 'message'",
    )
    assert (read, loaded, duplicate, balance) == (expected["rows_read"], expected["current"], expected["duplicate"], 0)


def test_colleagues_are_no_customers(warehouse):
    assert query(
        warehouse, "SELECT count(*) FROM core.feedback WHERE source_system IN ('slack', 'teams', 'question_form')"
    ) == [(0,)]
    assert query(warehouse, "SELECT count(*) > 100 FROM alignment.inbound_question WHERE source_system = 'slack'") == [(True,)]


def test_the_enabled_team_asks_better_questions(warehouse, truth):
    """The judge errs, which pulls both figures towards the middle; most of the planted difference must remain."""
    planted = truth["questions"]
    ((before, after),) = query(
        warehouse,
        "SELECT 100 * avg(quality_score) FILTER (asked_at < ?::DATE), 100 * avg(quality_score) FILTER (asked_at >= ?::DATE) "
        "FROM alignment.inbound_question WHERE asker_team = 'customer_success'",
        [planted["enabled_on"], planted["enabled_on"]],
    )
    rise = planted["after"]["health_index"] - planted["before"]["health_index"]
    assert after - before > 0.35 * rise > 5


def test_the_launch_that_nobody_had_heard_of_is_asked_about_as_such(warehouse, truth):
    for launch_id in ("LCH-002", "LCH-005"):
        planted = truth["questions"]["by_launch"][launch_id]
        found = dict(
            query(
                warehouse,
                "SELECT quality, count(*) FROM alignment.inbound_question "
                "WHERE launch_id = ? AND quality <> 'not_question' GROUP BY 1",
                [launch_id],
            )
        )
        most = max(planted, key=lambda kind: planted[kind])
        assert max(found, key=lambda kind: found[kind]) == most


def test_revenue_teams_feel_better_informed(warehouse):
    pulses = [
        score
        for (score,) in query(
            warehouse,
            "SELECT revenue_pulse FROM alignment.transparency_monthly WHERE revenue_pulse IS NOT NULL ORDER BY month_start",
        )
    ]
    assert len(pulses) == 6
    assert pulses[-1] - pulses[0] > 0.8


def test_what_product_operations_owns_is_answered_by_others(warehouse, truth):
    rows = query(
        warehouse,
        "SELECT sum(misrouted_out), sum(routed) FROM alignment.role_boundary WHERE role = 'product_ops' AND NOT suppressed",
    )
    ((astray, routed),) = rows
    assert astray / routed > 0.5 * truth["questions"]["product_ops_taken_over_share"]


def test_no_withheld_team_stands_alone(warehouse):
    weeks = query(
        warehouse,
        "SELECT count(*) FILTER (suppressed AND asker_team <> 'all'), count(*) FILTER (NOT suppressed AND asker_team = 'all') "
        "FROM alignment.health_weekly GROUP BY week_start",
    )
    assert weeks
    assert all(withheld != 1 or not total for withheld, total in weeks)
