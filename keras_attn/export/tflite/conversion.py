"""Export to TFLite, the format that the LiteRT runtime reads: ids in."""

import collections
import contextlib
import io
import math
import tempfile
from importlib.metadata import version
from pathlib import Path

import keras
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from keras_attn.export import bundle
from keras_attn.export.backend import (
    require_classifier,
    require_float32,
    require_tensorflow,
)
from keras_attn.export.ids import known_ids, number_of_ids
from keras_attn.export.outputs import classifying, explaining, in_order
from keras_attn.export.parity import batches, require_both, sample_texts
from keras_attn.export.staging import staged
from keras_attn.export.texts import as_texts
from keras_attn.export.tflite import metadata, quantization
from keras_attn.export.tflite.unsupported import refused_layers_named
from keras_attn.text import pad

_SIGNATURES = ("classify", "explain")


def export_tflite(
    model, path, texts=None, quantize=None, calibration=None, keep_miss=False
):
    """Writes a classifier as a TFLite file, and proves what it says.

    The file holds the weights once and two signatures. `classify` takes int32
    `ids` `(B, T)`, padded with 0, of any batch size and any length, and
    returns float32 `probabilities` `(B, C)`. `explain` returns, besides, a
    layer each, `attention_0`, `attention_1`, ... `(B, H, T, T)`; of an
    attention pooling, the last one, `(B, hops, 1, T)`. Only built-in
    operators are used, so that the plain LiteRT runtime is enough. The
    vocabulary, the labels and the rules of tokenization are in the file too
    (`keras_attn.export.bundle`); `export/device/classify.py` reads them.

    Args:
        model: `keras_attn.models.SentenceClassifier`.
        path: String or `Path`, the file to be made; it ends in `.tflite`.
        texts: List of strings on which the two models are compared. Defaults
            to a few made from the vocabulary.
        quantize: None for float32; `"float16"` and `"dynamic"` store weights
            in 16 and 8 bits; with `"int8"` all that computes with weights is
            done in integers, norms, scores and softmax in float32. Defaults
            to None.
        calibration: List of at least 100 training texts, from which `"int8"`
            learns the range of every activation.
        keep_miss: Boolean, whether a file that misses its bound
            (`keras_attn.export.BOUNDS`) is kept. Defaults to `False`.

    Returns:
        A `keras_attn.export.Parity`, over probabilities and attention.

    Raises:
        FileExistsError: If `path` exists.
        ParityError: If the models differ; nothing is left behind.
        RuntimeError: If Keras does not run on TensorFlow.
        TypeError: If `model` is no `SentenceClassifier`.
        ValueError: If a layer computes in half precision or cannot be
            converted, `quantize` is unknown, texts for the calibration are
            missing, a text is no string, or `path` has another ending.

    Example:

        keras_attn.export.export_tflite(model, "export/model.tflite")
        interpreter = Interpreter("export/model.tflite")
        classify = interpreter.get_signature_runner("classify")
        classify(ids=np.array([[5, 2, 7]], "int32"))["probabilities"]
    """
    require_tensorflow("export_tflite")
    require_classifier(model)
    require_float32(model, "export_tflite")
    calibration = quantization.require_calibration(quantize, calibration)
    texts = as_texts("texts", texts) or sample_texts(model.vectorizer)
    with staged(path, ".tflite") as file:
        file.write_bytes(
            metadata.with_files(
                convert(model, quantize, calibration),
                bundle.files(model),
                name="Sentence classifier",
                description=f"Ids of tokens to {len(model.labels)} labels",
                version=version("keras-attn"),
            )
        )
        return _check(model, file, texts, quantize, keep_miss)


class TFLiteFile:
    """A TFLite file that runs.

    Args:
        path: String or `Path` of the file.
        num_threads: Positive integer; None leaves it to LiteRT.
    """

    format = "tflite"
    takes = "ids"

    def __init__(self, path, num_threads=None):
        content = Path(path).read_bytes()
        self._num_ids = number_of_ids(metadata.read_files(content))
        self.size = len(content)
        model = schema.ModelT.InitFromPackedBuf(content)
        self.ops, self.weights = _operators(model), _weights(model)
        self._interpreter = Interpreter(
            model_content=content, num_threads=num_threads
        )
        self._classify, self._explain = (
            self._interpreter.get_signature_runner(name) for name in _SIGNATURES
        )

    def probabilities(self, ids):
        """Int32 ids `(B, T)`, padded with 0 -> float32 `(B, C)`.

        Raises:
            ValueError: If `ids` are no integers, T is 0, or an id is outside
                the vocabulary.
        """
        ids = known_ids(ids, self._num_ids)
        return self._classify(ids=ids)["probabilities"]

    def explain(self, ids):
        """The same, and `attention_0` and so on, as a dictionary."""
        return self._explain(ids=known_ids(ids, self._num_ids))


def _operators(model):
    """How often each operator stands in a file, as a dictionary by name."""
    names = _names(schema.BuiltinOperator)
    # The first of the two fields is from before there were 127 operators.
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


def _weights(model):
    """How many constants of each type a file holds, as a dictionary."""
    names, counts = _names(schema.TensorType), collections.Counter()
    tensors = (tensor for graph in model.subgraphs for tensor in graph.tensors)
    stored = {
        tensor.buffer: tensor
        for tensor in tensors
        if model.buffers[tensor.buffer].data is not None
    }
    for tensor in stored.values():  # two signatures have one buffer
        counts[names[tensor.type].lower()] += math.prod(map(int, tensor.shape))
    return dict(sorted(counts.items()))


def _names(enumeration):
    return {
        code: name
        for name, code in vars(enumeration).items()
        if isinstance(code, int)
    }


def convert(model, quantize=None, calibration=None):
    """The bytes of a TFLite file, without files in it; see `export_tflite`."""

    def examples():
        for name in _SIGNATURES:
            for ids in model.vectorizer.encode(calibration):
                yield name, {"ids": ids[None]}

    archive = keras.export.ExportArchive()
    archive.track(model)
    ids = tf.TensorSpec([None, None], tf.int32, name="ids")
    archive.add_endpoint("classify", classifying(model), [ids])
    archive.add_endpoint("explain", explaining(model), [ids])
    with tempfile.TemporaryDirectory() as folder:
        saved_model = str(Path(folder) / "ids_to_probabilities")
        archive.write_out(saved_model, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            saved_model, signature_keys=list(_SIGNATURES)
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        # The converter reports its progress on standard output.
        silent = contextlib.redirect_stdout(io.StringIO())
        with silent, refused_layers_named():
            return quantization.convert(converter, quantize, examples)


def _check(model, path, texts, quantize, keep_miss):
    file, explain = TFLiteFile(path), explaining(model)
    expected, classified, explained = [], [], []
    for batch in batches(texts):
        ids = pad(model.vectorizer.encode(batch))
        expected.append(in_order(explain(ids)))
        classified.append([file.probabilities(ids)])
        explained.append(in_order(file.explain(ids)))
    name = f"The TFLite file ({quantize})" if quantize else "The TFLite file"
    return require_both(
        name, expected, classified, explained, quantize, keep_miss
    )
