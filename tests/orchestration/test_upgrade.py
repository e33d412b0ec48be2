"""A build database of the first layout is brought up in place: every row stays, and loading goes on from there."""

from pathlib import Path

import duckdb
import pytest

from orchestration.assets.landed import collect
from orchestration.assets.loaded import load_new_files
from orchestration.build_layout import LAYOUT_VERSION, TABLES
from orchestration.declared import workspace_specs
from orchestration.resources import LogProgress
from orchestration.settings import load_settings
from orchestration.store import BuildStore
from orchestration.workspace import create_workspace

FIRST_LAYOUT = Path(__file__).parents[1] / "fixtures" / "layout_1.sql"
HEADER = "ID,Survey Type,Score,Comment,Email,Created At,Updated At\n"
# The correction that the old database loaded second, as it was delivered.
SECOND = (
    HEADER + "2,nps,6,Faster now,bob@example.com,2026-05-02 10:00:00 UTC,2026-05-09 10:00:00 UTC\n"
    "1,nps,9,Love the reports,ada@example.com,2026-05-01 10:00:00 UTC,2026-05-01 10:00:00 UTC\n"
)


@pytest.fixture
def settings(tmp_path):
    create_workspace(tmp_path / "voc", "Example Ltd", ["delighted"])
    made = load_settings(tmp_path / "voc").model_copy(update={"salt": "0" * 64})
    made.state_dir.mkdir(exist_ok=True)
    with duckdb.connect(str(made.build_db)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(FIRST_LAYOUT.read_text("utf-8"))
    return made


def contents(database):
    """Every row of every table as name and value."""
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        names = connection.execute("SELECT schema_name || '.\"' || table_name || '\"' FROM duckdb_tables()").fetchall()
        found = {}
        for (name,) in names:
            cursor = connection.execute(f"SELECT * FROM {name}")
            columns = [column[0] for column in cursor.description]
            found[name] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        return found


def test_every_row_of_the_first_layout_is_kept_value_by_value(settings):
    before = contents(settings.build_db)
    BuildStore(settings.build_db).prepare(workspace_specs(settings).values())
    after = contents(settings.build_db)
    assert sum(map(len, before.values())) == 12
    for table, rows in before.items():
        kept = [{column: row[column] for column in rows[0]} for row in after[table]] if rows else []
        assert [row for row in rows if row not in kept] == [], table
    with duckdb.connect(str(settings.build_db), read_only=True) as connection:
        assert connection.execute("SELECT max(version) FROM ops.schema_version").fetchone() == (LAYOUT_VERSION,)
        columns = connection.execute("SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns()").fetchall()
    assert {(name, column) for name, table in TABLES.items() for column in table.columns} <= set(columns)


def test_loading_goes_on_where_the_older_version_stopped(settings):
    inbox = Path(settings.inbox) / "delighted"
    (inbox / "again.csv").write_text(SECOND, "utf-8")
    (inbox / "third.csv").write_text(
        HEADER + "2,nps,8,Fast,bob@example.com,2026-05-02 10:00:00 UTC,2026-05-20 10:00:00 UTC\n", "utf-8"
    )
    specs = workspace_specs(settings)
    collect(settings, ["delighted"])
    report = load_new_files(settings, specs, "run-2", LogProgress())
    assert report.files == 1, "what the older version loaded is known by its content"
    with duckdb.connect(str(settings.build_db), read_only=True) as connection:
        now = connection.execute("SELECT response_id, score FROM raw.delighted__response ORDER BY 1").fetchall()
        earlier = connection.execute("SELECT score FROM history.delighted__response ORDER BY updated_at").fetchall()
        people = connection.execute("SELECT count(DISTINCT email_key) FROM raw.delighted__response").fetchall()
    assert now == [("1", 9), ("2", 8)]
    assert earlier == [(3,), (6,)]
    assert people == [(2,)], "the same salt gives the same keys"
    balances = BuildStore(settings.build_db).reconcile()
    assert len(balances) == 3
