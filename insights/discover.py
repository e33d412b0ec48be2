"""What customers say that no theme covers yet: groups of like texts that keep their key from run to run.

Pure and deterministic: the same texts in any order, delivered once or again, give the same groups. The state of a run
is its table of clusters, which the next run takes back.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import scipy.sparse as sp
from scipy.optimize import linear_sum_assignment

from insights.communities import Floats, GraphSettings, Ints, find_groups, nearest
from insights.embed import Encoder, default_encoder, unit
from insights.frames import SUFFIXES, write_frame
from insights.keywords import LexicalSpace, TermCounter, distinctive_terms, make_labels
from insights.threads import one_thread

MEMBER_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), metadata={"description": "id of the text, as given"}),
        pa.field(
            "cluster_key", pa.string(), metadata={"description": "group of the text; null where it is like too few others"}
        ),
        pa.field("is_central", pa.bool_(), metadata={"description": "whether the text speaks for its group"}),
        pa.field("similarity", pa.float32(), metadata={"description": "cosine of the text to the middle of its group"}),
    ]
)
CLUSTER_SCHEMA = pa.schema(
    [
        pa.field("cluster_key", pa.string(), metadata={"description": "stable across runs; never used for another group"}),
        pa.field("label", pa.string(), metadata={"description": "most distinctive terms, for people"}),
        pa.field("keywords", pa.list_(pa.string()), metadata={"description": "distinctive terms, best first"}),
        pa.field("size", pa.int64(), metadata={"description": "texts of this run, repeated ones counted"}),
        pa.field("state", pa.string(), metadata={"description": "new, growing, fading or adopted"}),
        pa.field(
            "growth",
            pa.float64(),
            metadata={"description": "change against the window (or run) before, as a share; null if none"},
        ),
        pa.field("first_seen", pa.timestamp("us", tz="UTC"), metadata={"description": "earliest text of any run"}),
        pa.field("last_seen", pa.timestamp("us", tz="UTC"), metadata={"description": "latest text of any run"}),
        pa.field("example_ids", pa.list_(pa.string()), metadata={"description": "ids of the most central texts"}),
        pa.field("examples", pa.list_(pa.string()), metadata={"description": "the most central texts themselves"}),
        pa.field("centroid", pa.list_(pa.float32()), metadata={"description": "mean direction of the texts, by the encoder"}),
        pa.field("encoder", pa.string(), metadata={"description": "name of the encoder of the centroid"}),
        pa.field("members", pa.list_(pa.uint64()), metadata={"description": "content digests of the texts"}),
        pa.field("corpus", pa.string(), metadata={"description": "digest of all texts of the run, grouped or not"}),
        pa.field("base_texts", pa.int64(), metadata={"description": "distinct texts when groups were last cut freely"}),
        pa.field("strength", pa.float64(), metadata={"description": "length of the sum of the texts' vectors"}),
        pa.field(
            "nearness",
            pa.list_(pa.float32()),
            metadata={"description": "cosine of each member to the middle, as it was when the member was last looked at"},
        ),
        pa.field("left_out", pa.int64(), metadata={"description": "distinct texts of the run that are in no group"}),
        pa.field("moved", pa.int64(), metadata={"description": "texts that came or went since all were last clustered"}),
    ]
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits and weights of discovery.

    Attributes:
        graph: how the neighbour graph is built and cut.
        topical: weight of the meaning of a text's rare words against that of the whole text.
        lexical: weight of the words themselves.
        exact: distinct texts that are clustered as a whole; of more, a sample of this size is, and the rest joins it.
        rounds: how often what joined nothing is clustered again.
        examples: central texts kept a group.
        overlap: share of common texts (Jaccard index) from which a group keeps an earlier key.
        resemblance: cosine of centroids from which it does where no text is known from before.
        regrowth: factor by which the texts may become more or fewer before groups are cut freely again; until then
            the earlier groups hold their texts together. Keys carry over either way.
        whole: up to so many distinct texts, all are clustered in each run.
        renewal: of more, all are clustered again once this share of them has come or gone; until then, texts stay in
            their groups, new ones join these, and those that join none are clustered by themselves.
        window: days that growth compares with the same number of days before.
    """

    graph: GraphSettings = field(default_factory=GraphSettings)
    topical: float = 1.0
    lexical: float = 0.7
    exact: int = 30_000
    rounds: int = 3
    examples: int = 5
    overlap: float = 0.2
    resemblance: float = 0.85
    regrowth: float = 1.5
    whole: int = 5_000
    renewal: float = 0.05
    window: int = 28


