"""Quantized weights and integer arithmetic in an ONNX graph."""

import contextlib
import logging

import numpy as np
import onnx
from onnxruntime import quantization

# The rest of the graph, such as normalization and softmax, stays in float32: it
# is a hundredth of the file, and with 8 bits it would change predictions.
_IN_INTEGERS = {
    "op_types_to_quantize": ["MatMul", "Gather"],
    # On trec and sst2, one scale per column is not more accurate, and
    # onnxruntime does not support it for weights with one matrix per head.
    "per_channel": False,
    # Products of unsigned and signed bytes overflow on x86 without VNNI.
    # Products of unsigned bytes are the same on every machine.
    "weight_type": quantization.QuantType.QUInt8,
}
_MIN_FLOAT16_SIZE = 256  # numbers; a smaller weight stays in float32


def save(proto, path, quantize=None, examples=()):
    """Write a graph in the given precision.

    Args:
        proto: `onnx.ModelProto` in float32, which may be modified.
        path: `Path` of the file.
        quantize: Key of `QUANTIZATIONS`. Defaults to `None`.
        examples: Iterable of int32 ids `(B, T)`, used for `"int8"` only.
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
    """Store weights in float16, and cast them to float32 for computing.

    Most processors have no float16 arithmetic and would convert every
    activation back and forth. A softmax in float16 would also be less accurate.
    """
    casts = []
    for weight in graph.initializer:
        if weight.data_type != onnx.TensorProto.FLOAT:
            continue
        name, values = weight.name, onnx.numpy_helper.to_array(weight)
        if values.size < _MIN_FLOAT16_SIZE or np.abs(values).max() > 65504:
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
    """The calibration examples, in the form that onnxruntime needs."""

    def __init__(self, examples):
        self._examples = iter(examples)

    def get_next(self):
        ids = next(self._examples, None)
        return None if ids is None else {"ids": ids}


@contextlib.contextmanager
def _without_advice():
    """Silence onnxruntime's advice to preprocess, on the root logger."""

    def drop(record):
        return False

    logging.root.addFilter(drop)
    try:
        yield
    finally:
        logging.root.removeFilter(drop)
