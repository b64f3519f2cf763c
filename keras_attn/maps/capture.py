"""Attention maps as arrays, recorded while a Keras model runs."""

import contextlib
import warnings

import keras
import numpy as np

from keras_attn.maps.attention_layers import (
    chosen_layers,
    is_built,
    layer_path,
    require_model,
)
from keras_attn.maps.jax_weights import sync_weights
from keras_attn.maps.model_inputs import call_on
from keras_attn.maps.recording import recorded
from keras_attn.maps.scores import (
    original_scores_error,
    require_heads,
    scores_error,
)
from keras_attn.maps.stateless import run_stateless


def capture_attention(model, inputs, layers=None, heads=None):
    """Run `model` once on `inputs` and return its attention maps.

    Weights, seeds, statistics, metrics and losses do not change, nor do the
    compiled functions of `fit` and `predict`.

    Every layer whose `call` takes `return_attention_scores` is recorded: the
    attention layers of keras_attn and Keras, KerasHub's
    `CachedMultiHeadAttention`, and everything built from them, such as
    `TransformerEncoder`, `TransformerDecoder`, BERT and GPT-2. Models with
    their own attention that cannot return scores, such as KerasHub's Llama,
    raise an error.

    Shapes: B batch, H heads, T query length, S key length.

    Args:
        model: Any Keras model or layer: functional, sequential or subclassed,
            compiled or not. A model that is not built yet is built by this
            call.
        inputs: The inputs of `model` for B texts. If its `call` requires
            several arguments, as in `MultiHeadAttention`, pass a list or tuple
            of them, or a dict by name.
        layers: The names, paths or layers to record; see `record_attention`.
            Defaults to `None`: every attention layer.
        heads: Integer or list of integers, the heads of each layer to keep,
            counted from 0. Defaults to `None`: all.

    Returns:
        A dict from layer path to a float32 NumPy array of shape `(B, H, T, S)`,
        in the order in which the layers ran. The path is the layer's `path`,
        which Keras sets when the layer is built. In a sequential or subclassed
        model it starts with the name of the model ("model/block_0/attention").
        In a functional model it starts with the name of the layer
        ("block_0/attention"). The keys of several calls of one layer are
        explained in `record_attention`.

    Raises:
        ValueError: As `record_attention` does.

    Example:

    >>> maps = capture_attention(model, ids)
    >>> maps["encoder_block_0/attention"][0].shape  # first text
    (8, 17, 17)
    """
    _, maps = call_with_attention(model, inputs, layers, heads)
    return maps


def call_with_attention(model, inputs, layers=None, heads=None):
    """Run `model` once and return its outputs and its attention maps.

    Args:
        model: See `capture_attention`.
        inputs: See `capture_attention`.
        layers: See `capture_attention`.
        heads: See `capture_attention`.

    Returns:
        The pair `(outputs, maps)`, from one forward pass. The outputs equal
        those of `model(inputs, training=False)` to the last bit.

    Raises:
        ValueError: As `record_attention` does.
    """
    require_model(model)
    if not is_built(model):
        # Its layers have no paths yet, or do not exist yet.
        call_on(model, inputs, training=False)
    with record_attention(model, layers, heads) as maps:
        outputs = run_stateless(lambda: call_on(model, inputs, training=False))
    return outputs, maps


@contextlib.contextmanager
def record_attention(model, layers=None, heads=None):
    """Record the attention maps of every eager call inside the `with` block.

    Only calls in the same thread are recorded. Other threads may call, train
    and record the model at the same time, except that on JAX the weights of a
    model that trains are out of reach of other threads.

    Inside the block, each call of an attention layer runs the layer twice:
    first in inference mode and without changing its state, to get the scores,
    and then exactly as called. The outputs are therefore identical to the last
    bit, even with fused or flash attention. If the caller requests the scores
    in inference mode, the layer runs once and those scores are recorded.

    No class is patched. After the block, even after an error, each layer has
    its original `call`. Only the selected heads are kept in memory.

    Args:
        model: A built Keras model or layer.
        layers: A name, path or layer, or a list of them. Each selects the
            attention layers whose path contains it, so a block or its name
            selects the layers inside it. Defaults to `None`: every attention
            layer.
        heads: Integer or list of integers, the heads of each layer to keep,
            counted from 0. Defaults to `None`: all.

    Yields:
        A dict from layer path to a float32 NumPy array of shape `(B, H, T, S)`,
        filled as the layers run. A layer without heads counts as one head.

        If a functional model calls a layer several times, the keys of the calls
        end in the names of the inputs or layers that they read:
        `"encoder/attention[question]"` and `"encoder/attention[answer]"`. The
        second run with the same key inside the block is stored as `"key#2"`,
        and so on, in the order of the runs.

    Raises:
        ValueError: If `model` is not a model or layer, if it has no attention
            layer, if `layers` is empty or an entry selects no layer, if a layer
            does not have one of the heads, if a layer runs during graph
            tracing, or if no layer has run by the end of the block.

    Example:

    >>> with record_attention(model) as maps:
    ...     logits = model(ids, training=False)
    """
    chosen = chosen_layers(model, layers)
    sync_weights(model)
    maps = {}
    named = [(layer, layer_path(layer)) for layer in chosen]
    recording = recorded(model, named, require_heads(heads), maps, _to_numpy)
    with original_scores_error(), recording:
        yield maps
    if not maps:
        raise ValueError(
            f"None of the attention layers of {model.name!r} ran: "
            f"{', '.join(map(layer_path, chosen))}. Expected an eager call "
            "that reaches one of them. A call compiled by `tf.function` runs "
            "no layer."
        )


def _to_numpy(weights, path):
    try:
        with warnings.catch_warnings():
            # For a tensor without a value TensorFlow first warns, then raises.
            warnings.simplefilter("ignore", DeprecationWarning)
            array = keras.ops.convert_to_numpy(weights)
    except (NotImplementedError, TypeError) as error:
        raise scores_error(
            f"Layer {path!r} ran while a graph was being traced, where "
            "scores have no values yet. Expected an eager call, "
            "`model(inputs, training=False)`; `predict` and `fit` trace. "
            "For maps from a graph, use `attention_model`."
        ) from error
    return np.require(array, requirements="W")  # JAX's memory is read-only