@dataclass(frozen=True, slots=True)
class Discovery:
    """Outcome of one run.

    Attributes:
        members: one row an input row, in its order (MEMBER_SCHEMA).
        clusters: one row a group, largest first, also of groups that have no texts any more (CLUSTER_SCHEMA); this is
            the state to pass to the next run.
    """

    members: pa.Table
    clusters: pa.Table


class DiscoveryError(ValueError):
    """Discovery was asked for something that cannot be done; the message says what to change."""


@one_thread
def discover(
    texts: pa.Table,
    previous: pa.Table | None = None,
    encoder: Encoder | None = None,
    settings: Settings | None = None,
    adopted: Collection[str] = (),
) -> Discovery:
    """Group like texts and carry the keys of earlier groups over.

    Args:
        texts: columns id and text, and occurred_at where growth is to be told from dates.
        previous: `clusters` of the run before.
        encoder: turns texts into vectors; the packaged static encoder by default.
        settings: limits and weights.
        adopted: keys of groups that were made a theme.

    Returns:
        Members and clusters.

    Raises:
        DiscoveryError: a column is missing.
    """
    settings = settings or Settings()
    encoder = encoder or default_encoder()
    missing = {"id", "text"} - set(texts.column_names)
    if missing:
        raise DiscoveryError(f"the texts have no column {', '.join(sorted(missing))}; expected id and text")
    before = _Earlier.read(previous, encoder.name)
    corpus = _Corpus.read(texts)
    fingerprint = corpus.fingerprint(encoder.name)
    earlier, base = before.groups_of(corpus.digests), before.base(len(corpus.texts), settings.regrowth)
    moved = before.moved(earlier)
    is_same = before.corpus == fingerprint
    if base and before.can_go_on and (is_same or _is_little(moved, corpus, settings)):
        waiting = np.flatnonzero(earlier < 0) if not is_same else np.zeros(0, dtype=np.int64)
        found = _go_on(corpus, before, earlier, waiting, encoder, settings)
    else:
        moved = 0
        found = _cluster_all(corpus, earlier if base else np.full_like(earlier, -1), encoder, settings)
    keys = _keep_keys(corpus, found.groups, found.middle.centroids, before, settings)
    members = _members(corpus, found.groups, keys, found.middle)
    rows = _describe(corpus, found, keys, encoder.name)
    state = {"base_texts": base or len(corpus.texts), "moved": moved, "left_out": int((found.groups < 0).sum())}
    for row in rows:
        row.update(corpus=fingerprint, **state)
    return Discovery(members, _with_states(rows, before, set(adopted), corpus, found.groups, settings))


def promote(clusters: pa.Table, cluster_key: str, product_area: str = "") -> dict[str, Any]:
    """Draft of a theme for the taxonomy: name from the label, seeds from the most central texts.

    Args:
        clusters: `clusters` of a discovery.
        cluster_key: the group to make a theme of.
        product_area: part of the product that the theme concerns.

    Returns:
        A theme record with the keys of the taxonomy file.

    Raises:
        DiscoveryError: no such group, or one without texts.
    """
    rows = [row for row in clusters.to_pylist() if row["cluster_key"] == cluster_key]
    if not rows:
        raise DiscoveryError(f"there is no cluster {cluster_key!r}; the keys are in the column cluster_key of the discovery")
    row = rows[0]
    if not row["examples"]:
        raise DiscoveryError(f"cluster {cluster_key!r} has no texts to take seeds from; choose one that has")
    name = row["label"][:1].upper() + row["label"][1:]
    slug = re.sub(
        r"[^a-z0-9]+", "_", unicodedata.normalize("NFKD", row["label"]).encode("ascii", "ignore").decode().lower()
    ).strip("_")
    theme_id = slug[:63].rstrip("_") if re.match(r"[a-z][a-z0-9_]", slug) else f"theme_{cluster_key}"
    return {
        "id": theme_id,
        "name": name,
        "product_area": product_area,
        "description": f"Texts about {', '.join(row['keywords']) or row['label']}",
        "seeds": [" ".join(text.split()) for text in row["examples"]],
    }


