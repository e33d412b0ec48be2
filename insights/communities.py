"""Groups in a cloud of vectors: nearest neighbours, diffusion over them, shared neighbours, communities.

Pure arrays in and out; memory is bounded by blocks, so the largest intermediate does not grow with the square of the input.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy.linalg
import scipy.sparse as sp
import scipy.sparse.csgraph

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_BLOCK_BYTES = 128_000_000


@dataclass(frozen=True, slots=True)
class GraphSettings:
    """How the graph is built and cut; chosen on other data than the figures are reported on.

    Attributes:
        dimensions: of many vectors, diffused ones are condensed to so many before they are compared, others to twice as
            many.
        many: number of vectors from which they are condensed.
        floor: vectors less similar than this (cosine) are no neighbours: what is like nothing else stays out.
        typical: the floor is lower where vectors are few and far between: this share of the similarity that half of them
            have to their third neighbour,
        lowest: but not lower than this.
        near: neighbours that diffusion averages over.
        steps: rounds of diffusion.
        mix: share of the neighbours' average in each round.
        breadth: neighbours of the second graph, as a multiple of the fourth root of the number of vectors.
        resolution: of the communities' modularity, at most; higher gives more and smaller groups.
        fineness: resolution for each vector, which holds for few of them (but at least 1): what can be told apart in a
            hundred texts is less than in thousands.
        sharpenings: rounds in which the groups found sharpen the vectors for the next cut.
        loyalty: weight of the link of a vector to its earlier group, as a share of its other links.
        smallest: groups said less often are dissolved; at least 2.
        same: groups whose middles are at least this similar (cosine) are one.
        seed: of the order in which nodes are visited.
    """

    dimensions: int = 96
    many: int = 5_000
    floor: float = 0.42
    typical: float = 0.55
    lowest: float = 0.25
    near: int = 8
    steps: int = 10
    mix: float = 0.7
    breadth: float = 3.5
    resolution: float = 12.0
    fineness: float = 0.004
    sharpenings: int = 1
    loyalty: float = 0.5
    smallest: int = 3
    same: float = 0.97
    seed: int = 0


def find_groups(vectors: Floats, counts: Ints, earlier: Ints, settings: GraphSettings) -> Ints:
    """Group of each vector, -1 where a vector is like too few others.

    Args:
        vectors: unit vectors, one row a text.
        counts: how often each text was said.
        earlier: group that a vector was in before, -1 for none; earlier groups pull their vectors together.
        settings: how the graph is built and cut.

    Returns:
        Group numbers without gaps, in order of first appearance.
    """
    if not len(vectors):
        return np.zeros(0, dtype=np.int64)
    first, place = _distinct(vectors)
    weights = np.bincount(place, weights=counts).astype(np.int64)
    vectors = vectors[first]
    if len(vectors) >= settings.many:
        vectors = condense(vectors, 2 * settings.dimensions)
    groups = _tidy(_group_distinct(vectors, earlier[first], settings), weights, settings.smallest)
    # What was said often enough in the same words is a group even if nothing else is like it.
    alone = np.flatnonzero((groups < 0) & (weights >= settings.smallest) & np.any(vectors != 0, axis=1))
    groups[alone] = groups.max(initial=-1) + 1 + np.arange(len(alone))
    return _tidy(groups[place], counts, settings.smallest)


def _distinct(vectors: Floats) -> tuple[Ints, Ints]:
    """First row of each distinct vector, and the distinct vector of each row; rounding errors do not tell rows apart."""
    probes = np.random.default_rng(0).standard_normal((vectors.shape[1], 4)).astype(np.float32)
    _, first, place = np.unique(np.round(vectors @ probes, 4), axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return first[order], np.argsort(order)[place.ravel()]


def _group_distinct(vectors: Floats, earlier: Ints, settings: GraphSettings) -> Ints:
    groups = np.full(len(vectors), -1, dtype=np.int64)
    if len(vectors) < 2:
        return groups
    near = nearest(vectors, settings.near)
    settings = replace(settings, floor=_floor(near[1], settings))
    cut = _partition(vectors, near, earlier, settings)
    for _ in range(settings.sharpenings):
        sharper = sharpen(vectors, cut)
        if len(vectors) >= settings.many:
            sharper = condense(sharper, 2 * settings.dimensions)
        cut = _partition(sharper, nearest(sharper, settings.near), earlier, settings)
    linked = near[1][:, min(settings.smallest - 2, near[1].shape[1] - 1)] >= settings.floor
    groups[linked] = cut[linked]
    return _merge(vectors, groups, settings.same)


def _merge(vectors: Floats, groups: Ints, same: float) -> Ints:
    """Groups whose middles nearly coincide become one: a graph always finds a way to cut what is all alike."""
    inside = np.flatnonzero(groups >= 0)
    if not len(inside):
        return groups
    n_groups = int(groups.max()) + 1
    member = sp.csr_matrix((np.ones(len(inside), np.float32), (groups[inside], inside)), shape=(n_groups, len(groups)))
    middles = unit(np.asarray(member @ vectors, dtype=np.float32))
    merged = sp.csgraph.connected_components(sp.csr_matrix(middles @ middles.T >= same), directed=False)[1]
    return np.where(groups >= 0, merged[np.maximum(groups, 0)], -1)


def condense(vectors: Floats, dimensions: int) -> Floats:
    """The vectors in fewer dimensions with nearly the same inner products (principal directions, not centred)."""
    if dimensions >= vectors.shape[1]:
        return vectors
    directions = scipy.linalg.eigh(vectors.T @ vectors)[1][:, -dimensions:]
    return np.ascontiguousarray(vectors @ directions, dtype=np.float32)


def sharpen(vectors: Floats, groups: Ints, shrinkage: float = 0.9) -> Floats:
    """The vectors beside their projection onto the directions in which the groups differ (discriminant analysis).

    Directions that only add noise lose weight, so a second cut separates what the first confused.
    """
    inside = groups >= 0
    n_groups = int(groups.max(initial=-1)) + 1
    if n_groups < 3:
        return vectors
    own, codes = vectors[inside], groups[inside]
    member = sp.csr_matrix((np.ones(len(codes), np.float32), (codes, np.arange(len(codes)))), shape=(n_groups, len(codes)))
    sizes = np.bincount(codes, minlength=n_groups).astype(np.float32)[:, None]
    means = np.asarray(member @ own) / np.maximum(sizes, 1)
    middle = own.mean(axis=0)
    apart = own - means[codes]
    within = apart.T @ apart / len(own)
    within = (1 - shrinkage) * within + shrinkage * np.trace(within) / len(within) * np.eye(len(within), dtype=np.float32)
    between = ((means - middle) * sizes).T @ (means - middle) / len(own)
    directions = scipy.linalg.eigh(between, within)[1][:, ::-1][:, : n_groups - 1]
    return unit(np.hstack([unit(((vectors - middle) @ directions).astype(np.float32)), vectors]))


def unit(vectors: Floats) -> Floats:
    """Rows scaled to length one; zero rows stay zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Floats = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return scaled


