"""Discovery: like texts come together, keys last, and what is not known is said."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.communities import GraphSettings
from insights.discover import (
    CLUSTER_SCHEMA,
    MEMBER_SCHEMA,
    Discovery,
    DiscoveryError,
    Settings,
    discover,
    discover_file,
    promote,
)
from insights.embed import StaticEncoder, Vectors, default_encoder
from insights.taxonomy import Theme

TOPICS = {
    "export": ("the csv export", "exporting the report to a file", "our data export"),
    "login": ("the single sign-on login", "signing in with our password", "the login page"),
    "invoice": ("the monthly invoice", "the amount on our bill", "the billing statement"),
    "phone": ("the app on my android phone", "the mobile app on my phone", "your iphone app"),
}
TROUBLES = {
    "export": ("stops halfway and leaves an empty file", "takes an hour for large files", "drops rows from the spreadsheet"),
    "login": ("rejects valid users again", "asks for the password twice", "locks us out every day"),
    "invoice": ("shows the wrong tax", "charges us twice for the same seats", "never matches what we pay"),
    "phone": ("crashes when the screen rotates", "drains the battery", "does not fit the small screen"),
}
ENDS = ("", " since last week", " and nobody answers", " for the whole team", " after the update")


def sentences(topic: str, ends: tuple[str, ...] = ENDS) -> list[str]:
    return [f"{a} {b}{c}" for a, b, c in itertools.product(TOPICS[topic], TROUBLES[topic], ends)]


def everything() -> dict[str, str]:
    return {f"{topic}-{i}": text for topic in TOPICS for i, text in enumerate(sentences(topic))}


def table(texts: dict[str, str], **columns: list[object]) -> pa.Table:
    return pa.table({"id": list(texts), "text": list(texts.values()), **columns})


def keys(found: Discovery) -> dict[str, str | None]:
    return dict(zip(found.members["id"].to_pylist(), found.members["cluster_key"].to_pylist(), strict=True))


def main_key(found: Discovery, topic: str) -> str | None:
    own = [key for name, key in keys(found).items() if name.startswith(topic)]
    return max(set(own), key=own.count)


@pytest.fixture(scope="module")
def first() -> Discovery:
    return discover(table(everything()))


def test_topics_come_apart(first: Discovery) -> None:
    by_key: dict[str | None, set[str]] = {}
    for name, key in keys(first).items():
        by_key.setdefault(key, set()).add(name.split("-")[0])
    assert None not in by_key
    assert all(len(topics) == 1 for topics in by_key.values()), by_key
    assert len(by_key) <= 3 * len(TOPICS)


def test_schemas_and_sizes(first: Discovery) -> None:
    assert first.members.schema.equals(MEMBER_SCHEMA)
    assert first.clusters.schema.equals(CLUSTER_SCHEMA)
    assert first.members["id"].to_pylist() == list(everything())
    counts = first.members.group_by("cluster_key").aggregate([("id", "count")]).to_pylist()
    assert {row["cluster_key"]: row["id_count"] for row in counts} == {
        row["cluster_key"]: row["size"] for row in first.clusters.to_pylist()
    }


def test_labels_say_what_the_texts_say(first: Discovery) -> None:
    rows = first.clusters.to_pylist()
    assert len({row["label"] for row in rows}) == len(rows)
    texts = everything()
    for row in rows:
        own = " ".join(texts[name] for name, key in keys(first).items() if key == row["cluster_key"])
        assert row["keywords"]
        assert all(word in own for term in row["keywords"] for word in term.split())
        assert row["label"].split(", ")[0] == row["keywords"][0]


def test_examples_are_central_members(first: Discovery) -> None:
    texts, central = (
        everything(),
        dict(zip(first.members["id"].to_pylist(), first.members["is_central"].to_pylist(), strict=True)),
    )
    for row in first.clusters.to_pylist():
        assert row["example_ids"]
        assert [texts[name] for name in row["example_ids"]] == row["examples"]
        assert all(central[name] and keys(first)[name] == row["cluster_key"] for name in row["example_ids"])
    assert sum(central.values()) == sum(len(row["examples"]) for row in first.clusters.to_pylist())


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1000))
def test_order_of_delivery_changes_nothing(first: Discovery, seed: int) -> None:
    names = list(everything())
    random.Random(seed).shuffle(names)
    again = discover(table({name: everything()[name] for name in names}))
    assert keys(again) == keys(first)
    assert again.clusters.equals(first.clusters)


def test_redelivery_changes_nothing(first: Discovery) -> None:
    again = discover(table(everything()), first.clusters)
    assert keys(again) == keys(first)
    stable = ["cluster_key", "label", "keywords", "size", "example_ids", "members", "corpus", "base_texts", "moved", "left_out"]
    assert again.clusters.select(stable).equals(first.clusters.select(stable))


def test_repeated_rows_count_but_do_not_move_anything(first: Discovery) -> None:
    copies = {f"copy-{name}": f"  {text.upper()} " for name, text in everything().items() if name.startswith("login")}
    again = discover(table({**everything(), **copies}), first.clusters)
    assert {name: key for name, key in keys(again).items() if not name.startswith("copy-")} == keys(first)
    assert all(keys(again)[f"copy-login-{i}"] == keys(first)[f"login-{i}"] for i in range(len(copies)))
    assert sum(again.clusters["size"].to_pylist()) == sum(first.clusters["size"].to_pylist()) + len(copies)


def test_new_texts_join_and_keys_stay(first: Discovery) -> None:
    more = {f"export-new{i}": text for i, text in enumerate(sentences("export", (" on monday", " in the night")))}
    again = discover(table({**everything(), **more}), first.clusters)
    known = [name for name in everything() if keys(again)[name] == keys(first)[name]]
    assert len(known) >= 0.95 * len(everything())
    old = {key for name, key in keys(first).items() if name.startswith("export")}
    assert sum(keys(again)[name] in old for name in more) >= 0.9 * len(more)


def test_a_changed_tenth_keeps_the_keys() -> None:
    names = list(everything())
    random.Random(3).shuffle(names)
    tenth = len(names) // 10
    before = discover(table({name: everything()[name] for name in names[:-tenth]}))
    after = discover(table({name: everything()[name] for name in names[tenth:]}), before.clusters)
    common = names[tenth:-tenth]
    assert sum(keys(before)[name] == keys(after)[name] for name in common) >= 0.95 * len(common)


def test_a_new_topic_gets_a_key_of_its_own(first: Discovery) -> None:
    weather = {
        f"dark-{i}": f"please add a dark theme {end} to the {part}"
        for i, (end, part) in enumerate(
            itertools.product(
                ("soon", "or night colours", "with less glare"), ("editor", "dashboard", "settings page", "sidebar")
            )
        )
    }
    again = discover(table({**everything(), **weather}), first.clusters)
    key = main_key(again, "dark")
    assert key is not None
    assert key not in set(first.clusters["cluster_key"].to_pylist())
    states = {row["cluster_key"]: row["state"] for row in again.clusters.to_pylist()}
    assert states[key] == "new"
    assert states[main_key(first, "login")] == "growing"


def test_a_vanished_topic_keeps_its_key_and_returns_under_it(first: Discovery) -> None:
    without = {name: text for name, text in everything().items() if not name.startswith("phone")}
    key = main_key(first, "phone")
    gone = discover(table(without), first.clusters)
    row = next(row for row in gone.clusters.to_pylist() if row["cluster_key"] == key)
    assert (row["size"], row["state"], row["growth"], row["members"]) == (0, "fading", -1.0, [])
    # Other words for the same matter: nothing is known by content, so the centroid decides.
    words = {
        f"phone-{i}": text.replace("the ", "our ").replace("my ", "the ") + " too" for i, text in enumerate(sentences("phone"))
    }
    back = discover(table({**without, **words}), gone.clusters)
    assert main_key(back, "phone") == key


def test_split_and_merge_keep_the_key_of_the_larger_part() -> None:
    both = {
        **{f"a{i}": t for i, t in enumerate(sentences("export"))},
        **{f"b{i}": t for i, t in enumerate(sentences("login", ENDS[:3]))},
    }
    found = discover(table(both))
    joined = found.clusters.to_pylist()
    # An earlier run that held both topics for one: the larger part goes on under its key.
    members = sorted({digest for row in joined for digest in row["members"]})
    merged = pa.Table.from_pylist(
        [{**joined[0], "cluster_key": "whole", "members": members, "corpus": "other"}], schema=CLUSTER_SCHEMA
    )
    split = discover(table(both), merged, settings=Settings(regrowth=1.0001))
    sizes = {row["cluster_key"]: row["size"] for row in split.clusters.to_pylist()}
    assert len(sizes) >= 2
    assert sizes["whole"] == max(sizes.values())
    # And two halves of one topic that are one now: the one that brought more gives the key.
    largest = joined[0]
    cut = len(largest["members"]) * 2 // 3
    halves = [
        {**largest, "cluster_key": "more", "members": largest["members"][:cut], "corpus": "other", "base_texts": 1},
        {**largest, "cluster_key": "less", "members": largest["members"][cut:], "corpus": "other", "base_texts": 1},
    ]
    one = discover(table(both), pa.Table.from_pylist(halves, schema=CLUSTER_SCHEMA))
    assert next(row["size"] for row in one.clusters.to_pylist() if row["cluster_key"] == "more") == largest["size"]
    assert next(row["size"] for row in one.clusters.to_pylist() if row["cluster_key"] == "less") == 0


def test_keys_are_never_given_twice(first: Discovery) -> None:
    state = first.clusters
    for step in range(1, 4):
        part = {name: text for i, (name, text) in enumerate(everything().items()) if i % 4 != step}
        state = discover(table(part), state).clusters
        found = state["cluster_key"].to_pylist()
        assert len(set(found)) == len(found)


def test_unlike_texts_stay_out() -> None:
    odd = {"odd-1": "bananas ripen faster next to apples", "odd-2": "the committee adjourned before noon"}
    found = discover(table({**everything(), **odd}))
    assert keys(found)["odd-1"] is None
    assert keys(found)["odd-2"] is None
    row = found.members.to_pylist()[-1]
    assert (row["is_central"], row["similarity"]) == (False, None)


@pytest.mark.parametrize(
    "texts",
    [{}, {"a": ""}, {"a": "one text"}, {"a": "one text", "b": "another matter"}, {"a": "!!! ???", "b": "  ", "c": "…"}],
    ids=["none", "empty", "one", "two", "no words"],
)
def test_tiny_inputs_give_no_groups(texts: dict[str, str]) -> None:
    found = discover(table(texts) if texts else pa.table({"id": pa.array([], pa.string()), "text": pa.array([], pa.string())}))
    assert found.members.num_rows == len(texts)
    assert found.clusters.num_rows == 0
    assert set(keys(found).values()) <= {None}
    assert discover(table(everything()), found.clusters).clusters.num_rows > 0


def test_null_texts_and_all_of_one_kind() -> None:
    same = pa.table({"id": [str(i) for i in range(40)], "text": ["The export is broken"] * 39 + [None]})
    found = discover(same)
    assert found.members["cluster_key"].null_count == 1
    assert found.clusters["size"].to_pylist() == [39]
    assert found.clusters["label"].to_pylist() == ["broken, export"]
    alike = discover(table({str(i): f"the export is broken {i}" for i in range(40)}))
    assert alike.clusters["size"].to_pylist() == [40]


def test_languages_group_by_their_own_words() -> None:
    german = [
        f"{a} {b}"
        for a, b in itertools.product(
            ("die Rechnung", "unsere Rechnung", "die monatliche Rechnung"),
            ("ist falsch", "enthält falsche Steuer", "kam doppelt", "stimmt nicht"),
        )
    ]
    japanese = [
        f"{a}{b}"
        for a, b in itertools.product(
            ("請求書の金額が", "毎月の請求書が", "請求書の税金が"), ("間違っています", "合いません", "おかしいです")
        )
    ]
    found = discover(table({f"de-{i}": t for i, t in enumerate(german)} | {f"ja-{i}": t for i, t in enumerate(japanese)}))
    assert main_key(found, "de") not in {None, main_key(found, "ja")}
    labels = {row["cluster_key"]: row["label"] for row in found.clusters.to_pylist()}
    assert "rechnung" in labels[str(main_key(found, "de"))]
    assert labels[str(main_key(found, "ja"))].split(", ")[0] in "請求書の金額"


def test_growth_by_dates() -> None:
    end = datetime(2026, 3, 31, tzinfo=UTC)
    ages = {"export": 10, "login": 40, "invoice": None, "phone": 5}
    texts, times = everything(), []
    for i, name in enumerate(texts):
        topic = name.split("-")[0]
        age = ages[topic]
        # Invoices come evenly over 56 days; exports and phones lately only, of which exports have one old text.
        times.append(end - timedelta(days=i % 56 if age is None else age))
    first_export = next(i for i, name in enumerate(texts) if name.startswith("export"))
    times[first_export] = end - timedelta(days=50)
    found = discover(table(texts, occurred_at=times))
    rows = {row["cluster_key"]: row for row in found.clusters.to_pylist()}
    assert rows[keys(found)["export-0"]]["state"] == "growing"
    assert rows[main_key(found, "login")]["state"] == "fading"
    assert rows[main_key(found, "phone")]["state"] == "new"
    phone = rows[main_key(found, "phone")]
    assert phone["first_seen"] == phone["last_seen"] == end - timedelta(days=5)
    assert phone["growth"] is None
    assert rows[main_key(found, "login")]["growth"] == -1.0
    assert rows[keys(found)["export-0"]]["growth"] == rows[keys(found)["export-0"]]["size"] - 2


def test_first_sight_is_remembered(first: Discovery) -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    texts = everything()
    before = discover(table(texts, occurred_at=[early] * len(texts)))
    after = discover(table(texts, occurred_at=[late] * len(texts)), before.clusters)
    assert set(after.clusters["first_seen"].to_pylist()) == {early}
    assert set(after.clusters["last_seen"].to_pylist()) == {late}
    assert set(before.clusters["state"].to_pylist()) == {"new"}
    assert set(after.clusters["state"].to_pylist()) == {"growing"}


def test_adopted_groups_say_so(first: Discovery) -> None:
    key = main_key(first, "invoice")
    rest = {name: text for name, text in everything().items() if not name.startswith("invoice")}
    found = discover(table(rest), first.clusters, adopted={str(key)})
    assert next(row["state"] for row in found.clusters.to_pylist() if row["cluster_key"] == key) == "adopted"


def test_a_promoted_group_is_a_valid_theme(first: Discovery) -> None:
    row = first.clusters.to_pylist()[0]
    draft = promote(first.clusters, row["cluster_key"], product_area="data")
    theme = Theme(**{**draft, "seeds": tuple(draft["seeds"])})
    assert theme.seeds == tuple(row["examples"])
    assert theme.product_area == "data"
    assert theme.name.lower() == row["label"].lower()
    with pytest.raises(DiscoveryError, match="no cluster 'nothing'"):
        promote(first.clusters, "nothing")


def test_a_promoted_group_without_latin_letters_has_an_id() -> None:
    japanese = [
        f"{a}{b}"
        for a, b in itertools.product(
            ("請求書の金額が", "毎月の請求書が", "請求書の税金が"), ("間違っています", "合いません", "おかしいです")
        )
    ]
    found = discover(table({str(i): text for i, text in enumerate(japanese)}))
    key = found.clusters["cluster_key"][0].as_py()
    assert promote(found.clusters, key)["id"] == f"theme_{key}"


def test_more_texts_than_are_clustered_at_once(first: Discovery) -> None:
    sampled = discover(table(everything()), settings=Settings(exact=90))
    for topic in TOPICS:
        own = [key for name, key in keys(sampled).items() if name.startswith(topic)]
        assert own.count(None) <= 0.1 * len(own)
    mixed = {
        key: {name.split("-")[0] for name, other in keys(sampled).items() if other == key}
        for key in keys(sampled).values()
        if key
    }
    assert sum(len(topics) > 1 for topics in mixed.values()) == 0


GOES_ON = Settings(whole=0, renewal=0.2)
DARK = {
    f"dark-{i}": f"please add a dark theme {end} to the {part}"
    for i, (end, part) in enumerate(itertools.product(("soon", "with less glare"), ("editor", "dashboard", "sidebar")))
}


class Reader(StaticEncoder):
    """Remembers which texts it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.read: set[str] = set()

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.read |= set(texts)
        return super().encode(texts)