def discover_file(source: Path, target: Path, encoder: Encoder | None = None, settings: Settings | None = None) -> Discovery:
    """Discover over a file of texts and write id, cluster_key and label, one row a text.

    Args:
        source: CSV, NDJSON or Parquet with the columns id and text, and maybe occurred_at.
        target: file to write, format by its suffix; replaced only when it is complete.
        encoder: turns texts into vectors.
        settings: limits and weights.

    Returns:
        The whole discovery.

    Raises:
        DiscoveryError: a format is unknown or a column is missing.
    """
    _check_suffix(target)
    found = discover(_read(source), encoder=encoder, settings=settings)
    labels = pl.from_arrow(found.clusters.select(["cluster_key", "label"]))
    members = pl.from_arrow(found.members.select(["id", "cluster_key"]))
    if not isinstance(labels, pl.DataFrame) or not isinstance(members, pl.DataFrame):
        raise TypeError("Arrow tables become frames")
    write_frame(members.join(labels, on="cluster_key", how="left", maintain_order="left"), target)
    return found


@dataclass(frozen=True, slots=True)
class _Corpus:
    """Distinct texts in the order of their digests, and how the given rows map to them."""

    ids: list[str | None]
    times: npt.NDArray[np.int64] | None  # microseconds, minimum = unknown
    rows: Ints  # distinct text of each row, -1 for an empty one
    counts: Ints  # under how many ids each distinct text came
    texts: list[str]
    digests: npt.NDArray[np.uint64]

    @classmethod
    def read(cls, table: pa.Table) -> _Corpus:
        given = table.column("text").cast(pa.string()).to_pylist()
        ids = table.column("id").cast(pa.string()).to_pylist()
        first: dict[int, str] = {}
        codes = np.zeros(len(given), dtype=np.uint64)
        for row, text in enumerate(given):
            digest = _digest(text)
            codes[row] = digest
            if digest:
                # Of spellings that differ in case or spacing, the smallest speaks, whatever the order of delivery.
                first[digest] = min(first.get(digest, text), text)
        digests = np.unique(codes[codes > 0])
        rows = np.where(codes > 0, np.searchsorted(digests, codes), -1).astype(np.int64)
        said = {(text, name) for text, name in zip(rows.tolist(), ids, strict=True) if text >= 0}
        counts = np.bincount(np.fromiter((text for text, _ in said), np.int64, len(said)), minlength=len(digests)).astype(
            np.int64
        )
        return cls(ids, _times(table), rows, counts, [first[int(digest)] for digest in digests], digests)

    def fingerprint(self, encoder: str) -> str:
        """Equal for equal texts, said as often, under an equal encoder."""
        return hashlib.blake2b(
            encoder.encode() + b"|" + self.digests.tobytes() + self.counts.tobytes(), digest_size=16
        ).hexdigest()

    def first_row(self) -> Ints:
        """One row of each distinct text: that with the smallest id."""
        order = sorted(range(len(self.ids)), key=lambda row: (self.ids[row] is None, self.ids[row] or ""), reverse=True)
        chosen = np.zeros(len(self.texts), dtype=np.int64)
        for row in order:
            if self.rows[row] >= 0:
                chosen[self.rows[row]] = row
        return chosen


