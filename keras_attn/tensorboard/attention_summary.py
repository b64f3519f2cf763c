"""Attention maps of any framework as one event of the Attention tab."""

import contextlib
import logging
import sys

import numpy as np

from keras_attn.tensorboard.arrays import layers_of, to_numpy
from keras_attn.tensorboard.predictions import class_name
from tensorboard_plugin_attention import AttentionWriter, encode_attention
from tensorboard_plugin_attention.checks import require_integer
from tensorboard_plugin_attention.format import summary_metadata

_LOG = logging.getLogger("keras_attn")
# Arguments with one entry per text, in addition to the labels.
_PER_TEXT = ("key_tokens", "texts", "probabilities", "special", "pairs")


def attention_summary(
    name,
    weights,
    tokens,
    step=None,
    *,
    labels=None,
    predictions=None,
    label_names=None,
    writer=None,
    **details,
):
    """Write the attention maps of a few texts for the Attention tab.

    Like `tf.summary.scalar`, this function writes to the default writer at the
    default step unless you pass them, and respects `tf.summary.record_if`.
    Without TensorFlow, pass an `AttentionWriter`. Write the same texts under
    the same name at each step, so that steps can be compared.

    Shapes: B texts, H heads, T query length, S key length, C classes.

    Args:
        name: String, the tag.
        weights: Attention weights after softmax, of shape `(B, H, T, S)` for
            each layer. A dict from layer name to a NumPy, TensorFlow, JAX or
            PyTorch array of any float type, or nested dicts, a list of layers
            or a single array. Padding must be at the end of each axis and is
            removed.
        tokens: B lists of strings, the tokens along the rows, and in
            self-attention also along the columns. For a single text, pass a
            list of strings and weights of shape `(H, T, S)`. The arguments
            below then have no axis B either.
        step: Integer. Defaults to `None`: the default step of `tf.summary`.
        labels: B true labels, as names or ids. Defaults to `None`: unknown.
        predictions: B predicted labels. Defaults to `None`: the most probable,
            if `probabilities` are given.
        label_names: C class names in the order of the ids. Defaults to `None`:
            the ids.
        writer: `AttentionWriter` or `tf.summary` writer. Defaults to `None`:
            the default writer of `tf.summary`.
        **details: `texts`, `key_tokens` for cross-attention, `probabilities` of
            shape `(B, C)`, `special`, `pairs`, `kinds`, `model`, `precision`,
            `max_tokens` and `max_bytes`, as in
            `tensorboard_plugin_attention.encode_attention`.

    Returns:
        A list of notices. They explain what was dropped to stay within the
        limits on tokens and bytes, and what looks wrong, such as an axis that
        is shorter than the tokens. Each is also logged as a warning by the
        logger `keras_attn`.

    Raises:
        ValueError: If there is no writer or no step, if the step is not an
            integer, if the weights have no values or the wrong number of axes,
            or if the number of texts differs between weights and tokens.

    Example:

    >>> with AttentionWriter("logs/mine") as writer:
    ...     attention_summary("maps", maps, tokens, step=3, writer=writer)
    []
    """
    step = _checked_step(step)

    def encoded():
        return _encoded(
            weights,
            tokens,
            labels=labels,
            predictions=predictions,
            label_names=label_names,
            **details,
        )

    if isinstance(writer, AttentionWriter):
        items, notices = encoded()
        writer.add_items(name, items, step)
    else:
        notices = _write_with_tensorflow(writer, name, encoded, step)
    log_notices(name, notices)
    return notices


def log_notices(name, notices):
    """Log a warning for each notice about the event `name`."""
    for notice in notices:
        _LOG.warning("%s: %s", name, notice)


def _tensorflow():
    """Return TensorFlow, or `None` if the program does not use it.

    Only a program that has imported TensorFlow can have a `tf.summary` writer
    or trace a graph, so there is no need to import it here.
    """
    return sys.modules.get("tensorflow")


def _checked_step(step):
    tf = _tensorflow()
    if tf is not None and tf.inside_function():
        raise ValueError(
            "`attention_summary` was called while a graph is traced, where "
            "weights have no values yet. Call it outside of `tf.function`."
        )
    if step is None and tf is not None:
        step = tf.summary.experimental.get_step()
    if step is None:
        raise ValueError(
            "There is no step. Pass `step=`, or set a default with "
            "`writer.as_default(step=...)`."
        )
    return require_integer("step", step)


def _write_with_tensorflow(writer, name, encoded, step):
    tf = _tensorflow()
    with _as_default(tf, writer):
        if not tf.summary.should_record_summaries():
            return []
        items, notices = encoded()
        tf.summary.write(name, tf.constant(items), step, summary_metadata())
    return notices


def _as_default(tf, writer):
    """Return a context in which `writer`, if given, is the default writer."""
    if writer is None:
        if tf is not None and _has_default_writer(tf):
            return contextlib.nullcontext()
        raise ValueError(
            "There is no summary writer. Pass an `AttentionWriter` as "
            "`writer=`, or open one with "
            "`tf.summary.create_file_writer(path).as_default()`."
        )
    if tf is not None and isinstance(writer, tf.summary.SummaryWriter):
        return writer.as_default()
    raise ValueError(
        "`writer` must be an `AttentionWriter` or a `tf.summary` writer. "
        f"Received: writer={writer!r:.80}."
    )


def _has_default_writer(tf):
    with tf.summary.record_if(True):
        return tf.summary.should_record_summaries()


def _encoded(
    weights,
    tokens,
    *,
    labels=None,
    predictions=None,
    label_names=None,
    **details,
):
    """Convert the user's arguments for `encode_attention`."""
    layers, tokens = layers_of(weights), _listed(tokens)
    if details.get("probabilities") is not None:
        details["probabilities"] = to_numpy(details["probabilities"])
    if len(tokens) and isinstance(tokens[0], (str, bytes)):  # a single text
        tokens = [tokens]
        layers = {
            layer: array[None] if array.ndim == 3 else array
            for layer, array in layers.items()
        }
        labels, predictions = _batch_of_one(labels), _batch_of_one(predictions)
        details |= {key: _batch_of_one(details.get(key)) for key in _PER_TEXT}
    return encode_attention(
        layers,
        tokens,
        labels=_named(labels, label_names),
        predictions=_named(predictions, label_names),
        label_names=label_names,
        **details,
    )


def _batch_of_one(value):
    return None if value is None else [value]


def _listed(tokens):
    is_list = isinstance(tokens, (list, tuple))
    return tokens if is_list else np.asarray(tokens).tolist()


def _named(labels, names):
    """Convert labels, given as ids or names, to names."""
    if labels is None:
        return None
    return [
        label
        if label is None or (isinstance(label, str) and names is None)
        else class_name(label, names)
        for label in labels
    ]