def test_of_many_texts_only_what_is_new_is_placed(first: Discovery) -> None:
    more = {f"login-new{i}": text for i, text in enumerate(sentences("login", (" on monday",)))} | DARK
    after = discover(table(everything() | more), first.clusters, settings=GOES_ON)
    assert {name: keys(after)[name] for name in everything() if keys(first)[name]} == {
        k: v for k, v in keys(first).items() if v
    }
    old = {key for name, key in keys(first).items() if name.startswith("login")}
    assert all(keys(after)[name] in old for name in more if name.startswith("login"))
    (dark,) = {keys(after)[name] for name in DARK}
    assert dark not in {*keys(first).values(), None}
    named = {row["cluster_key"]: row["label"] for row in after.clusters.to_pylist()}
    assert {key: named[key] for key in keys(first).values() if key} == {
        row["cluster_key"]: row["label"] for row in first.clusters.to_pylist()
    }
    assert "dark" in str(named[dark])
    assert len(set(named.values())) == len(named)
    shuffled = list((everything() | more).items())
    random.Random(5).shuffle(shuffled)
    again = discover(table(dict(shuffled)), first.clusters, settings=GOES_ON)
    assert keys(again) == keys(after)
    assert again.clusters.equals(after.clusters)


def test_what_is_known_is_not_read_again(first: Discovery) -> None:
    reader = Reader()
    same = discover(table(everything()), first.clusters, reader, GOES_ON)
    assert same.members.equals(first.members)
    assert not reader.read
    coarse = replace(GOES_ON, graph=GraphSettings(resolution=1))
    many = {f"{n}-{name}": f"{text} {n}" for n in range(12) for name, text in everything().items()}
    before = discover(table(many), None, reader, coarse)
    assert len(reader.read) == len(many)
    reader.read.clear()
    discover(table(many | DARK), before.clusters, reader, coarse)
    assert set(DARK.values()) <= reader.read
    assert len(reader.read) <= 32 * before.clusters.num_rows + len(DARK) < len(many)