@dataclass(frozen=True, slots=True)
class _Earlier:
    """The clusters of the run before."""

    rows: list[dict[str, Any]]
    digests: npt.NDArray[np.uint64]
    owners: Ints
    centroids: Floats | None
    nearness: Floats | None  # of the texts of `digests`; None where a state does not say it

    @classmethod
    def read(cls, table: pa.Table | None, encoder: str) -> _Earlier:
        rows = [] if table is None else table.to_pylist()
        parts = [np.asarray(row["members"] or (), dtype=np.uint64) for row in rows]
        digests = np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)
        owners = np.repeat(np.arange(len(rows)), [len(part) for part in parts]) if parts else np.zeros(0, dtype=np.int64)
        order = np.argsort(digests, kind="stable")
        comparable = bool(rows) and all(row["encoder"] == encoder for row in rows)
        centroids = np.asarray([row["centroid"] for row in rows], dtype=np.float32) if comparable else None
        nearness = None
        if comparable and all(len(row.get("nearness") or ()) == len(part) for row, part in zip(rows, parts, strict=True)):
            nearness = np.asarray([near for row in rows for near in row["nearness"] or ()], dtype=np.float32)[order]
        return cls(rows, digests[order], np.asarray(owners, dtype=np.int64)[order], centroids, nearness)

    @property
    def can_go_on(self) -> bool:
        """Whether the state says all that is needed to place new texts without looking at the others."""
        return self.nearness is not None

    def moved(self, earlier: Ints) -> int:
        """Texts that came or went since all texts were last clustered, given each text's earlier group."""
        state = next((row for row in self.rows if row["members"]), None)
        if state is None or state.get("moved") is None:
            return 0
        gone = len(self.digests) - int((earlier >= 0).sum())
        return int(state["moved"]) + max(int((earlier < 0).sum()) - int(state["left_out"]), 0) + gone

    @property
    def corpus(self) -> str | None:
        """Fingerprint of the texts of that run."""
        return next((row["corpus"] for row in self.rows if row["members"]), None)

    def base(self, n_texts: int, factor: float) -> int | None:
        """Number of texts of the last free cut; None where another one is due."""
        base = next((int(row["base_texts"]) for row in self.rows if row["members"]), None)
        return base if base and base / factor <= n_texts <= base * factor else None

    def groups_of(self, digests: npt.NDArray[np.uint64]) -> Ints:
        """Earlier group of each text, -1 for a text not seen in one."""
        if not len(self.digests):
            return np.full(len(digests), -1, dtype=np.int64)
        at = self._places(digests)
        return np.where(self.digests[at] == digests, self.owners[at], -1)

    def nearness_of(self, digests: npt.NDArray[np.uint64]) -> Floats:
        """Nearness of texts that were in a group."""
        return np.zeros(0, dtype=np.float32) if self.nearness is None else self.nearness[self._places(digests)]

    def _places(self, digests: npt.NDArray[np.uint64]) -> Ints:
        return np.minimum(np.searchsorted(self.digests, digests), len(self.digests) - 1).astype(np.int64)


