"""A TFLite file that can be run."""

import collections
import math
from pathlib import Path

from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from keras_attn.export.formats import FORMATS
from keras_attn.export.ids import checked_ids, number_of_ids
from keras_attn.export.tflite.metadata import read_files


class TFLiteFile:
    """A TFLite file that can be run; see `keras_attn.export.open_exported`.

    `ops` counts the operators of both signatures.

    Args:
        path: String or `Path` of the file.
        num_threads: Positive integer. Defaults to `None`: LiteRT decides.

    Raises:
        ValueError: If the file is damaged or was not exported by keras_attn.
    """

    format = "tflite"
    takes = FORMATS[format].takes

    def __init__(self, path, num_threads=None):
        content = Path(path).read_bytes()
        self._num_ids = number_of_ids(read_files(content))
        self.size = len(content)
        model = schema.ModelT.InitFromPackedBuf(content)
        self.ops, self.weights = _count_ops(model), _count_weights(model)
        self._interpreter = Interpreter(
            model_content=content, num_threads=num_threads
        )
        runner = self._interpreter.get_signature_runner
        self._classify, self._explain = runner("classify"), runner("explain")

    def probabilities(self, ids):
        """Classify int32 ids `(B, T)`, padded with 0: float32 `(B, C)`.

        Raises:
            ValueError: If `ids` are not integers, T is 0, or an id is not in
                the vocabulary.
        """
        ids = checked_ids(ids, self._num_ids)
        return self._classify(ids=ids)["probabilities"]

    def explain(self, ids):
        """Return probabilities and attention, as a dictionary."""
        return self._explain(ids=checked_ids(ids, self._num_ids))


def _count_ops(model):
    names = _names(schema.BuiltinOperator)
    # Files written before there were 127 operators use `deprecatedBuiltinCode`.
    codes = [
        max(code.builtinCode, code.deprecatedBuiltinCode)
        for code in model.operatorCodes
    ]
    counts = collections.Counter(
        names[codes[operator.opcodeIndex]]
        for graph in model.subgraphs
        for operator in graph.operators
    )
    return dict(sorted(counts.items()))


def _count_weights(model):
    names, counts = _names(schema.TensorType), collections.Counter()
    tensors = (tensor for graph in model.subgraphs for tensor in graph.tensors)
    stored = {
        tensor.buffer: tensor
        for tensor in tensors
        if model.buffers[tensor.buffer].data is not None
    }
    for tensor in stored.values():  # both signatures share their buffers
        counts[names[tensor.type].lower()] += math.prod(map(int, tensor.shape))
    return dict(sorted(counts.items()))


def _names(enumeration):
    return {
        code: name
        for name, code in vars(enumeration).items()
        if isinstance(code, int)
    }