def test_middles_that_moved_are_those_of_the_texts(first: Discovery) -> None:
    texts = {name: text for name, text in everything().items() if name != "export-3"}
    texts |= {f"phone-new{i}": text for i, text in enumerate(sentences("phone", (" on monday",)))}
    after = discover(table(texts), first.clusters, settings=GOES_ON)
    assert {row["moved"] for row in after.clusters.to_pylist()} == {1 + len(sentences("phone", ("",)))}
    for row in after.clusters.to_pylist():
        own = [texts[name] for name, key in keys(after).items() if key == row["cluster_key"]]
        total = default_encoder().encode(own).sum(axis=0)
        assert row["strength"] == pytest.approx(float(np.linalg.norm(total)), rel=1e-4)
        assert np.asarray(row["centroid"]) == pytest.approx(total / np.linalg.norm(total), abs=1e-4)


def test_all_is_clustered_again_once_enough_has_moved(first: Discovery) -> None:
    texts, before, moved = everything(), first, []
    for day in ("monday", "tuesday", "friday"):
        texts |= {f"phone-{day}{i}": text for i, text in enumerate(sentences("phone", (f" on {day}",)))}
        texts |= {f"export-{day}{i}": text for i, text in enumerate(sentences("export", (f" on {day}",)))}
        before = discover(table(texts), before.clusters, settings=GOES_ON)
        moved.append({row["moved"] for row in before.clusters.to_pylist()})
    # 18 new texts a day of about 200: the third day makes more than a fifth.
    assert moved == [{18}, {36}, {0}]


