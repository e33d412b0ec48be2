"""Trains the question model from the labelled messages: `python -m benchmarks.training.questions PART`.

PART `lexical` takes seconds; `encoder` fine-tunes the packaged MiniLM on one core and needs the packages named in the README
beside this file; `blend` weighs the two and makes probabilities honest on a batch that neither saw.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from insights.embed import default_encoder
from insights.question_labels import OWNERS, QUALITIES, Message, read_messages
from insights.question_model import MODEL_FILE, QuestionModel, lexical_features, read_arrays, tidy, weigh

TRAINED_ON = ("a", "b", "e", "f", "h")
CALIBRATED_ON = ("d",)
_STRENGTH = 10.0


def main() -> None:
    """Train the part that is named, on top of what the model file holds already."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["lexical", "encoder", "blend"])
    parser.add_argument("--model", type=Path, default=MODEL_FILE)
    arguments = parser.parse_args()
    arrays: dict[str, Any] = read_arrays(arguments.model) if arguments.model.exists() else {}
    if arguments.part == "lexical":
        arrays |= fit_lexical(read_messages(TRAINED_ON))
    elif arguments.part == "encoder":
        from benchmarks.training.question_encoder import fine_tune

        arrays |= fine_tune(read_messages(TRAINED_ON))
    else:
        arrays |= fit_blend(arrays, read_messages(CALIBRATED_ON))
    np.savez_compressed(arguments.model, **arrays)


def fit_blend(arrays: dict[str, Any], messages: Sequence[Message]) -> dict[str, Any]:
    """How far to trust each part, for quality and for owner: the two factors with the least log loss on fresh messages."""
    model = QuestionModel({**arrays, "blend": np.ones((2, 2))}, "unblended")
    texts = [tidy(message.text) for message in messages]
    parts = list(zip(model.lexical_scores(texts), model.encoder_scores(texts), strict=True))
    quality = np.array([QUALITIES.index(message.quality) for message in messages])
    owner = np.array([OWNERS.index(message.owner) for message in messages])
    asked = owner < len(OWNERS) - 1
    everything = np.ones(len(messages), dtype=bool)
    found = []
    for (lexical, encoded), target, kept in zip(parts, (quality, owner), (everything, asked), strict=True):
        rows = np.arange(int(kept.sum()))

        def loss(shares: Any, a: Any = lexical[kept], b: Any = encoded[kept], y: Any = target[kept], at: Any = rows) -> float:
            return -float(log_softmax(a * shares[0] + b * shares[1], axis=1)[at, y].mean())

        fitted = minimize(loss, x0=(0.5, 0.5), bounds=[(0, 10), (0, 10)])
        print(f"linear × {fitted.x[0]:.2f} + encoder × {fitted.x[1]:.2f}: log loss {fitted.fun:.3f}")
        found.append(fitted.x)
    return {"blend": np.array(found)}


def fit_lexical(messages: Sequence[Message]) -> dict[str, Any]:
    """Inverse document frequencies, weights and intercepts of the linear part: four qualities, then five owners."""
    features = lexical_features([tidy(message.text) for message in messages])
    present = np.asarray((features != 0).sum(axis=0)).ravel()
    idf = (np.log((1 + len(messages)) / (1 + present)) + 1).astype(np.float16).astype(np.float32)
    idf[: default_encoder().dimensions] = 1
    # What was never seen has no weight to go with and must not dilute what was.
    idf[present == 0] = 0
    rows = weigh(features, idf)
    quality = _regress(rows, [QUALITIES.index(message.quality) for message in messages])
    asks = [n for n, message in enumerate(messages) if message.owner != "none"]
    owner = _regress(sp.csr_matrix(rows[asks]), [OWNERS.index(messages[n].owner) for n in asks])
    return {
        "lexical.idf": idf.astype(np.float16),
        "lexical.weights": np.hstack([quality[0], owner[0]]).astype(np.float16),
        "lexical.intercept": np.concatenate([quality[1], owner[1]]).astype(np.float32),
    }


def _regress(rows: sp.csr_matrix, targets: Sequence[int]) -> tuple[Any, Any]:
    model = LogisticRegression(C=_STRENGTH, max_iter=300).fit(rows, targets)
    return model.coef_.T, model.intercept_


if __name__ == "__main__":
    main()
