"""Export to a TensorFlow SavedModel: strings in, labels out."""

import itertools
from collections import Counter
from pathlib import Path

import tensorflow as tf

from keras_attn.export.backend import (
    require_classifier,
    require_tensorflow,
)
from keras_attn.export.mlmodel import write_mlmodel
from keras_attn.export.outputs import classifying, explaining, in_order
from keras_attn.export.parity import batches, require_both, sample_texts
from keras_attn.export.staging import staged
from keras_attn.export.texts import as_texts, utf8
from keras_attn.text import pad


def export_saved_model(model, path, texts=None, keep_miss=False):
    """Writes a classifier as a SavedModel, and proves that it says the same.

    TensorFlow alone can load it: tokenization, vocabulary and labels are part
    of the graph. Both signatures take `texts`, a string tensor `(B,)`:

    - `serve` (also `serving_default`) returns `label`, strings `(B,)`, and
      `probabilities`, float32 `(B, C)`;
    - `explain` returns the same, `tokens`, strings `(B, T)` padded with "",
      and, a layer each, `attention_0`, `attention_1`, ... `(B, H, T, T)`; of
      an attention pooling, the last one, `(B, hops, 1, T)`.

    MLflow's server can be started on the folder: see `docs/serving.md`.

    Bytes that are not UTF-8 count as U+FFFD. Of a text, the first
    `max_length` tokens are read. A text without any token is answered with
    what the model says of no tokens at all, as it stands in its biases.

    Args:
        model: `keras_attn.models.SentenceClassifier`.
        path: String or `Path`, the folder to be made.
        texts: List of strings on which the two models are compared. Defaults
            to a few made from the vocabulary.
        keep_miss: Boolean, whether a folder that misses its bound
            (`keras_attn.export.BOUNDS`) is kept. Defaults to `False`.

    Returns:
        A `keras_attn.export.Parity`, over probabilities and attention.

    Raises:
        FileExistsError: If `path` exists.
        ParityError: If the models differ, as those do that compute in half
            precision, some of them; nothing is left behind.
        RuntimeError: If Keras does not run on TensorFlow.
        TypeError: If `model` is no `SentenceClassifier`.
        ValueError: If a text is no string.

    Example:

        parity = keras_attn.export.export_saved_model(model, "export/model")
        loaded = tf.saved_model.load("export/model")
        loaded.serve(tf.constant(["a good dog"]))["label"]
    """
    require_tensorflow("export_saved_model")
    require_classifier(model)
    texts = as_texts("texts", texts) or sample_texts(model.vectorizer)
    with staged(path) as folder:
        _write(model, folder)
        return _check(model, folder, texts, keep_miss)


def _write(model, folder):
    # Keras's ExportArchive would write every weight twice, and the second
    # time in an order that changes from one process to the next.
    module = tf.Module()
    module.weights = [weight.value for weight in model.weights]
    module.to_ids = model.vectorizer.graph()
    texts = tf.TensorSpec([None], tf.string, name="texts")
    serve, explain = _functions(model, module.to_ids)
    module.serve = tf.function(serve, [texts])
    module.explain = tf.function(explain, [texts])
    signatures = {
        "serving_default": module.serve,
        "serve": module.serve,
        "explain": module.explain,
    }
    tf.saved_model.save(module, str(folder), signatures)
    # It holds a random number, and nothing that loading needs.
    (folder / "fingerprint.pb").unlink()
    write_mlmodel(folder)


def _functions(model, to_ids):
    labels = tf.constant(model.labels)
    classify_ids, explain_ids = classifying(model), explaining(model)

    def with_label(outputs):
        number = tf.argmax(outputs["probabilities"], axis=-1)
        return {"label": tf.gather(labels, number), **outputs}

    def serve(texts):
        return with_label(classify_ids(to_ids(texts)))

    def explain(texts):
        tokens = to_ids.tokens(texts)
        outputs = explain_ids(to_ids.look_up(tokens))
        return {"tokens": tokens.to_tensor(), **with_label(outputs)}

    return serve, explain


def _check(model, folder, texts, keep_miss):
    loaded, explain = tf.saved_model.load(folder), explaining(model)
    expected, served, explained = [], [], []
    for batch in batches(texts):
        expected.append(in_order(explain(pad(model.vectorizer.encode(batch)))))
        strings = tf.constant(utf8(batch))
        served.append([loaded.serve(strings)["probabilities"].numpy()])
        outputs = loaded.explain(strings)
        del outputs["tokens"], outputs["label"]
        explained.append(in_order(outputs))
    return require_both(
        "The SavedModel", expected, served, explained, None, keep_miss
    )


class SavedModelFolder:
    """A SavedModel that runs.

    Args:
        path: String or `Path` of the folder.
        num_threads: Positive integer, the threads that TensorFlow uses in
            this process; None leaves it the choice. Can only be set before
            TensorFlow has computed anything.

    Raises:
        OSError: If there is no SavedModel.
        RuntimeError: If TensorFlow already runs on another number of threads.

    Attributes:
        format: `"saved_model"`.
        takes: `"texts"`.
        size: Integer, bytes of all its files.
        ops: Dict from the names of the operators behind `serve` to how often
            each stands there.
        weights: Dict from types to how many weights have them.
    """

    format = "saved_model"
    takes = "texts"

    def __init__(self, path, num_threads=None):
        if num_threads is not None:
            tf.config.threading.set_intra_op_parallelism_threads(num_threads)
            tf.config.threading.set_inter_op_parallelism_threads(num_threads)
        folder = Path(path)
        self._loaded = tf.saved_model.load(folder)
        files = [file for file in folder.rglob("*") if file.is_file()]
        self.size = sum(file.stat().st_size for file in files)
        self.ops = _count_ops(self._loaded.signatures["serve"].graph)
        self.weights = _count_weights(self._loaded.weights)

    def probabilities(self, texts):
        """A list of B strings -> float32 `(B, C)`.

        Raises:
            ValueError: If `texts` holds anything else.
        """
        strings = tf.constant(utf8(as_texts("texts", texts)), tf.string)
        return self._loaded.serve(strings)["probabilities"].numpy()


def _count_weights(weights):
    counts = Counter()
    for weight in weights:
        counts[weight.dtype.name] += weight.shape.num_elements()
    return dict(sorted(counts.items()))


def _count_ops(graph):
    definition = graph.as_graph_def()
    functions = [f.node_def for f in definition.library.function]
    nodes = itertools.chain(definition.node, *functions)
    return dict(sorted(Counter(node.op for node in nodes).items()))
