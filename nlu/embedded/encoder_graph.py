"""Writes the sentence encoder as a small ONNX graph: 8-bit weights, from the published safetensors, without torch.

The encoder is BERT-shaped: six layers, 384 wide, mean over its tokens. A graph takes one text at a time, so no padding
or mask exists, and what a text becomes never depends on others encoded beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from nlu.embedded.features import FloatArray
from nlu.embedded.weights import RECIPE

WIDTH = 384
MAX_TOKENS = 128
_LAYERS, _HEADS = 6, 12
_EPSILON = 1e-12
_TOP = 127
_OPSET, _IR = 20, 9
_EXTRA = "com.microsoft"
"""ONNX Runtime's own operators; its 8-bit product quantises a text's activations as it goes."""


def encoder_graph(safetensors: bytes) -> bytes:
    """The graph as ONNX bytes. `input_ids` (1 x tokens) in, `embedding` (1 x 384, not of unit length) out."""
    return _Graph(_tensors(safetensors)).built()


def _tensors(content: bytes) -> dict[str, FloatArray]:
    size = int.from_bytes(content[:8], "little")
    start = 8 + size
    tensors: dict[str, FloatArray] = {}
    for name, entry in json.loads(content[8:start]).items():
        if entry.get("dtype") == "F32":
            begin, end = entry["data_offsets"]
            values = np.frombuffer(content, dtype="<f4", count=(end - begin) // 4, offset=start + begin)
            tensors[name] = values.reshape(entry["shape"])
    return tensors


class _Graph:
    """Collects nodes and constants; names are counted, so that the same weights give the same bytes."""

    def __init__(self, tensors: Mapping[str, FloatArray]) -> None:
        self._tensors = tensors
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []
        self._count = 0

    def built(self) -> bytes:
        state = self._embedded()
        for layer in range(_LAYERS):
            state = self._layer(state, f"encoder.layer.{layer}.")
        mean = self._node("ReduceMean", state, self._constant(np.array([1])), keepdims=0)
        self._nodes.append(helper.make_node("Identity", [mean], ["embedding"]))
        graph = helper.make_graph(
            self._nodes,
            RECIPE,
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "tokens"])],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, WIDTH])],
            self._constants,
        )
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_EXTRA, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR)
        return bytes(model.SerializeToString(deterministic=True))

    def _embedded(self) -> str:
        words = self._tensors["embeddings.word_embeddings.weight"]
        scale = np.abs(words).max(axis=1, keepdims=True) / _TOP
        small = np.rint(words / scale).astype(np.int8)
        rows = self._node("Cast", self._node("Gather", self._constant(small), "input_ids"), to=TensorProto.FLOAT)
        scales = self._node("Gather", self._constant(scale.astype(np.float32)), "input_ids")
        kinds = self._tensors["embeddings.token_type_embeddings.weight"]
        places = self._tensors["embeddings.position_embeddings.weight"][:MAX_TOKENS] + kinds[0]
        first, length = self._constant(np.array([0])), self._node("Shape", "input_ids", start=1, end=2)
        here = self._node("Slice", self._constant(places), first, length, first)
        return self._normed(self._node("Add", self._node("Mul", rows, scales), here), "embeddings.LayerNorm")

    def _layer(self, state: str, prefix: str) -> str:
        attended = self._linear(self._attended(state, prefix), f"{prefix}attention.output.dense")
        state = self._normed(self._node("Add", attended, state), f"{prefix}attention.output.LayerNorm")
        inner = self._node("Gelu", self._linear(state, f"{prefix}intermediate.dense"))
        outer = self._linear(inner, f"{prefix}output.dense")
        return self._normed(self._node("Add", outer, state), f"{prefix}output.LayerNorm")

    def _attended(self, state: str, prefix: str) -> str:
        """Every token's mixture of the others; the usual division by the root of a head's width is in the weights."""
        head = WIDTH // _HEADS
        parts = [f"{prefix}attention.self.{part}" for part in ("query", "key", "value")]
        shares = (head**-0.25, head**-0.25, 1.0)
        weight = np.concatenate(
            [self._tensors[f"{part}.weight"].T * share for part, share in zip(parts, shares, strict=True)], axis=1
        )
        bias = np.concatenate(
            [self._tensors[f"{part}.bias"] * share for part, share in zip(parts, shares, strict=True)]
        )
        together = self._product(state, weight, bias)
        split = self._node("Reshape", together, self._constant(np.array([0, 0, 3, _HEADS, head])))
        stacked = self._node("Transpose", split, perm=[2, 0, 3, 1, 4])
        query, key, value = (
            self._node("Gather", stacked, self._constant(np.array(at, dtype=np.int64)), axis=0) for at in range(3)
        )
        scores = self._node("MatMul", query, self._node("Transpose", key, perm=[0, 1, 3, 2]))
        mixed = self._node("MatMul", self._node("Softmax", scores, axis=-1), value)
        joined = self._node("Transpose", mixed, perm=[0, 2, 1, 3])
        return self._node("Reshape", joined, self._constant(np.array([0, 0, WIDTH])))

    def _linear(self, state: str, name: str) -> str:
        return self._product(state, self._tensors[f"{name}.weight"].T, self._tensors[f"{name}.bias"])

    def _product(self, state: str, weight: FloatArray, bias: FloatArray) -> str:
        """`state @ weight + bias`, the weights in 8 bits with a scale for each column."""
        scale = np.abs(weight).max(axis=0) / _TOP
        small = np.rint(weight / scale).astype(np.int8)
        constants = [
            self._constant(small),
            self._constant(scale.astype(np.float32)),
            self._constant(np.zeros(scale.shape, dtype=np.int8)),
            self._constant(bias.astype(np.float32)),
        ]
        return self._node("DynamicQuantizeMatMul", state, *constants, domain=_EXTRA)

    def _normed(self, state: str, name: str) -> str:
        gain, shift = self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"]
        constants = self._constant(gain), self._constant(shift)
        return self._node("LayerNormalization", state, *constants, axis=-1, epsilon=_EPSILON)

    def _constant(self, values: NDArray[np.generic]) -> str:
        name = self._name()
        self._constants.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
        return name

    def _node(self, kind: str, *inputs: str, domain: str = "", **settings: list[int] | float) -> str:
        name = self._name()
        self._nodes.append(_node_of(kind, inputs, name, domain, settings))
        return name

    def _name(self) -> str:
        self._count += 1
        return f"n{self._count}"


def _node_of(
    kind: str, inputs: tuple[str, ...], output: str, domain: str, settings: Mapping[str, list[int] | float]
) -> NodeProto:
    node = helper.make_node(kind, inputs, [output], domain=domain)
    node.attribute.extend(helper.make_attribute(name, value) for name, value in sorted(settings.items()))
    return node
