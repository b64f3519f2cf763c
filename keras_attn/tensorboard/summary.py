"""Attention maps of any framework as one event of the Attention tab."""

import contextlib
import logging

import numpy as np
import tensorflow as tf

from keras_attn.tensorboard.arrays import layers_of, to_numpy
from keras_attn.tensorboard.predictions import class_name
from tensorboard_plugin_attention import AttentionWriter, encode_attention
from tensorboard_plugin_attention.checks import require_integer
from tensorboard_plugin_attention.format import summary_metadata

_LOG = logging.getLogger("keras_attn")
# What is given sentence by sentence, beside the labels.
_BY_SENTENCE = ("key_tokens", "texts", "probabilities", "special", "pairs")


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
    """Writes attention maps of a few sentences, for the Attention tab.

    As `tf.summary.scalar` does, it writes to the default writer, at the default
    step if none is given, and nothing where `tf.summary.record_if` says so.
    Write the same sentences at each step, under one name: only then can steps
    be compared.

    Shapes: B sentences, H heads, T query length, S key length, C classes.

    Args:
        name: String, the tag.
        weights: Weights after softmax, (B, H, T, S) for each layer: a dict from
            layer name to an array of NumPy, TensorFlow, JAX or PyTorch, any
            float type. A list of layers, nested dicts and one array will do
            too. Padding stands at the end of each axis and is cut off.
        tokens: B lists of strings, what stands along the rows, and in
            self-attention along both axes. Of one sentence a list of strings,
            with weights (H, T, S); what follows is then given for one, too.
        step: Integer. Defaults to `None`: the default step of `tf.summary`.
        labels: B true labels, names or ids. Defaults to `None`: not shown.
        predictions: B predicted labels. Defaults to `None`: the most probable
            where `probabilities` are given.
        label_names: C names by id. Defaults to `None`: the ids.
        writer: A `tf.summary` writer or an `AttentionWriter`, which also
            works without TensorFlow. Defaults to `None`: the default writer.
        **details: `texts`, `key_tokens` for cross-attention, `probabilities`
            (B, C), `special`, `pairs`, `kinds`, `model`, `precision`,
            `max_tokens` and `max_bytes`, as in
            `tensorboard_plugin_attention.encode_attention`.

    Returns:
        A list of sentences on what was left out, by the limits on tokens and
        bytes, and on what is odd: an axis shorter than the longest list of
        tokens is none of theirs, and its positions are numbered. Each is
        logged as a warning by the logger `keras_attn` too.

    Raises:
        ValueError: If there is no writer or no step, or one that is no
            integer, if the weights have no values or not four axes, or if
            they are of another number of sentences than the tokens.

    Example:
        >>> with tf.summary.create_file_writer("logs/train").as_default():
        ...     attention_summary("attention", maps, tokens, step=3)
        []
    """
    notices = write_attention(
        name,
        weights,
        tokens,
        step,
        labels=labels,
        predictions=predictions,
        label_names=label_names,
        writer=writer,
        **details,
    )
    log_notices(name, notices)
    return notices


def write_attention(
    name, weights, tokens, step=None, *, writer=None, **details
):
    """`attention_summary`, without its log."""
    step = _checked_step(step)
    if isinstance(writer, AttentionWriter):
        items, notices = _encoded(weights, tokens, **details)
        writer.add_items(name, items, step)
        return notices
    with _as_default(writer):
        if not tf.summary.should_record_summaries():
            return []
        items, notices = _encoded(weights, tokens, **details)
        tf.summary.write(name, tf.constant(items), step, summary_metadata())
    return notices


def log_notices(name, notices):
    """A warning for each notice on what the event `name` leaves out."""
    for notice in notices:
        _LOG.warning("%s: %s", name, notice)


def _checked_step(step):
    if tf.inside_function():
        raise ValueError(
            "`attention_summary` was called while a graph is traced, where "
            "weights have no values yet. Call it outside of `tf.function`."
        )
    step = tf.summary.experimental.get_step() if step is None else step
    if step is None:
        raise ValueError(
            "No step: pass `step=`, or set one with "
            "`writer.as_default(step=...)`."
        )
    return require_integer("step", step)


def _as_default(writer):
    """A context in which `writer` is the default; the present one for None."""
    if writer is None:
        with tf.summary.record_if(True):  # false now only without a writer
            if tf.summary.should_record_summaries():
                return contextlib.nullcontext()
        raise ValueError(
            "No summary writer: open one with "
            "`tf.summary.create_file_writer(path).as_default()` or pass "
            "`writer=`."
        )
    if isinstance(writer, tf.summary.SummaryWriter):
        return writer.as_default()
    raise ValueError(
        "`writer` must be a `tf.summary` writer or an `AttentionWriter`. "
        f"Received: {writer!r:.80}."
    )


def _encoded(
    weights,
    tokens,
    *,
    labels=None,
    predictions=None,
    label_names=None,
    **details,
):
    """The items and notices of `encode_attention`, of what users have."""
    layers, tokens = layers_of(weights), _listed(tokens)
    if details.get("probabilities") is not None:
        details["probabilities"] = to_numpy(details["probabilities"])
    if len(tokens) and isinstance(tokens[0], (str, bytes)):  # one sentence
        tokens = [tokens]
        layers = {
            layer: array[None] if array.ndim == 3 else array
            for layer, array in layers.items()
        }
        labels, predictions = _alone(labels), _alone(predictions)
        details |= {key: _alone(details.get(key)) for key in _BY_SENTENCE}
    return encode_attention(
        layers,
        tokens,
        labels=_named(labels, label_names),
        predictions=_named(predictions, label_names),
        label_names=label_names,
        **details,
    )


def _alone(value):
    return None if value is None else [value]


def _listed(tokens):
    is_list = isinstance(tokens, (list, tuple))
    return tokens if is_list else np.asarray(tokens).tolist()


def _named(labels, names):
    """Labels, ids or names, as names."""
    if labels is None:
        return None
    return [
        label
        if label is None or (isinstance(label, str) and names is None)
        else class_name(label, names)
        for label in labels
    ]
