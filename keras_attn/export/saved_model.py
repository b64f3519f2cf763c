"""Export to a TensorFlow SavedModel: strings in, probabilities out."""

import keras
import tensorflow as tf
from keras import ops

from keras_attn.export.backend import require_tensorflow
from keras_attn.export.parity import batches, require_parity, sample_texts
from keras_attn.export.staging import staged
from keras_attn.text import pad


def export_saved_model(model, path, texts=None):
    """Writes a classifier as a SavedModel, and proves that it says the same.

    The signature `serve` (also `serving_default`) takes a string tensor
    `(B,)` and returns float32 probabilities `(B, C)`; tokenization and
    vocabulary are part of the graph. TensorFlow alone can load it.

    Args:
        model: `keras_attn.models.SentenceClassifier`.
        path: String or `Path`, the folder to be made.
        texts: List of strings on which the two models are compared. Defaults
            to a few made from the vocabulary.

    Returns:
        A `keras_attn.export.Parity`.

    Raises:
        FileExistsError: If `path` exists.
        ParityError: If the models differ; nothing is left behind.
        RuntimeError: If Keras does not run on TensorFlow.

    Example:

        parity = keras_attn.export.export_saved_model(model, "export/model")
        loaded = tf.saved_model.load("export/model")
        loaded.serve(tf.constant(["a good dog"]))
    """
    require_tensorflow("export_saved_model")
    to_ids = model.vectorizer.graph()

    def serve(texts):
        return ops.softmax(model(to_ids(texts), training=False), axis=-1)

    with staged(path) as folder:
        archive = keras.export.ExportArchive()
        archive.track(model)
        archive.track(to_ids)
        archive.add_endpoint(
            "serve", serve, [tf.TensorSpec([None], tf.string, name="texts")]
        )
        archive.write_out(folder, verbose=False)
        return _check(model, folder, texts or sample_texts(model.vectorizer))


def _check(model, folder, texts):
    loaded = tf.saved_model.load(folder)  # it owns the weights of `serve`
    expected, actual = [], []
    for batch in batches(texts):
        logits = model(pad(model.vectorizer.encode(batch)), training=False)
        expected.append([ops.convert_to_numpy(ops.softmax(logits, axis=-1))])
        actual.append([loaded.serve(tf.constant(batch)).numpy()])
    return require_parity("The SavedModel", expected, actual)