def _digest(text: str | None) -> int:
    plain = " ".join(unicodedata.normalize("NFKC", text or "").casefold().split())
    if not any(character.isalnum() for character in plain):
        return 0
    return int.from_bytes(hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") or 1


def _times(table: pa.Table) -> npt.NDArray[np.int64] | None:
    if "occurred_at" not in table.column_names:
        return None
    column = table.column("occurred_at")
    if pa.types.is_null(column.type):
        return None
    stamps = column.cast(pa.timestamp("us", tz="UTC")) if not pa.types.is_string(column.type) else _parse_times(column)
    plain = stamps.cast(pa.int64()).fill_null(_NEVER)
    times: npt.NDArray[np.int64] = plain.to_numpy()
    return times if (times != _NEVER).any() else None


def _parse_times(column: pa.ChunkedArray) -> pa.ChunkedArray:
    parsed = pl.Series(column.to_pylist(), dtype=pl.String).str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
    return pa.chunked_array([parsed.to_arrow().cast(pa.timestamp("us", tz="UTC"))])


_NEVER = -(2**63)


class _Space:
    """Vectors of meaning and words; made in chunks, so that memory does not follow the number of texts.

    Words are weighed by the sample of texts that is clustered first.
    """

    def __init__(self, texts: list[str], encoder: Encoder, settings: Settings) -> None:
        self.texts = texts
        self.encoder = encoder
        self._settings = settings
        sample = texts[: settings.exact]
        self.counter = TermCounter(sample, rare=2 if len(sample) >= 200 else 1)
        self._lexical = LexicalSpace(self.counter.counts)
        self._meaning = self._encode(np.arange(len(sample)))
        # Words are weighed by the static encoder whatever reads the texts: a transformer reads sentences, not words.
        static, words = default_encoder(), self.counter.words
        self._words = words
        self._word_vectors = static.encode([self.counter.terms[word] for word in words]) * self._lexical.rarity[words][:, None]

    def meaning(self, wanted: Ints) -> Floats:
        """Unit vectors of the encoder."""
        known = len(self._meaning)
        return self._meaning[wanted] if not len(wanted) or wanted.max() < known else self._encode(wanted)

    def counts(self, wanted: Ints) -> sp.csr_matrix:
        """Term counts."""
        known = self.counter.counts.shape[0]
        if not len(wanted) or wanted.max() < known:
            return self.counter.counts[wanted]
        return self.counter.count([self.texts[i] for i in wanted])

    def vectors(self, wanted: Ints) -> Floats:
        """Meaning of the text, meaning of its rare words, and the words themselves in one unit vector."""
        counts = self.counts(wanted)
        topic = unit(np.asarray(counts[:, self._words] @ self._word_vectors, dtype=np.float32))
        lexical = self._lexical.vectors(counts)
        return unit(np.hstack([self.meaning(wanted), self._settings.topical * topic, self._settings.lexical * lexical]))

    def _encode(self, wanted: Ints) -> Floats:
        if not len(wanted):
            return np.zeros((0, self.encoder.dimensions), dtype=np.float32)
        return np.asarray(self.encoder.encode([self.texts[i] for i in wanted]), dtype=np.float32)


def _group(space: _Space, counts: Ints, earlier: Ints, settings: Settings) -> Ints:
    """Cluster a sample, let the rest join it, cluster again what joined nothing.

    Texts come in the order of their digests, so the sample is random, yet the same texts stay in it as others arrive.
    """
    groups = np.full(len(space.texts), -1, dtype=np.int64)
    pending = np.arange(len(groups))
    for _ in range(settings.rounds):
        sample, rest = pending[: settings.exact], pending[settings.exact :]
        vectors = space.vectors(sample)
        found = find_groups(vectors, counts[sample], earlier[sample], settings.graph)
        groups[sample] = np.where(found >= 0, found + groups.max(initial=-1) + 1, -1)
        if not len(rest):
            break
        typical = _prototypes(found)
        for start in range(0, len(rest), settings.exact):
            chunk = rest[start : start + settings.exact]
            groups[chunk] = _join(space.vectors(chunk), vectors[typical], groups[sample][typical], settings.graph)
        pending = rest[groups[rest] < 0]
    return groups


def _is_little(moved: int, corpus: _Corpus, settings: Settings) -> bool:
    """Whether so few texts came or went that the others need no look."""
    return len(corpus.texts) > settings.whole and moved <= settings.renewal * len(corpus.texts)


def _cluster_all(corpus: _Corpus, earlier: Ints, encoder: Encoder, settings: Settings) -> _Found:
    """Groups of all texts; the earlier ones pull their texts together."""
    space = _Space(corpus.texts, encoder, settings)
    groups = _group(space, corpus.counts, earlier, settings)
    middle = _middles(space, groups, settings)
    shown = _prototypes(groups, most=max(settings.examples, settings.exact // max(len(middle.central), 1)))
    keywords = distinctive_terms(space.counts(shown), space.counter.terms, groups[shown], len(middle.central))
    return _Found(groups, middle, keywords, make_labels(keywords, _first_quotes(corpus, middle)))


def _go_on(corpus: _Corpus, before: _Earlier, earlier: Ints, waiting: Ints, encoder: Encoder, settings: Settings) -> _Found:
    """The earlier groups and what waits for one: it joins them, and what joins none is clustered by itself.

    Texts are compared with a few of each group, and only what is new is read; names stay until all is clustered again.
    """
    kept = np.unique(earlier[earlier >= 0])
    groups = np.where(earlier >= 0, np.searchsorted(kept, earlier), -1)
    typical = _prototypes(groups) if len(waiting) else waiting
    looked_at = np.concatenate([typical, waiting])
    space = _Space([corpus.texts[text] for text in looked_at], encoder, settings)
    if len(waiting):
        groups[waiting] = _place(space, groups[typical], corpus.counts[waiting], settings)
    middle = _moved_middles(corpus, before, earlier, groups, encoder, settings)
    sample = looked_at[: settings.exact]
    terms = distinctive_terms(space.counter.counts, space.counter.terms, groups[sample], len(middle.central))[len(kept) :]
    names = [(before.rows[old]["label"], list(before.rows[old]["keywords"])) for old in kept]
    labels = [label for label, _ in names]
    labels += make_labels(terms, _first_quotes(corpus, middle)[len(kept) :], taken=labels)
    return _Found(groups, middle, [keywords for _, keywords in names] + terms, labels)


def _place(space: _Space, known: Ints, counts: Ints, settings: Settings) -> Ints:
    """Groups of the texts of a space that stand behind those whose groups are known."""
    vectors = space.vectors(np.arange(len(space.texts)))
    typical, new = vectors[: len(known)], vectors[len(known) :]
    groups = _join(new, typical, known, settings.graph)
    apart = np.flatnonzero(groups < 0)
    # What is like nothing else is not made a group because everything that is left is far apart.
    strict = replace(settings.graph, lowest=settings.graph.floor)
    found = find_groups(new[apart], counts[apart], np.full(len(apart), -1, dtype=np.int64), strict)
    groups[apart] = np.where(found >= 0, found + known.max(initial=-1) + 1, -1)
    return groups


def _moved_middles(
    corpus: _Corpus, before: _Earlier, earlier: Ints, groups: Ints, encoder: Encoder, settings: Settings
) -> _Middles:
    """Middles from the earlier ones and the vectors of new texts; groups that lost a text are read again."""
    n_groups = int(groups.max(initial=-1)) + 1
    sums = np.zeros((n_groups, encoder.dimensions), dtype=np.float64)
    similarity = np.zeros(len(groups), dtype=np.float32)
    sizes = np.bincount(earlier[earlier >= 0], minlength=len(before.rows))
    is_whole = np.array([len(row["members"] or ()) == size for row, size in zip(before.rows, sizes, strict=True)], dtype=bool)
    kept = np.unique(earlier[earlier >= 0])
    for group, old in enumerate(kept):
        if is_whole[old]:
            sums[group] = before.rows[old]["strength"] * np.asarray(before.rows[old]["centroid"], dtype=np.float64)
    is_known = (earlier >= 0) & is_whole[earlier]
    similarity[is_known] = before.nearness_of(corpus.digests[is_known])
    read = np.flatnonzero((groups >= 0) & ~is_known)
    vectors = np.zeros((len(read), encoder.dimensions), dtype=np.float32)
    if len(read):
        vectors = np.asarray(encoder.encode([corpus.texts[text] for text in read]), dtype=np.float32)
    np.add.at(sums, groups[read], vectors.astype(np.float64))
    strengths = np.linalg.norm(sums, axis=1)
    centroids = unit(sums.astype(np.float32))
    untouched = np.setdiff1d(np.flatnonzero(is_whole[kept]), groups[read])
    for group in untouched:  # equal to the last bit
        centroids[group], strengths[group] = before.rows[kept[group]]["centroid"], before.rows[kept[group]]["strength"]
    similarity[read] = np.einsum("ij,ij->i", vectors, centroids[groups[read]])
    return _Middles(centroids, similarity, _central(groups, similarity, n_groups, settings), strengths)


def _first_quotes(corpus: _Corpus, middle: _Middles) -> list[str]:
    return [corpus.texts[texts[0]] for texts in middle.central]


def _prototypes(groups: Ints, most: int = 32) -> Ints:
    """Up to so many members of each group to compare other texts with."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    rank = np.arange(len(order)) - np.searchsorted(ordered, ordered)
    return np.sort(order[(ordered >= 0) & (rank < most)])


def _join(vectors: Floats, prototypes: Floats, groups: Ints, graph: GraphSettings) -> Ints:
    """Group of each vector by the vote of its nearest prototypes, -1 where they are too far."""
    if not len(prototypes):
        return np.full(len(vectors), -1, dtype=np.int64)
    near, cosine = nearest(vectors, graph.near, among=prototypes)
    votes = np.where(cosine >= graph.floor, np.square(cosine), 0)
    rows = np.repeat(np.arange(len(vectors)), near.shape[1])
    tally = sp.csr_matrix((votes.ravel(), (rows, groups[near].ravel())), shape=(len(vectors), int(groups.max()) + 1))
    winner = np.asarray(tally.argmax(axis=1)).ravel()
    enough = (cosine >= graph.floor).sum(axis=1) >= min(graph.smallest - 1, near.shape[1])
    return np.where(enough, winner, -1)


@dataclass(frozen=True, slots=True)
class _Middles:
    """The middle of each group, the nearness of every text to it, and the texts nearest."""

    centroids: Floats
    similarity: Floats
    central: list[Ints]
    strengths: npt.NDArray[np.float64]  # length of the sum of each group's vectors


@dataclass(frozen=True, slots=True)
class _Found:
    """Groups of the texts, their middles and names."""

    groups: Ints
    middle: _Middles
    keywords: list[list[str]]
    labels: list[str]


def _middles(space: _Space, groups: Ints, settings: Settings) -> _Middles:
    n_groups = int(groups.max(initial=-1)) + 1
    sums = np.zeros((n_groups, space.encoder.dimensions), dtype=np.float64)
    inside = np.flatnonzero(groups >= 0)
    chunks = [inside[start : start + settings.exact] for start in range(0, len(inside), settings.exact)]
    for chunk in chunks:
        member = sp.csr_matrix((np.ones(len(chunk)), (groups[chunk], np.arange(len(chunk)))), shape=(n_groups, len(chunk)))
        sums += member @ space.meaning(chunk).astype(np.float64)
    centroids = unit(sums.astype(np.float32))
    similarity = np.zeros(len(groups), dtype=np.float32)
    for chunk in chunks:
        similarity[chunk] = np.einsum("ij,ij->i", space.meaning(chunk), centroids[groups[chunk]])
    return _Middles(centroids, similarity, _central(groups, similarity, n_groups, settings), np.linalg.norm(sums, axis=1))


def _central(groups: Ints, similarity: Floats, n_groups: int, settings: Settings) -> list[Ints]:
    """The texts of each group that are nearest to its middle."""
    inside = np.flatnonzero(groups >= 0)
    order = inside[np.lexsort((inside, -similarity[inside], groups[inside]))]
    starts = np.searchsorted(groups[order], np.arange(n_groups + 1))
    return [order[starts[group] : min(starts[group + 1], starts[group] + settings.examples)] for group in range(n_groups)]


def _keep_keys(corpus: _Corpus, groups: Ints, centroids: Floats, before: _Earlier, settings: Settings) -> list[str]:
    """Key of each group: that of the earlier group it continues, or a new one made of its content.

    Of the parts of a split group the largest keeps the key; of merged groups the one that brought most texts gives it.
    """
    n_groups = len(centroids)
    keys: list[str | None] = [None] * n_groups
    for group, old in _matches(corpus, groups, centroids, before, settings):
        keys[group] = before.rows[old]["cluster_key"]
    taken = {row["cluster_key"] for row in before.rows}
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(n_groups + 1))
    for group in range(n_groups):
        if keys[group] is None:
            digests = corpus.digests[order[starts[group] : starts[group + 1]]]
            keys[group] = next(key for key in (f"c{digest:016x}" for digest in digests.tolist()) if key not in taken)
    return [str(key) for key in keys]


def _matches(corpus: _Corpus, groups: Ints, centroids: Floats, before: _Earlier, settings: Settings) -> list[tuple[int, int]]:
    n_groups, n_old = len(centroids), len(before.rows)
    if not n_groups or not n_old:
        return []
    earlier = before.groups_of(corpus.digests)
    common = np.flatnonzero((groups >= 0) & (earlier >= 0))
    shared = np.zeros((n_groups, n_old))
    np.add.at(shared, (groups[common], earlier[common]), 1)
    of_new, of_old = shared.sum(axis=1, keepdims=True), np.bincount(earlier[earlier >= 0], minlength=n_old)[None, :]
    jaccard = shared / np.maximum(of_new + of_old - shared, 1)
    score = np.where(jaccard >= settings.overlap, shared, 0)
    if before.centroids is not None and before.centroids.shape[1] == centroids.shape[1]:
        cosine = centroids @ before.centroids.T
        unknown = (of_new == 0) & (of_old == 0) & (cosine >= settings.resemblance)
        score = np.where(unknown, cosine / 2, score)
    rows, columns = linear_sum_assignment(-score)
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True) if score[row, column] > 0]


def _members(corpus: _Corpus, groups: Ints, keys: list[str], middle: _Middles) -> pa.Table:
    speaks = np.zeros(len(groups) + 1, dtype=bool)
    for texts in middle.central:
        speaks[texts] = True
    # The last entry stands for empty texts, which the row number -1 points to.
    groups, similarity = np.append(groups, -1), np.append(middle.similarity, 0)
    of_row = groups[corpus.rows]
    outside = of_row < 0
    key = pa.array(keys, pa.string()).take(pa.array(np.where(outside, 0, of_row), mask=outside))
    nearness = pa.array(similarity[corpus.rows], pa.float32(), mask=outside)
    return pa.table([pa.array(corpus.ids, pa.string()), key, pa.array(speaks[corpus.rows]), nearness], schema=MEMBER_SCHEMA)


def _describe(corpus: _Corpus, found: _Found, keys: list[str], encoder: str) -> list[dict[str, Any]]:
    """One record a group, without what follows from earlier runs."""
    groups, middle = found.groups, found.middle
    first = corpus.first_row()
    sizes = np.bincount(groups[corpus.rows[corpus.rows >= 0]] + 1, minlength=len(keys) + 1)[1:]
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(len(keys) + 1))
    inside = [order[starts[group] : starts[group + 1]] for group in range(len(keys))]
    return [
        {
            "cluster_key": keys[group],
            "label": found.labels[group],
            "keywords": found.keywords[group],
            "size": int(sizes[group]),
            "example_ids": [corpus.ids[first[text]] for text in middle.central[group]],
            "examples": [corpus.texts[text] for text in middle.central[group]],
            "centroid": middle.centroids[group],
            "encoder": encoder,
            "members": corpus.digests[inside[group]],
            "strength": float(middle.strengths[group]),
            "nearness": middle.similarity[inside[group]],
        }
        for group in range(len(keys))
    ]


def _with_states(
    found: list[dict[str, Any]], before: _Earlier, adopted: set[str], corpus: _Corpus, groups: Ints, settings: Settings
) -> pa.Table:
    """The records with growth, first sight and state; groups that lost all their texts stay known."""
    earlier = {row["cluster_key"]: row for row in before.rows}
    trends = _trends(corpus, groups, len(found), settings.window)
    for row, trend in zip(found, trends, strict=True):
        old = earlier.pop(row["cluster_key"], None)
        row.update(trend.seen(old))
        row["growth"], row["state"] = trend.judge(row["size"], old)
    for old in earlier.values():
        gone: dict[str, Any] = {
            "size": 0,
            "growth": -1.0 if old["size"] else None,
            "state": "fading",
            "members": [],
            "nearness": [],
        }
        found.append({**old, **gone})
    for row in found:
        if row["cluster_key"] in adopted:
            row["state"] = "adopted"
    found.sort(key=lambda row: (-row["size"], row["cluster_key"]))
    return pa.table({name: [row.get(name) for row in found] for name in CLUSTER_SCHEMA.names}, schema=CLUSTER_SCHEMA)


@dataclass(frozen=True, slots=True)
class _Trend:
    """When a group's texts occurred: in the last window, in the one before, first and last; None without dates."""

    recent: int | None = None
    prior: int | None = None
    first: datetime | None = None
    last: datetime | None = None
    window_start: datetime | None = None

    def seen(self, old: dict[str, Any] | None) -> dict[str, datetime | None]:
        """First and last sight over all runs."""
        firsts = [time for time in (self.first, old and old["first_seen"]) if time]
        lasts = [time for time in (self.last, old and old["last_seen"]) if time]
        return {"first_seen": min(firsts, default=None), "last_seen": max(lasts, default=None)}

    def judge(self, size: int, old: dict[str, Any] | None) -> tuple[float | None, str]:
        """Growth and state: by dates where there are any, else against the run before."""
        if self.recent is None or self.prior is None:
            if old is None:
                return None, "new"
            growth = (size - old["size"]) / old["size"] if old["size"] else None
            return growth, "fading" if growth is not None and growth < 0 else "growing"
        first = self.seen(old)["first_seen"]
        if first is not None and self.window_start is not None and first > self.window_start:
            return None, "new"
        growth = (self.recent - self.prior) / self.prior if self.prior else None
        return growth, "growing" if self.recent >= self.prior and self.recent else "fading"


def _trends(corpus: _Corpus, groups: Ints, n_groups: int, window: int) -> list[_Trend]:
    if corpus.times is None:
        return [_Trend()] * n_groups
    dated = np.flatnonzero((corpus.times != _NEVER) & (corpus.rows >= 0))
    times, owner = corpus.times[dated], groups[corpus.rows[dated]]
    end, span = int(corpus.times.max()), window * 86_400_000_000
    trends = []
    for group in range(n_groups):
        mine = times[owner == group]
        recent, prior = int((mine > end - span).sum()), int(((mine <= end - span) & (mine > end - 2 * span)).sum())
        first, last = (_moment(int(mine.min())), _moment(int(mine.max()))) if len(mine) else (None, None)
        trends.append(_Trend(recent, prior, first, last, _moment(end - span)))
    return trends


def _moment(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def _check_suffix(path: Path) -> None:
    if path.suffix.lower() not in SUFFIXES:
        raise DiscoveryError(f"{path.name}: unknown format; use .csv, .ndjson, .jsonl or .parquet")


def _read(path: Path) -> pa.Table:
    _check_suffix(path)
    suffix = path.suffix.lower()
    try:
        if suffix == ".csv":
            frame = pl.read_csv(path, infer_schema=False, encoding="utf8-lossy")
        elif suffix == ".parquet":
            frame = pl.read_parquet(path)
        else:
            frame = pl.read_ndjson(path, infer_schema_length=None)
    except pl.exceptions.NoDataError:
        raise DiscoveryError(f"{path.name}: the file is empty; expected a header with id and text") from None
    wanted = [name for name in ("id", "text", "occurred_at") if name in frame.columns]
    missing = {"id", "text"} - set(wanted)
    if missing:
        raise DiscoveryError(f"{path.name}: no column {', '.join(sorted(missing))}; expected id and text")
    return frame.select(wanted).to_arrow()
