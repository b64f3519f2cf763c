"""Export to ONNX, the format that onnxruntime and others read: ids in."""

import collections
import importlib
import importlib.metadata
import math
from pathlib import Path

from google.protobuf import message

from keras_attn.export import bundle
from keras_attn.export.backend import (
    require_classifier,
    require_float32,
    require_tensorflow,
)
from keras_attn.export.ids import known_ids, number_of_ids
from keras_attn.export.outputs import explaining, in_order
from keras_attn.export.parity import batches, require_parity, sample_texts
from keras_attn.export.staging import staged
from keras_attn.export.texts import as_texts
from keras_attn.export.tflite.quantization import require_calibration
from keras_attn.text import pad


def export_onnx(
    model, path, texts=None, quantize=None, calibration=None, keep_miss=False
):
    """Writes a classifier as an ONNX file, and proves what it says.

    The graph takes int32 `ids` `(B, T)`, padded with 0, of any batch size and
    any length. It returns float32 `probabilities` `(B, C)` and, a layer each,
    `attention_0`, `attention_1`, ... `(B, H, T, T)`; of an attention pooling,
    the last one, `(B, hops, 1, T)`. onnxruntime alone runs it. The
    vocabulary, the labels and the rules of tokenization
    (`keras_attn.export.bundle`) are in the file's metadata, as text. Equal
    models, under the same versions of the packages, give equal bytes.

    Args:
        model: `keras_attn.models.SentenceClassifier`.
        path: String or `Path`, the file to be made; it ends in `.onnx`.
        texts: List of strings on which the two models are compared. Defaults
            to a few made from the vocabulary.
        quantize: None for float32; `"float16"` stores weights in 16 bits and
            computes in float32; `"dynamic"` stores weights in 8 bits and
            computes products in integers, scaled by each batch; `"int8"`
            does so with scales learned from `calibration`. Normalization and
            softmax stay in float32. Defaults to None.
        calibration: List of at least 100 training texts, from which `"int8"`
            learns the range of every activation.
        keep_miss: Boolean, whether a file that misses its bound
            (`keras_attn.export.BOUNDS`) is kept. Defaults to `False`.

    Returns:
        A `keras_attn.export.Parity`, over probabilities and attention.

    Raises:
        FileExistsError: If `path` exists.
        ImportError: If a package of `keras-attn[onnx]` is missing.
        ParityError: If the models differ; nothing is left behind.
        RuntimeError: If Keras does not run on TensorFlow.
        TypeError: If `model` is no `SentenceClassifier`.
        ValueError: If a layer computes in half precision or cannot be
            converted, `quantize` is unknown, texts for the calibration are
            missing, a text is no string, or `path` has another ending.

    Example:

        keras_attn.export.export_onnx(model, "export/model.onnx")
        session = onnxruntime.InferenceSession("export/model.onnx")
        ids = np.array([[5, 2, 7]], "int32")
        session.run(["probabilities"], {"ids": ids})[0]
    """
    require_tensorflow("export_onnx")
    require_classifier(model)
    require_float32(model, "export_onnx")
    calibration = require_calibration(quantize, calibration)
    texts = as_texts("texts", texts) or sample_texts(model.vectorizer)
    require_packages()
    from keras_attn.export.onnx import graph, quantization

    examples = model.vectorizer.encode(calibration)
    with staged(path, ".onnx") as file:
        proto = graph.to_onnx(model)
        _add_files(proto, bundle.files(model))
        quantization.save(
            proto, file, quantize, (ids[None] for ids in examples)
        )
        return _check(model, file, texts, quantize, keep_miss)


class ONNXFile:
    """An ONNX file that runs.

    Args:
        path: String or `Path` of the file.
        num_threads: Positive integer; None leaves it to onnxruntime.

    Raises:
        ImportError: If `onnx` or `onnxruntime` is missing.
        ValueError: If the file is no ONNX file, or not one of ours.
    """

    format = "onnx"
    takes = "ids"

    def __init__(self, path, num_threads=None):
        onnx, onnxruntime = _require("onnx"), _require("onnxruntime")
        content = Path(path).read_bytes()
        self.size = len(content)
        try:
            proto = onnx.load_from_string(content)
        except message.DecodeError as error:
            raise ValueError(f"{path} is no ONNX file: {error}.") from error
        inside = proto.metadata_props
        self._num_ids = number_of_ids(
            {entry.key: entry.value.encode() for entry in inside}
        )
        self.weights = _weights(onnx, proto)
        counts = collections.Counter(node.op_type for node in proto.graph.node)
        self.ops = dict(sorted(counts.items()))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = num_threads or 0
        options.log_severity_level = 4  # what it logs, it also raises
        self._session = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )

    def probabilities(self, ids):
        """Int32 ids `(B, T)`, padded with 0 -> float32 `(B, C)`.

        Raises:
            ValueError: If `ids` are no integers, T is 0, or an id is outside
                the vocabulary.
        """
        return self._run(ids, ["probabilities"])["probabilities"]

    def explain(self, ids):
        """The same, and `attention_0` and so on, as a dictionary."""
        return self._run(ids, [o.name for o in self._session.get_outputs()])

    def _run(self, ids, names):
        ids = known_ids(ids, self._num_ids)
        outputs = self._session.run(names, {"ids": ids})
        return dict(zip(names, outputs, strict=True))


def _weights(onnx, proto):
    """How many constants of each type a graph holds, as a dictionary."""
    counts = collections.Counter()
    for tensor in proto.graph.initializer:
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
        counts[dtype.name] += math.prod(tensor.dims)
    return dict(sorted(counts.items()))


def require_packages():
    """Asks for the packages of `keras-attn[onnx]`.

    Raises:
        ImportError: If one is missing.
    """
    for package in ("onnx", "onnxruntime", "tf2onnx"):
        _require(package)


def _require(package):
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ImportError(
            f'ONNX needs the package {package}: pip install "keras-attn[onnx]".'
        ) from error


def _add_files(proto, files):
    proto.producer_name = "keras_attn"
    proto.producer_version = importlib.metadata.version("keras-attn")
    for name, content in sorted(files.items()):
        entry = proto.metadata_props.add()
        entry.key, entry.value = name, content.decode()


def _check(model, path, texts, quantize, keep_miss):
    file, explain = ONNXFile(path), explaining(model)
    expected, actual = [], []
    for batch in batches(texts):
        ids = pad(model.vectorizer.encode(batch))
        expected.append(in_order(explain(ids)))
        actual.append(in_order(file.explain(ids)))
    name = f"The ONNX file ({quantize})" if quantize else "The ONNX file"
    return require_parity(name, expected, actual, quantize, keep_miss)
