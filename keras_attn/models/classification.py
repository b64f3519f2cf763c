"""The result of classifying one text, and the code that computes it."""

from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from keras_attn._checks import require_boolean, require_positive_integer
from keras_attn.text import EncodedText, pad

# Tracing a graph takes as long as about this many batches without one.
_MANY_BATCHES = 8


@dataclass(frozen=True)
class Classification:
    """One classified text.

    Shapes: T tokens, H heads, L layers.

    Attributes:
        text: String, the text as given.
        label: String, the most probable label.
        labels: Tuple of strings, the labels that the text has. Unless the
            model is a multi-label one, this is only `label`.
        probabilities: Dict from label to probability.
        tokens: List of T strings, the tokens that the model read.
        attention: Float32 array of shape `(L, H, T, T)`. Row t of a map
            contains the weights with which token t attends to every token.
            `None` if no maps were requested.
        truncated: Boolean, whether the text was cut to the number of tokens
            that the model reads.
    """

    text: str
    label: str
    labels: tuple[str, ...]
    probabilities: dict[str, float]
    tokens: list[str]
    attention: np.ndarray | None
    truncated: bool


def classify_texts(model, texts, batch_size, attention):
    """Return one `Classification` per text; see `classify`."""
    if isinstance(texts, str):
        raise TypeError(
            "`classify` takes a list of texts. Received: one string. Put it "
            "in a list, as in `classify([text])`."
        )
    require_positive_integer("batch_size", batch_size)
    require_boolean("attention", attention)
    encoded = _encoded(model.vectorizer, texts)
    # Neighbours have similar lengths, so that little is padding.
    rows = np.argsort([len(text.ids) for text in encoded], kind="stable")
    starts = range(0, len(rows), batch_size)
    batches = [rows[start : start + batch_size] for start in starts]
    run = _forward_pass(model, attention, is_graph=_pays(model, batches))
    results = [None] * len(encoded)
    for rows in batches:
        batch = [encoded[row] for row in rows]
        classified = _classify_batch(model, run, batch)
        for row, result in zip(rows, classified, strict=True):
            results[row] = result
    return results


def _encoded(vectorizer, texts):
    if isinstance(texts, list | tuple) and all(
        isinstance(text, EncodedText) for text in texts
    ):
        return texts
    return list(vectorizer.encode_texts(texts))


def _pays(model, batches):
    """Whether the forward pass should be traced as a graph.

    Only on TensorFlow, where one graph takes batches of any shape. Never while
    the `call` of a layer is replaced, as it is while maps are recorded: a graph
    would call the replacement once.
    """
    return (
        len(batches) >= _MANY_BATCHES
        and keras.backend.backend() == "tensorflow"
        and not any("call" in vars(layer) for layer in model._flatten_layers())
    )


def _forward_pass(model, attention, is_graph):
    """Return a function from ids `(B, T)` to probabilities and a list of maps.

    It lives as long as one `classify`, because nothing tells it when a model is
    quantized, or a layer replaced.
    """

    def run(ids):
        outputs = model(ids, training=False, return_attention_scores=attention)
        logits, maps = outputs if attention else (outputs, [])
        return model.decision.probabilities(logits), maps

    if not is_graph:
        return run
    import tensorflow as tf

    if not model.built:
        model.build((None, None))
    ids = tf.TensorSpec([None, None], tf.int32)
    return tf.function(run, [ids], autograph=False)


def _classify_batch(model, run, batch):
    ids = pad([encoded.ids for encoded in batch])  # (B, T)
    probabilities, maps = run(ids)
    probabilities = ops.convert_to_numpy(probabilities)
    decided = model.decision.decide(probabilities)
    attention = None
    if maps:  # (B, L, H, T, T)
        attention = np.stack([ops.convert_to_numpy(m) for m in maps], axis=1)
    for row, encoded in enumerate(batch):
        length = len(encoded.tokens)
        yield Classification(
            text=encoded.text,
            label=model.labels[int(probabilities[row].argmax())],
            labels=tuple(np.array(model.labels, object)[decided[row]]),
            probabilities=dict(
                zip(model.labels, probabilities[row].tolist(), strict=True)
            ),
            tokens=encoded.tokens,
            attention=(
                None
                if attention is None
                else attention[row, :, :, :length, :length].copy()
            ),
            truncated=encoded.truncated,
        )