def test_few_texts_are_always_clustered_as_a_whole(first: Discovery) -> None:
    after = discover(table(everything() | DARK), first.clusters)
    assert {row["moved"] for row in after.clusters.to_pylist()} == {0}


def test_another_encoder_keeps_keys_by_content(first: Discovery) -> None:
    class Halved(StaticEncoder):
        name = "halved"
        dimensions = 128

        def encode(self, texts: list[str]) -> object:  # type: ignore[override]
            return super().encode(texts)[:, :128]

    again = discover(table(everything()), first.clusters, Halved())  # type: ignore[arg-type]
    same = sum(keys(again)[name] == key for name, key in keys(first).items())
    assert same >= 0.9 * len(everything())
    assert {row["encoder"] for row in again.clusters.to_pylist() if row["size"]} == {"halved"}


@pytest.mark.parametrize("suffix", [".csv", ".ndjson", ".parquet"])
def test_files_in_and_out(tmp_path: Path, suffix: str, first: Discovery) -> None:
    frame = pl.DataFrame({"id": list(everything()), "text": list(everything().values()), "extra": 1})
    source, target = tmp_path / f"in{suffix}", tmp_path / f"out{suffix}"
    writers = {".csv": frame.write_csv, ".ndjson": frame.write_ndjson, ".parquet": frame.write_parquet}
    readers = {".csv": pl.read_csv, ".ndjson": pl.read_ndjson, ".parquet": pl.read_parquet}
    writers[suffix](source)
    discover_file(source, target)
    written = readers[suffix](target)
    assert written.columns == ["id", "cluster_key", "label"]
    assert dict(zip(written["id"], written["cluster_key"], strict=True)) == keys(first)
    labels = {row["cluster_key"]: row["label"] for row in first.clusters.to_pylist()}
    assert all(labels[key] == label for key, label in zip(written["cluster_key"], written["label"], strict=True))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([source.name, target.name])


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("key,words\n1,hello\n")
    with pytest.raises(DiscoveryError, match=r"in\.csv: no column id, text"):
        discover_file(source, tmp_path / "out.csv")
    source.write_text("")
    with pytest.raises(DiscoveryError, match="empty"):
        discover_file(source, tmp_path / "out.csv")
    with pytest.raises(DiscoveryError, match="unknown format"):
        discover_file(source, tmp_path / "out.docx")
    assert not (tmp_path / "out.csv").exists()


def test_missing_columns_are_named() -> None:
    with pytest.raises(DiscoveryError, match="no column text"):
        discover(pa.table({"id": ["1"]}))


def test_the_default_encoder_is_named_in_the_state(first: Discovery) -> None:
    assert set(first.clusters["encoder"].to_pylist()) == {default_encoder().name}
    assert {len(row) for row in first.clusters["centroid"].to_pylist()} == {default_encoder().dimensions}
