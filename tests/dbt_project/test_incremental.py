"""Whatever arrives, is corrected or is withdrawn, in whatever order: what runs keep is what a full refresh gives."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

START = datetime(2025, 7, 1, 6, tzinfo=UTC)
# What gives another answer although the tables that are read are the same.
CLOCK = re.compile(r"current_timestamp|current_date|\bnow\(|\btoday\(|\brandom\(|\buuid\(|run_started_at|invocation_id")
KEYS = [f"event-{number}" for number in range(6)]
# Of one key: a new version with its day, feature and account; or its withdrawal.
CHANGE = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(KEYS), st.integers(1, 3), st.sampled_from("ab"), st.sampled_from(["X", None])),
    st.tuples(st.just("withdraw"), st.sampled_from(KEYS)),
    st.tuples(st.just("forget"), st.sampled_from(KEYS)),
)
# A run's changes, and how many hours after the last run it starts: clocks are set back, too.
RUN = st.tuples(st.lists(CHANGE, min_size=1, max_size=5), st.sampled_from([24, 1, -48]))


@pytest.fixture(scope="module")
def event_warehouse(make_warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    made = make_warehouse(tmp_path_factory.mktemp("events"))
    made.must("run", "--select", "+int_feature_use")
    return made


def apply(warehouse: Any, change: tuple[Any, ...], loaded_at: datetime) -> None:
    key = change[1]
    warehouse.execute(f"delete from raw.amplitude__event where uuid = '{key}'")
    if change[0] == "forget":
        return
    day, feature, account = change[2:] if change[0] == "put" else (1, "a", None)
    event = {
        "uuid": key,
        "event_type": "Used",
        "event_at": datetime(2025, 5, day, 12, tzinfo=UTC),
        "event_properties": {"feature": feature},
        "groups": {"account_id": account} if account else {},
        "user_id": "u",
        "_deleted": change[0] == "withdraw",
        "_loaded_at": loaded_at,
    }
    warehouse.insert("raw.amplitude__event", [event])


def counted(warehouse: Any) -> list[tuple[Any, ...]]:
    return warehouse.query("select * from intermediate.int_feature_use order by all")


# Shrinking would take minutes of dbt; the histories are short enough to be read as they are.
@settings(
    max_examples=5,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(RUN, min_size=2, max_size=3))
@example(
    history=[([("put", KEYS[0], 1, "a", None), ("put", KEYS[1], 1, "a", None)], 1), ([("put", KEYS[0], 1, "b", "X")], -48)]
)
def test_usage_counted_run_by_run_is_usage_counted_at_once(
    event_warehouse: Any, history: list[tuple[list[tuple[Any, ...]], int]]
) -> None:
    w = event_warehouse
    only = ("run", "--select", "int_feature_use")
    w.execute("delete from raw.amplitude__event")
    w.must(*only, "--full-refresh")
    now = START
    for changes, hours in history:
        now += timedelta(hours=hours)
        for change in changes:
            apply(w, change, now)
        w.must(*only)
    run_by_run = counted(w)
    w.must(*only, "--full-refresh")
    assert run_by_run == counted(w)


def test_only_one_table_and_the_memory_of_accounts_ask_the_clock(manifest: Any) -> None:
    """A view that asked it would change what stands below it although nothing was delivered, and nobody would build that."""
    asking = {
        (node.name, node.config.materialized)
        for node in manifest.nodes.values()
        if node.resource_type == "model" and CLOCK.search(node.raw_code)
    }
    assert asking == {("int_as_of", "table"), ("int_account_identity", "incremental")}
