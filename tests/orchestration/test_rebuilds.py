"""Whatever changes, is withdrawn, comes late, is killed or removed: what is built anew is what differs from a full build."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from orchestration.rebuilds import Model, Rebuilds, models_of, source_hashes

SOURCES = ("source.a", "source.b", "source.c")
NAMES = ("m0", "m1", "m2", "m3", "m4", "m5")


def node(name, *parents, **kind):
    return Node(name, "build", f"s.{name}", parents, **kind)


@st.composite
def graphs(draw):
    """Models that read what stands before them, one of which may ask the clock."""
    models = []
    for position, name in enumerate(NAMES):
        above = (*SOURCES, *NAMES[:position])
        parents = draw(st.lists(st.sampled_from(above), min_size=1, max_size=3, unique=True))
        kind = draw(st.sampled_from(["table", "coarse", "view", "clock"]))
        models.append(node(name, *parents, is_view=kind == "view", asks_clock=kind == "clock", is_coarse=kind == "coarse"))
    return models


@dataclass(frozen=True)
class Node(Model):
    """A model of the test, which may let small changes pass unseen."""

    is_coarse: bool = False


def coarse(read):
    """Of a number only whether it is there, of anything else what it is."""
    return (read[0], read[1] > 0) if isinstance(read[1], int) else read


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
        # Some changes are lost on the way, as where a table keeps the highest of what it reads.
        read = tuple(self.read(parent) for parent in model.parents)
        return (model.key, self.world, clock, tuple(sorted(map(coarse, read))) if model.is_coarse else read)

    def build(self, model):
        if model.is_view:
            self.views[model.key] = (self.world, model.parents)
        else:
            self.tables[model.key] = self.answer(model)

    def run(self, *, killed_after=None):
        hashes = {key: str(value) for key, value in self.sources.items()}
        rebuilds = Rebuilds(self.models, hashes, str(self.world), self.known, {*self.tables, *self.views})
        self.known = rebuilds.certain()
        built = set()
        for model in self.models:
            if not rebuilds.is_stale(model.key):
                rebuilds.left_alone(model.key)
                continue
            if len(built) == killed_after:
                return built
            self.build(model)
            rebuilds.built(model.key, "" if model.is_view else repr(self.tables[model.key]))
            built.add(model.key)
        self.known = rebuilds.settled()
        return built

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
            assert engine.run() == {model.key for model in models if model.asks_clock}


def test_what_stands_aside_of_a_change_is_not_built():
    models = [
        node("of_a", "source.a"),
        node("view_of_a", "source.a", is_view=True),
        node("below", "view_of_a"),
        node("of_b", "source.b"),
    ]
    engine = Engine(models)
    assert engine.run() == {"of_a", "view_of_a", "below", "of_b"}
    engine.sources["source.a"] = 1
    assert engine.run() == {"of_a", "below"}


def test_a_change_that_ends_in_a_table_ends_there_in_the_same_run():
    models = [
        node("of_a", "source.a", is_coarse=True),
        node("view", "of_a", is_view=True),
        node("below", "view", "source.b"),
        node("further_below", "below"),
    ]
    engine = Engine(models)
    engine.sources["source.a"] = 1
    engine.run()
    engine.sources["source.a"] = 2
    assert engine.run() == {"of_a"}
    assert engine.contents() == engine.built_from_nothing()
    engine.sources["source.a"] = 0
    assert engine.run() == {"of_a", "below", "further_below"}
    assert engine.contents() == engine.built_from_nothing()


def test_time_alone_builds_what_asks_the_clock_and_what_reads_another_answer():
    models = [node("of_a", "source.a"), node("asks", "of_a", asks_clock=True), node("below", "asks")]
    engine = Engine(models)
    engine.run()
    assert engine.run() == {"asks"}
    engine.hour += 3
    assert engine.run() == {"asks", "below"}
    assert engine.contents() == engine.built_from_nothing()


def test_what_a_killed_run_may_have_written_is_built_again():
    engine = Engine([node("of_a", "source.a"), node("below", "of_a"), node("of_b", "source.b")])
    engine.run()
    engine.sources["source.a"] = 1
    engine.run(killed_after=1)
    assert set(engine.known) == {"of_b"}
    engine.sources["source.a"] = 0
    assert engine.run() == {"of_a", "below"}


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
    def parsed(materialized, *macros):
        return {
            "resource_type": "model",
            "database": "build",
            "schema": "s",
            "alias": "n",
            "depends_on": {"nodes": ["source.a"], "macros": ["macro.earshot.clean", *macros]},
            "config": {"materialized": materialized},
        }

    nodes = {"plain": parsed("table"), "asks": parsed("table", "macro.dbt.current_timestamp"), "view": parsed("view")}
    found = {model.key: model for model in models_of({"nodes": nodes | {"test": {"resource_type": "test"}}})}
    assert {key for key, model in found.items() if model.asks_clock} == {"asks"}
    assert {key for key, model in found.items() if model.is_view} == {"view"}
    assert found["plain"].parents == ("source.a",) and found["plain"].relation == "s.n"
