"""Measures the insight engine against plain baselines in the same run: assignment, scope, sentiment, redaction, spans, speed.

Run `python -m benchmarks.insights SECTION …` from the project folder; all sections when none is named. Label sets are
read from `--labelled` (banking77 and clinc150, official splits; nothing is tuned on the test parts); sentiment needs the
ground-truth files that vaderSentiment's source distribution ships (`--sentiment FOLDER`).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import itertools
import json
import math
import re
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.svm import LinearSVC

from insights.classify import TextClassifier
from insights.embed import default_encoder, unit
from insights.enrich import enrich
from insights.redact import Redactor
from insights.sentiment import LABELS, NEGATIVE_BELOW, POSITIVE_ABOVE, TrainedSentiment, default_sentiment
from insights.taxonomy import load_taxonomy

HERE = Path(__file__).parent
SEEDS = (7, 11, 13)
PIPELINE_BATCH = 20_000  # texts that are read and written at a time, as orchestration does


def main() -> None:
    """Run the sections named on the command line."""
    sections: dict[str, Callable[[argparse.Namespace], None]] = {
        "assignment": assignment,
        "quality": quality,
        "scope": scope,
        "sentiment": sentiment,
        "redaction": redaction,
        "spans": spans,
        "throughput": throughput,
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*sections, []], help="what to measure; everything when left out")
    parser.add_argument("--labelled", type=Path, default=HERE.parent.parent / "shared" / "data" / "labelled")
    parser.add_argument("--sentiment", type=Path, default=None, help="folder with *_GroundTruth.txt")
    parser.add_argument("--documents", type=int, nargs="+", default=[10_000, 100_000], help="sizes for throughput")
    arguments = parser.parse_args()
    for name in arguments.sections or sections:
        print(f"\n== {name}")
        started = time.process_time()
        sections[name](arguments)
        print(f"   ({time.process_time() - started:.0f} CPU-s)")


def _interval(right: int, n: int) -> str:
    """A share with its 95 % Wilson interval."""
    share, z = right / n, 1.96
    scale, middle = 1 + z * z / n, share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return f"{share:.3f} [{(middle - half) / scale:.3f}, {(middle + half) / scale:.3f}] of {n}"


# --- assignment ------------------------------------------------------------------------------------------------------


def _banking(folder: Path) -> tuple[list[str], np.ndarray, list[str], np.ndarray, list[str]]:
    parts = {}
    for part in ("train", "test"):
        with (folder / f"banking77_{part}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        parts[part] = ([row["text"] for row in rows], [row["category"] for row in rows])
    classes = sorted(set(parts["train"][1]))
    names = [name.replace("_", " ").replace("?", "").lower() for name in classes]
    targets = {part: np.asarray([classes.index(c) for c in categories]) for part, (_, categories) in parts.items()}
    return parts["train"][0], targets["train"], parts["test"][0], targets["test"], names


def _accuracy(found: np.ndarray, truth: np.ndarray) -> tuple[int, int]:
    return int((found == truth).sum()), len(truth)


def assignment(arguments: argparse.Namespace) -> None:
    """banking77, official split: from names, from 8 seeds a class, from all labels."""
    train, y_train, test, y_test, names = _banking(arguments.labelled)
    encoder = default_encoder()
    everyone = list(range(len(names)))
    plain = (encoder.encode(test) @ encoder.encode(names).T).argmax(axis=1)
    print("names only   plain cosine            ", _interval(*_accuracy(plain, y_test)), flush=True)
    ours = TextClassifier(names, everyone, encoder)
    print(
        "             ours                    ", _interval(*_accuracy(ours.probabilities(test).argmax(1), y_test)), flush=True
    )
    ours = TextClassifier(names, everyone, encoder, unlabelled=train)
    print(
        "             ours + unlabelled train ", _interval(*_accuracy(ours.probabilities(test).argmax(1), y_test)), flush=True
    )
    totals: Counter[str] = Counter()
    for seed in SEEDS:
        generator = np.random.default_rng(seed)
        chosen = np.concatenate([generator.choice(np.flatnonzero(y_train == c), 8, replace=False) for c in everyone])
        texts, targets = [*names, *(train[i] for i in chosen)], np.concatenate([everyone, y_train[chosen]])
        model = LogisticRegression(C=10, max_iter=500).fit(encoder.encode(texts), targets)
        totals["plain linear on vectors "] += _accuracy(model.predict(encoder.encode(test)), y_test)[0]
        few = TextClassifier(texts, targets, encoder)
        totals[f"ours ({few.method})           "] += _accuracy(few.probabilities(test).argmax(1), y_test)[0]
        more = TextClassifier(texts, targets, encoder, unlabelled=train)
        totals["ours + unlabelled train "] += _accuracy(more.probabilities(test).argmax(1), y_test)[0]
    for name, right in totals.items():
        print("8 seeds      " + name, _interval(round(right / len(SEEDS)), len(test)), "mean of three draws", flush=True)
    vectorizers = (
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True),
    )
    rows, unseen = (
        hstack(parts) for parts in zip(*((v.fit_transform(train), v.transform(test)) for v in vectorizers), strict=True)
    )
    plain = LinearSVC(C=1.0).fit(rows, y_train).predict(unseen)
    print("all labels   tf-idf linear SVM       ", _interval(*_accuracy(plain, y_test)), flush=True)
    full = TextClassifier(train, y_train, encoder)
    found = full.probabilities(test)
    print("             ours                    ", _interval(*_accuracy(found.argmax(1), y_test)), flush=True)
    print(f"             calibration error (10 bins) {_calibration_error(found, y_test):.3f}")


def quality(arguments: argparse.Namespace) -> None:
    """banking77 with the optional encoder: from names and from 8 seeds a class; needs the extra `quality`."""
    from insights.quality import quality_encoder

    train, y_train, test, y_test, names = _banking(arguments.labelled)
    everyone, encoder, right = list(range(len(names))), quality_encoder(), 0
    named = TextClassifier(names, everyone, encoder).probabilities(test).argmax(1)
    print("names only   quality encoder         ", _interval(*_accuracy(named, y_test)), flush=True)
    for seed in SEEDS:
        generator = np.random.default_rng(seed)
        chosen = np.concatenate([generator.choice(np.flatnonzero(y_train == c), 8, replace=False) for c in everyone])
        few = TextClassifier(
            [*names, *(train[i] for i in chosen)], np.concatenate([everyone, y_train[chosen]]), encoder
        ).probabilities(test)
        right += _accuracy(few.argmax(1), y_test)[0]
    print("8 seeds      quality encoder         ", _interval(round(right / len(SEEDS)), len(test)), "mean of three draws")


def _calibration_error(probabilities: np.ndarray, truth: np.ndarray) -> float:
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * 10).astype(int), 9)
    gaps = [abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in set(bins)]
    return float(sum(gaps))


def scope(arguments: argparse.Namespace) -> None:
    """clinc150: telling what belongs to no class from what does (AUROC, test part)."""
    data = json.loads((arguments.labelled / "clinc_full.json").read_text(encoding="utf-8"))
    train, labels = [text for text, _ in data["train"]], [label for _, label in data["train"]]
    classes = sorted(set(labels))
    texts = [text for text, _ in [*data["test"], *data["oos_test"]]]
    inside = np.repeat([1, 0], [len(data["test"]), len(data["oos_test"])])
    encoder = default_encoder()
    nearest = (encoder.encode(texts) @ encoder.encode(train).T).max(axis=1)
    print(f"plain nearest cosine  AUROC {roc_auc_score(inside, nearest):.4f}", flush=True)
    model = TextClassifier(train, [classes.index(label) for label in labels], encoder)
    print(f"ours                  AUROC {_auc_interval(inside, model.familiarity(texts))}", flush=True)


def _auc_interval(truth: np.ndarray, scores: np.ndarray) -> str:
    generator = np.random.default_rng(0)
    drawn = [roc_auc_score(truth[i], scores[i]) for i in (generator.integers(0, len(truth), len(truth)) for _ in range(200))]
    return f"{roc_auc_score(truth, scores):.4f} [{np.quantile(drawn, 0.025):.4f}, {np.quantile(drawn, 0.975):.4f}]"


# --- sentiment -------------------------------------------------------------------------------------------------------


def sentiment(arguments: argparse.Namespace) -> None:
    """Sentences rated by twenty people each: even lines to learn and choose thresholds from, odd lines to judge."""
    if arguments.sentiment is None:
        print("skipped: name the folder with *_GroundTruth.txt by --sentiment")
        return
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # the peer, for this section only

    peer = SentimentIntensityAnalyzer()
    for part in ("amazonReviewSnippets", "nytEditorialSnippets"):
        lines = (arguments.sentiment / f"{part}_GroundTruth.txt").read_text(encoding="latin-1").splitlines()
        rows = [line.split("\t") for line in lines]
        texts, ratings = [row[2] for row in rows], np.asarray([float(row[1]) for row in rows])
        truth = np.where(ratings < -0.5, 0, np.where(ratings > 0.5, 2, 1))
        learn, judge = np.arange(len(texts))[::2], np.arange(len(texts))[1::2]
        held, target = [texts[i] for i in judge], truth[judge]
        examples = [(texts[i], LABELS[truth[i]]) for i in learn]
        vader = np.asarray([peer.polarity_scores(text)["compound"] for text in held])
        plain = TextClassifier([text for text, _ in examples], truth[learn], default_encoder())
        found = {
            "VADER": _thirds(vader, -0.05, 0.05),
            "lexicon (default)": _thirds(default_sentiment().score(held), NEGATIVE_BELOW, POSITIVE_ABOVE),
            "plain in-domain head": plain.probabilities(held).argmax(axis=1),
            "trained with lexicon": TrainedSentiment(examples).probabilities(held).argmax(axis=1),
        }
        for name, guess in found.items():
            print(f"{part:22s} {name:22s} macro-F1 {_f1_interval(target, guess)}", flush=True)


def _thirds(scores: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.where(scores < low, 0, np.where(scores > high, 2, 1))


def _f1_interval(truth: np.ndarray, guess: np.ndarray) -> str:
    generator = np.random.default_rng(0)
    draws = (generator.integers(0, len(truth), len(truth)) for _ in range(200))
    drawn = [f1_score(truth[i], guess[i], average="macro") for i in draws]
    return f"{f1_score(truth, guess, average='macro'):.3f} [{np.quantile(drawn, 0.025):.3f}, {np.quantile(drawn, 0.975):.3f}]"


# --- redaction -------------------------------------------------------------------------------------------------------

_MARK = re.compile(r"«(?:(?P<kind>[A-Z]+)\|)?(?P<words>[^»]*)»")


def _marked(line: str) -> tuple[str, list[tuple[str, int, int]]]:
    """The text of a line with «KIND|words» marks, and the marks with their offsets in that text."""
    text, marks, position = "", [], 0
    for match in _MARK.finditer(line):
        text += line[position : match.start()]
        marks.append((match["kind"] or "", len(text), len(text) + len(match["words"])))
        text += match["words"]
        position = match.end()
    return text + line[position:], marks


def _lines(name: str) -> Iterator[str]:
    for line in (HERE / "data" / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.replace("\\n", "\n")


def redaction(arguments: argparse.Namespace) -> None:
    """Personal data planted in texts of several locales, and clean texts that must stay as they are."""
    redactor, found, planted = Redactor(), Counter[str](), Counter[str]()
    for line in _lines("redaction.txt"):
        text, marks = _marked(line)
        spans = redactor.redact(text).spans
        for kind, start, end in marks:
            planted[kind] += 1
            covered = any(span.start <= start and end <= span.end for span in spans)
            found[kind] += covered
            if not covered:
                print(f"   missed {kind}: {text[start:end]!r}")
    for kind in sorted(planted):
        print(f"{kind:7s} recall {_interval(found[kind], planted[kind])}")
    print(f"all     recall {_interval(sum(found.values()), sum(planted.values()))}")
    clean = pa.array(_banking(arguments.labelled)[2])
    changed = sum(a != b for a, b in zip(clean.to_pylist(), redactor.redact_array(clean).to_pylist(), strict=True))
    print(f"clean texts altered: {changed} of {len(clean)}")
    many = pa.concat_arrays([clean] * 100)
    started = time.process_time()
    redactor.redact_array(many)
    print(f"{len(many) / (time.process_time() - started):,.0f} clean texts per CPU-second")


# --- spans -----------------------------------------------------------------------------------------------------------


def spans(_: argparse.Namespace) -> None:
    """Whether the quote shown for a theme overlaps the words that an annotator marked for it."""
    taxonomy, encoder = load_taxonomy(), default_encoder()
    rows = [line.split("\t", 1) for line in _lines("spans.tsv")]
    marked = [(theme, *_marked(line)) for theme, line in rows]
    texts = pa.table({"text_sha256": [str(n) for n in range(len(marked))], "text": [text for _, text, _ in marked]})
    quoted: dict[tuple[int, str], tuple[int, int]] = {}
    for row in enrich(texts, taxonomy).text_theme.to_pylist():
        quoted[int(row["text_sha256"]), row["theme_id"]] = (row["quote_start"], row["quote_end"])
    assigned = exact = window = 0
    for number, (theme, text, marks) in enumerate(marked):
        _, start, end = marks[0]
        phrases = encoder.encode([*taxonomy[theme].seeds, taxonomy[theme].description])
        window += _overlaps(_best_window(text, unit(phrases.mean(axis=0, keepdims=True))), (start, end))
        if (number, theme) in quoted:
            assigned += 1
            exact += _overlaps(quoted[number, theme], (start, end))
    n = len(marked)
    print("theme assigned                         ", _interval(assigned, n))
    print("quote overlaps the target, of assigned ", _interval(exact, max(assigned, 1)))
    print("peer: best five-word window by cosine  ", _interval(window, n))


def _overlaps(a: tuple[int, int], b: tuple[int, int]) -> bool:
    """At least half of the shorter span is shared."""
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return shared * 2 >= min(a[1] - a[0], b[1] - b[0])


def _best_window(text: str, theme: np.ndarray) -> tuple[int, int]:
    words = [match.span() for match in re.finditer(r"\S+", text)]
    windows = [(words[i][0], words[min(i + 5, len(words)) - 1][1]) for i in range(max(len(words) - 4, 1))]
    similar = default_encoder().encode([text[a:b] for a, b in windows]) @ theme[0]
    return windows[int(similar.argmax())]


# --- throughput ------------------------------------------------------------------------------------------------------


def throughput(arguments: argparse.Namespace) -> None:
    """The whole enrichment, redaction included, on distinct texts of two or three sentences."""
    base = _banking(arguments.labelled)[0]
    redactor, taxonomy = Redactor(), load_taxonomy()
    enrich(pa.table({"text_sha256": ["0"], "text": ["warm up"]}), taxonomy)
    for size in arguments.documents:
        documents = _documents(base, size)
        wall = cpu = 0.0
        characters = rows = 0
        # As the pipeline does it: making the texts is not measured.
        while texts := list(itertools.islice(documents, PIPELINE_BATCH)):
            started, spent = time.perf_counter(), time.process_time()
            redacted = redactor.redact_array(pa.array(texts))
            keys = [hashlib.sha256(text.encode()).hexdigest() for text in redacted.to_pylist()]
            rows += enrich(pa.table({"text_sha256": keys, "text": redacted}), taxonomy).text_theme.num_rows
            wall, cpu = wall + time.perf_counter() - started, cpu + time.process_time() - spent
            characters += sum(map(len, texts))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        speeds = f"{size / wall:,.0f} a second, {size / cpu:,.0f} a CPU-second"
        print(f"{size:>9,} documents of {characters / size:.0f} characters: {speeds},")
        print(f"          {rows:,} theme rows, peak memory {memory:.2f} GB", flush=True)


def _documents(base: Sequence[str], size: int) -> Iterator[str]:
    generator = np.random.default_rng(5)
    for number in range(size):
        first, second = generator.integers(0, len(base), 2)
        yield f"{base[first]} {base[second]} Ref {number}"


if __name__ == "__main__":
    main()
