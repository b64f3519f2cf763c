"""An ONNX file that can be run."""

import collections
import math
from pathlib import Path

import onnx
import onnxruntime
from google.protobuf import message

from keras_attn.export.formats import FORMATS
from keras_attn.export.ids import checked_ids, number_of_ids


class ONNXFile:
    """An ONNX file that can be run; see `keras_attn.export.open_exported`.

    Args:
        path: String or `Path` of the file.
        num_threads: Positive integer. Defaults to `None`: onnxruntime
            decides.

    Raises:
        ValueError: If the file is damaged or was not exported by keras_attn.
    """

    format = "onnx"
    takes = FORMATS[format].takes

    def __init__(self, path, num_threads=None):
        content = Path(path).read_bytes()
        self.size = len(content)
        try:
            proto = onnx.load_from_string(content)
        except message.DecodeError as error:
            raise ValueError(f"{path} is not an ONNX file: {error}.") from error
        inside = proto.metadata_props
        self._num_ids = number_of_ids(
            {entry.key: entry.value.encode() for entry in inside}
        )
        self.weights = _count_weights(proto)
        counts = collections.Counter(node.op_type for node in proto.graph.node)
        self.ops = dict(sorted(counts.items()))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = num_threads or 0
        options.log_severity_level = 4  # it also raises whatever it logs
        self._session = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )

    def probabilities(self, ids):
        """Classify int32 ids `(B, T)`, padded with 0: float32 `(B, C)`.

        Raises:
            ValueError: If `ids` are not integers, T is 0, or an id is not in
                the vocabulary.
        """
        return self._run(ids, ["probabilities"])["probabilities"]

    def explain(self, ids):
        """Return probabilities and attention, as a dictionary."""
        return self._run(ids, [o.name for o in self._session.get_outputs()])

    def _run(self, ids, names):
        ids = checked_ids(ids, self._num_ids)
        outputs = self._session.run(names, {"ids": ids})
        return dict(zip(names, outputs, strict=True))


def _count_weights(proto):
    counts = collections.Counter()
    for tensor in proto.graph.initializer:
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
        counts[dtype.name] += math.prod(tensor.dims)
    return dict(sorted(counts.items()))