def _floor(similarity: Floats, settings: GraphSettings) -> float:
    third = similarity[:, min(2, similarity.shape[1] - 1)]
    return min(settings.floor, max(settings.lowest, settings.typical * float(np.median(third))))


def _partition(vectors: Floats, near: tuple[Ints, Floats], earlier: Ints, settings: GraphSettings) -> Ints:
    """Groups of the vectors with enough neighbours, -1 for the others."""
    neighbours, similarity = near[0], np.where(near[1] >= settings.floor, near[1], 0)
    groups = np.full(len(vectors), -1, dtype=np.int64)
    linked = np.flatnonzero(similarity[:, min(settings.smallest - 2, similarity.shape[1] - 1)] > 0)
    if len(linked) < 2:
        return groups
    # Diffused vectors lie close to few directions: fewer dimensions keep their neighbours and save time.
    smooth = diffuse(vectors, neighbours, similarity, settings)[linked]
    if len(linked) >= settings.many:
        smooth = condense(smooth, settings.dimensions)
    breadth = max(5, round(settings.breadth * len(linked) ** 0.25))
    graph = shared_neighbours(*nearest(smooth, breadth), settings.floor)
    resolution = min(settings.resolution, max(1.0, settings.fineness * len(linked)))
    anchored = _anchor(graph, earlier[linked], settings.loyalty)
    groups[linked] = _cut(anchored, resolution, settings.seed)[: len(linked)]
    return groups


