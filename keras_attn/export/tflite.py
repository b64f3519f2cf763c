"""Export to TFLite, the format that the LiteRT runtime reads: ids in."""

import contextlib
import io
import tempfile
from pathlib import Path

import keras
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from keras import ops

from keras_attn.export.backend import require_tensorflow
from keras_attn.export.parity import batches, require_parity, sample_texts
from keras_attn.export.staging import staged
from keras_attn.text import pad


def export_tflite(model, path, texts=None):
    """Writes a classifier as a TFLite file, and proves that it says the same.

    The signature `serving_default` takes int32 `ids` `(B, T)`, padded with 0,
    of any batch size and any length. It returns float32 `probabilities`
    `(B, C)` and, a layer each, `attention_0`, `attention_1`, ...
    `(B, H, T, T)`. Only built-in operators are used, so that the plain LiteRT
    runtime is enough. Ids come from `model.vectorizer.encode`.

    Args:
        model: `keras_attn.models.SentenceClassifier`.
        path: String or `Path`, the file to be made.
        texts: List of strings on which the two models are compared. Defaults
            to a few made from the vocabulary.

    Returns:
        A `keras_attn.export.Parity`, over probabilities and attention.

    Raises:
        FileExistsError: If `path` exists.
        ParityError: If the models differ; nothing is left behind.
        RuntimeError: If Keras does not run on TensorFlow.

    Example:

        keras_attn.export.export_tflite(model, "export/model.tflite")
        interpreter = Interpreter("export/model.tflite")
        classify = interpreter.get_signature_runner()
        classify(ids=np.array([[5, 2, 7]], "int32"))["probabilities"]
    """
    require_tensorflow("export_tflite")
    with staged(path) as file:
        file.write_bytes(_convert(model))
        return _check(model, file, texts or sample_texts(model.vectorizer))


def _convert(model):
    def serve(ids):
        logits, maps = model(ids, training=False, return_attention_scores=True)
        outputs = {"probabilities": ops.softmax(logits, axis=-1)}
        return outputs | {f"attention_{i}": m for i, m in enumerate(maps)}

    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        "serve", serve, [tf.TensorSpec([None, None], tf.int32, name="ids")]
    )
    with tempfile.TemporaryDirectory() as folder:
        saved_model = str(Path(folder) / "ids_to_probabilities")
        archive.write_out(saved_model, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            saved_model, signature_keys=["serving_default"]
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        # The converter reports its progress on standard output.
        with contextlib.redirect_stdout(io.StringIO()):
            return converter.convert()


def _check(model, file, texts):
    interpreter = Interpreter(str(file))  # it owns the weights of its runner
    classify = interpreter.get_signature_runner()
    expected, actual = [], []
    for batch in batches(texts):
        ids = pad(model.vectorizer.encode(batch))
        logits, maps = model(ids, training=False, return_attention_scores=True)
        wanted = [ops.softmax(logits, axis=-1), *maps]
        expected.append([ops.convert_to_numpy(output) for output in wanted])
        outputs = classify(ids=ids)
        names = [f"attention_{i}" for i in range(len(maps))]
        actual.append([outputs[n] for n in ("probabilities", *names)])
    return require_parity("The TFLite file", expected, actual)
