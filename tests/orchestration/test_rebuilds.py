"""Whatever changes, is withdrawn, comes late, is killed or removed: what is built anew is what differs from a full build."""

from __future__ import annotations

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from orchestration.rebuilds import Model, models_of, planned, source_hashes

SOURCES = ("source.a", "source.b", "source.c")
NAMES = ("m0", "m1", "m2", "m3", "m4", "m5")


@st.composite
def graphs(draw):
    """Models that read what stands before them, one of which may ask the clock."""
    models = []
    for position, name in enumerate(NAMES):
        above = (*SOURCES, *NAMES[:position])
        parents = draw(st.lists(st.sampled_from(above), min_size=1, max_size=3, unique=True))
        kind = draw(st.sampled_from(["table", "table", "view", "clock"]))
        models.append(Model(name, "build", f"s.{name}", tuple(parents), kind == "view", kind == "clock"))
    return models


EVENT = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(SOURCES), st.integers(0, 2)),
    st.tuples(st.just("tick")),
    st.tuples(st.just("edit"), st.integers(0, 2)),
    st.tuples(st.just("drop"), st.sampled_from(NAMES)),
    st.tuples(st.just("run")),
    st.tuples(st.just("killed run"), st.integers(0, 5)),
)


class Engine:
    """As little of a database as the plan is about: tables that keep what they were built of, views that look it up."""

    def __init__(self, models):
        self.models = models
        self.sources = dict.fromkeys(SOURCES, 0)
        self.tables = {}
        self.views = {}
        self.known = {}
        self.hour = 0
        self.world = 0

    def read(self, key):
        if key in self.sources:
            return (key, self.sources[key])
        if key in self.views:
            code, parents = self.views[key]
            return (key, code, tuple(self.read(parent) for parent in parents))
        return self.tables[key]

    def answer(self, model):
        # The clock matters only now and then, as it does where the latest moment is no longer in the future.
        clock = self.hour // 3 if model.asks_clock else None
        return (model.key, self.world, clock, tuple(self.read(parent) for parent in model.parents))

    def build(self, model):
        if model.is_view:
            self.views[model.key] = (self.world, model.parents)
        else:
            self.tables[model.key] = self.answer(model)

    def clock(self, answer):
        found = {}
        for model in self.models:
            if model.asks_clock:
                try:
                    found[model.key] = repr(answer(model))
                except KeyError:
                    continue
        return found

    def plan(self, known, clock):
        hashes = {key: str(value) for key, value in self.sources.items()}
        return planned(self.models, hashes, str(self.world), known, {*self.tables, *self.views}, clock)

    def run(self, *, killed_after=None):
        stale = self.plan(self.known, self.clock(self.answer)).stale
        self.known = {key: of for key, of in self.known.items() if key not in stale}
        for done, model in enumerate(one for one in self.models if one.key in stale):
            if done == killed_after:
                return stale
            self.build(model)
        if killed_after is None:
            self.known = dict(self.plan({}, self.clock(lambda model: self.tables[model.key])).built_of)
        return stale

    def contents(self):
        return {model.key: self.read(model.key) for model in self.models}

    def built_from_nothing(self):
        fresh = Engine(self.models)
        fresh.sources, fresh.hour, fresh.world = self.sources, self.hour, self.world
        fresh.run()
        return fresh.contents()


@given(models=graphs(), events=st.lists(EVENT, max_size=14))
def test_a_run_leaves_what_a_build_from_nothing_gives(models, events):
    engine = Engine(models)
    for event in [*events, ("run",)]:
        if event[0] == "write":
            engine.sources[event[1]] = event[2]
        elif event[0] == "tick":
            engine.hour += 1
        elif event[0] == "edit":
            engine.world = event[1]
        elif event[0] == "drop":
            engine.tables.pop(event[1], None)
            engine.views.pop(event[1], None)
        elif event[0] == "killed run":
            engine.run(killed_after=event[1])
        else:
            engine.run()
            assert engine.contents() == engine.built_from_nothing()
            assert engine.run() == set()


def test_what_stands_aside_of_a_change_is_not_built():
    models = [
        Model("of_a", "build", "s.of_a", ("source.a",)),
        Model("view_of_a", "build", "s.view_of_a", ("source.a",), is_view=True),
        Model("below", "build", "s.below", ("view_of_a",)),
        Model("of_b", "build", "s.of_b", ("source.b",)),
    ]
    engine = Engine(models)
    assert engine.run() == {"of_a", "view_of_a", "below", "of_b"}
    engine.sources["source.a"] = 1
    assert engine.run() == {"of_a", "below"}


def test_time_alone_builds_what_asks_the_clock_and_what_reads_it():
    models = [
        Model("of_a", "build", "s.of_a", ("source.a",)),
        Model("asks", "build", "s.asks", ("of_a",), asks_clock=True),
        Model("below", "build", "s.below", ("asks",)),
    ]
    engine = Engine(models)
    engine.run()
    assert engine.run() == set()
    engine.hour += 3
    assert engine.run() == {"asks", "below"}
    assert engine.contents() == engine.built_from_nothing()


def test_rows_count_wherever_they_lie_and_the_pipelines_own_state_does_not():
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA ops; CREATE TABLE ops.state (name VARCHAR, value VARCHAR)")
        connection.execute("CREATE SCHEMA raw; CREATE TABLE raw.one (a INTEGER, b STRUCT(c VARCHAR))")
        tables = {"state": "ops.state", "one": "raw.one", "none": "raw.none"}

        def hashed(statement):
            connection.execute(statement)
            return source_hashes(connection, tables)

        first = hashed("INSERT INTO raw.one VALUES (1, {'c': 'x'}), (2, NULL)")
        assert hashed("INSERT INTO ops.state VALUES ('marts', 'building')") == first
        assert hashed("INSERT INTO ops.state VALUES ('contact_salt', 'abc')")["state"] != first["state"]
        assert hashed("DELETE FROM raw.one; INSERT INTO raw.one VALUES (2, NULL), (1, {'c': 'x'})")["one"] == first["one"]
        twice = hashed("INSERT INTO raw.one VALUES (2, NULL)")["one"]
        assert twice != first["one"]
        assert hashed("UPDATE raw.one SET a = 1 WHERE a = 2")["one"] != twice


def test_a_view_asks_whenever_it_is_read_and_a_table_that_asks_the_clock_is_known():
    def node(materialized, *macros):
        return {
            "resource_type": "model",
            "database": "build",
            "schema": "s",
            "alias": "n",
            "depends_on": {"nodes": ["source.a"], "macros": ["macro.earshot.clean", *macros]},
            "config": {"materialized": materialized},
        }

    nodes = {"plain": node("table"), "asks": node("table", "macro.dbt.current_timestamp"), "view": node("view")}
    found = {model.key: model for model in models_of({"nodes": nodes | {"test": {"resource_type": "test"}}})}
    assert {key for key, model in found.items() if model.asks_clock} == {"asks"}
    assert {key for key, model in found.items() if model.is_view} == {"view"}
    assert found["plain"].parents == ("source.a",) and found["plain"].relation == "s.n"
