"""Smaller weights, and integer arithmetic, in an ONNX graph."""

import contextlib
import logging

import numpy as np
import onnx
from onnxruntime import quantization

# The rest of the graph, such as normalization and softmax, stays in float32:
# it is a hundredth of the file, and in 8 bits it loses decisions.
_IN_INTEGERS = {
    "op_types_to_quantize": ["MatMul", "Gather"],
    # A scale a column is no closer, on trec and sst2, and onnxruntime cannot
    # compute it for weights of one matrix a head.
    "per_channel": False,
    # Products of unsigned by signed bytes overflow on x86 without VNNI;
    # unsigned by unsigned they are the same on every machine.
    "weight_type": quantization.QuantType.QUInt8,
}
_SMALL = 256  # numbers; below this a weight stays in float32


def save(proto, path, quantize=None, examples=()):
    """Writes a graph in the given precision.

    Args:
        proto: `onnx.ModelProto` in float32; it may be changed.
        path: `Path` of the file.
        quantize: None, `"dynamic"`, `"float16"` or `"int8"`. Defaults to None.
        examples: Iterable of int32 ids `(B, T)`, read for int8 alone.
    """
    if quantize == "dynamic":
        with _without_advice():
            quantization.quantize_dynamic(proto, path, **_IN_INTEGERS)
    elif quantize == "int8":
        with _without_advice():
            quantization.quantize_static(
                proto,
                path,
                _Examples(examples),
                activation_type=quantization.QuantType.QUInt8,
                **_IN_INTEGERS,
            )
    else:
        if quantize == "float16":
            _store_in_float16(proto.graph)
        path.write_bytes(proto.SerializeToString(deterministic=True))


def _store_in_float16(graph):
    """Halves the weights; they are computed with in float32.

    Processors without float16 arithmetic, which are most, would convert every
    activation to and fro, and a rounded softmax is further from the model.
    """
    casts = []
    for weight in graph.initializer:
        if weight.data_type != onnx.TensorProto.FLOAT:
            continue
        name, values = weight.name, onnx.numpy_helper.to_array(weight)
        if values.size < _SMALL or np.abs(values).max() > 65504:
            continue
        half = values.astype(np.float16)
        weight.CopyFrom(onnx.numpy_helper.from_array(half, f"{name}/float16"))
        casts.append(
            onnx.helper.make_node(
                "Cast",
                [weight.name],
                [name],
                name=f"{name}/Cast",
                to=onnx.TensorProto.FLOAT,
            )
        )
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


class _Examples(quantization.CalibrationDataReader):
    """What onnxruntime reads its examples from, one at a time."""

    def __init__(self, examples):
        self._examples = iter(examples)

    def get_next(self):
        ids = next(self._examples, None)
        return None if ids is None else {"ids": ids}


@contextlib.contextmanager
def _without_advice():
    """Drops what onnxruntime says on the root logger: preprocess it first."""

    def drop(record):
        return False

    logging.root.addFilter(drop)
    try:
        yield
    finally:
        logging.root.removeFilter(drop)
