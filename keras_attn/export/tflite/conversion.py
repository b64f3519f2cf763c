"""A classifier as a TFLite file, made by TensorFlow's converter."""

import contextlib
import io
import tempfile
from importlib.metadata import version

import tensorflow as tf

from keras_attn.export import bundle
from keras_attn.export.outputs import classify_function, explain_function
from keras_attn.export.tflite import metadata, quantization
from keras_attn.export.tflite.unsupported import unsupported_layers_named

SIGNATURES = ("classify", "explain")


def write(model, path, quantize=None, calibration=()):
    """Write a classifier as a TFLite file that contains its vocabulary.

    Args:
        model: `keras_attn.models.SentenceClassifier`, built.
        path: `Path` of the file.
        quantize: Key of `QUANTIZATIONS`. Defaults to `None`.
        calibration: List of strings, used for `"int8"` only.

    Raises:
        ValueError: If a layer cannot be converted, or a label or a token
            cannot be stored.
    """
    files = bundle.files(model)
    path.write_bytes(
        metadata.with_files(
            convert(model, quantize, calibration),
            files,
            name="Sentence classifier",
            description=f"Ids of tokens to {len(model.labels)} labels",
            version=version("keras-attn"),
        )
    )


def convert(model, quantize=None, calibration=()):
    """Return the bytes of a TFLite file without a vocabulary; see `write`."""

    def examples():
        for name in SIGNATURES:
            for ids in model.vectorizer.encode(calibration):
                yield name, {"ids": ids[None]}

    # Keras's ExportArchive would trace both functions three times.
    module = tf.Module()
    module.weights = [weight.value for weight in model.weights]
    ids = tf.TensorSpec([None, None], tf.int32, name="ids")
    functions = classify_function(model), explain_function(model)
    signatures = {
        name: tf.function(function, [ids], autograph=False)
        for name, function in zip(SIGNATURES, functions, strict=True)
    }
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=list(SIGNATURES)
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        # The converter prints its progress on standard output.
        silent = contextlib.redirect_stdout(io.StringIO())
        with silent, unsupported_layers_named():
            return quantization.convert(converter, quantize, examples)