def nearest(vectors: Floats, k: int, among: Floats | None = None) -> tuple[Ints, Floats]:
    """The k most similar rows of each row and their cosines, by blocked matrix products.

    Args:
        vectors: unit vectors to find neighbours for.
        k: how many.
        among: unit vectors to find them in; left out, the vectors themselves, without the row itself.

    Returns:
        Row numbers and cosines, most similar first.
    """
    pool = vectors if among is None else among
    k = min(k, len(pool) - (among is None))
    rows = max(1, _BLOCK_BYTES // (4 * len(pool)))
    found = np.empty((len(vectors), k), dtype=np.int64)
    cosines = np.empty((len(vectors), k), dtype=np.float32)
    for start in range(0, len(vectors), rows):
        block = vectors[start : start + rows] @ pool.T
        if among is None:
            own = np.arange(len(block))
            block[own, start + own] = -np.inf
        found[start : start + rows], cosines[start : start + rows] = _largest(block, k)
    return found, cosines


def _largest(block: Floats, k: int, size: int = 16) -> tuple[Ints, Floats]:
    """Columns and values of the k largest entries of each row, largest first.

    The k largest lie in the k classes of columns with the largest maxima, which is cheaper than sorting out whole rows.
    """
    rows, columns = block.shape
    classes = columns // size  # a class = columns that are equal modulo the number of classes
    if classes <= 2 * k:
        chosen = np.tile(np.arange(columns), (rows, 1))
    else:
        peaks = block[:, : classes * size].reshape(rows, size, classes).max(axis=1)
        best = np.argpartition(peaks, -k, axis=1)[:, -k:]
        chosen = (best[:, :, None] + np.arange(size) * classes).reshape(rows, -1)
        rest = np.tile(np.arange(classes * size, columns), (rows, 1))
        chosen = np.hstack([chosen, rest])
    values = np.take_along_axis(block, chosen, axis=1)
    if k < values.shape[1]:
        kept = np.argpartition(values, -k, axis=1)[:, -k:]
        chosen, values = np.take_along_axis(chosen, kept, axis=1), np.take_along_axis(values, kept, axis=1)
    order = np.lexsort((chosen, -values), axis=1)
    return np.take_along_axis(chosen, order, axis=1), np.take_along_axis(values, order, axis=1)


def diffuse(vectors: Floats, neighbours: Ints, similarity: Floats, settings: GraphSettings) -> Floats:
    """Each vector moved towards the average of its neighbours, several times: dense regions draw together."""
    n, k = neighbours.shape
    indptr = np.arange(0, n * k + 1, k)
    links = sp.csr_matrix((np.square(similarity).ravel(), neighbours.ravel(), indptr), shape=(n, n))
    links = sp.csr_matrix(links + links.T)
    weight = np.asarray(links.sum(axis=1)).ravel()
    # A vector without neighbours keeps its place.
    links = sp.csr_matrix(
        sp.diags(np.divide(1, weight, out=np.zeros_like(weight), where=weight > 0)).astype(np.float32) @ links
    )
    alone = (weight == 0)[:, None]
    moved = vectors
    for _ in range(settings.steps):
        moved = np.where(alone, moved, (1 - settings.mix) * moved + settings.mix * (links @ moved)).astype(np.float32)
    return unit(moved)


def shared_neighbours(neighbours: Ints, similarity: Floats, floor: float, weakest: float = 1 / 30) -> sp.csr_matrix:
    """Graph whose weights say how much two rows' neighbourhoods have in common (a weighted Jaccard index).

    Nearer ranks count more, so that small groups are held by their first ranks and large ones by all of them.
    """
    n, k = neighbours.shape
    weights = np.where(similarity >= floor, 1 / (1 + np.arange(k, dtype=np.float32) / 10), 0).astype(np.float32)
    lists = sp.csr_matrix((weights.ravel(), neighbours.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    lists = sp.csr_matrix(lists + sp.identity(n, dtype=np.float32, format="csr"))
    lengths = np.sqrt(np.asarray(lists.multiply(lists).sum(axis=1)).ravel())
    lists = sp.csr_matrix(sp.diags(1 / lengths).astype(np.float32) @ lists)
    lists.eliminate_zeros()
    back = lists.T.tocsr()
    blocks = []
    rows = max(1, _BLOCK_BYTES // (8 * k * k))
    for start in range(0, n, rows):
        block = sp.csr_matrix(lists[start : start + rows] @ back)
        block.data = block.data / (2 - np.minimum(block.data, 1))
        block.data[block.data < weakest] = 0
        block.eliminate_zeros()
        blocks.append(block)
    graph = sp.csr_matrix(sp.vstack(blocks))
    graph.setdiag(0)
    graph.eliminate_zeros()
    graph.sort_indices()
    return graph


def _anchor(graph: sp.csr_matrix, earlier: Ints, loyalty: float) -> sp.csr_matrix:
    """One more node for each earlier group, linked to its vectors: belonging together is evidence like any other."""
    known = np.flatnonzero(earlier >= 0)
    if not len(known) or loyalty <= 0:
        return graph
    codes = np.unique(earlier[known], return_inverse=True)[1]
    degree = np.asarray(graph.sum(axis=1)).ravel()[known]
    shape = (graph.shape[0], int(codes.max()) + 1)
    pull = sp.csr_matrix(((loyalty * degree).astype(np.float32), (known, codes)), shape=shape)
    return sp.csr_matrix(sp.bmat([[graph, pull], [pull.T, None]], format="csr", dtype=np.float32))


def _cut(graph: sp.csr_matrix, resolution: float, seed: int) -> Ints:
    """Communities of the graph, each of them connected.

    Louvain, not the library's Leiden: that draws from the C library's random numbers, which no seed of its own reaches, so
    its result changes from run to run (the figures are the same). What Leiden guarantees beyond, connected communities, is
    restored by taking unconnected ones apart.
    """
    if graph.nnz == 0:
        return np.full(graph.shape[0], -1, dtype=np.int64)
    from sknetwork.clustering import Louvain  # slow to import; only clustering needs it

    louvain = Louvain(
        resolution=resolution,
        modularity="newman",
        shuffle_nodes=True,
        return_probs=False,
        return_aggregate=False,
        random_state=seed,
    )
    groups = np.asarray(louvain.fit_predict(graph), dtype=np.int64)
    links = graph.tocoo()
    inside = groups[links.row] == groups[links.col]
    shape = graph.shape
    within = sp.csr_matrix((links.data[inside], (links.row[inside], links.col[inside])), shape=shape)
    return np.asarray(sp.csgraph.connected_components(within, directed=False)[1], dtype=np.int64)


def _tidy(groups: Ints, weights: Ints, smallest: int) -> Ints:
    """Groups of enough weight, numbered in order of first appearance."""
    inside = groups >= 0
    sizes = np.bincount(groups[inside], weights=weights[inside], minlength=1)
    keep = inside & (sizes[np.maximum(groups, 0)] >= smallest)
    tidy = np.full(len(groups), -1, dtype=np.int64)
    _, first, codes = np.unique(groups[keep], return_index=True, return_inverse=True)
    tidy[keep] = np.argsort(np.argsort(first))[codes]
    return tidy
