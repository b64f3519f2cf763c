"""A SavedModel folder that can be run."""

import itertools
from collections import Counter
from pathlib import Path

import tensorflow as tf

from keras_attn.export.formats import FORMATS
from keras_attn.export.texts import as_texts, utf8


class SavedModelFolder:
    """A SavedModel that can be run; see `keras_attn.export.open_exported`.

    `ops` counts the operators of the signature `serve`.

    Args:
        path: String or `Path` of the folder.
        num_threads: Positive integer, the number of threads that TensorFlow
            uses in this process. It can only be set before TensorFlow has
            computed anything. Defaults to `None`: TensorFlow decides.

    Raises:
        OSError: If there is no SavedModel.
        RuntimeError: If TensorFlow already runs with another number of
            threads.
    """

    format = "saved_model"
    takes = FORMATS[format].takes

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
        """Classify a list of B strings: float32 `(B, C)`.

        Raises:
            ValueError: If `texts` is not a list of strings.
        """
        return self._loaded.serve(_strings(texts))["probabilities"].numpy()

    def explain(self, texts):
        """Return all outputs of the signature `explain`, as a dictionary."""
        return self._loaded.explain(_strings(texts))


def _strings(texts):
    return tf.constant(utf8(as_texts("texts", texts)), tf.string)


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
