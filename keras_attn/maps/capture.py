"""Attention maps as arrays, out of a Keras model while it runs."""

import contextlib
import warnings

import keras
import numpy as np

from keras_attn.maps.attention_layers import (
    chosen_layers,
    is_built,
    path_of,
    require_model,
)
from keras_attn.maps.heads import checked_heads, in_plain_words, scores_error
from keras_attn.maps.inputs import call_on
from keras_attn.maps.recording import recorded
from keras_attn.maps.side_call import run_aside


def capture_attention(model, inputs, layers=None, heads=None):
    """Runs `model` once on `inputs` and returns its attention maps.

    Weights, seeds, statistics, metrics and losses stay as they were, and so do
    the compiled functions of `fit` and `predict`.

    Recorded are the layers whose `call` takes `return_attention_scores`: ours,
    Keras's, KerasHub's `CachedMultiHeadAttention`, and whatever is made of
    them, such as its `TransformerEncoder`, `TransformerDecoder`, BERT and
    GPT-2. Models with an attention of their own that gives no scores, such as
    its Llama, are refused.

    Shapes: B batch, H heads, T query length, S key length.

    Args:
        model: Any Keras model or layer: functional, sequential or subclassed,
            compiled or not. One that is not built yet is built by this call.
        inputs: What `model` takes, for B sentences. Where its `call` needs
            several arguments, as that of `MultiHeadAttention` does, a list or
            tuple of them, or a dict by their names.
        layers: The names, paths or layers to record; see `record_attention`.
            Defaults to `None`: every attention layer.
        heads: The numbers of the heads to keep of each layer, an integer or a
            list, counted from 0. Defaults to `None`: all.

    Returns:
        A dict from layer path to a float32 NumPy array (B, H, T, S), in the
        order in which the layers ran. The path is the layer's `path`, which
        Keras sets when it is built: in a sequential or subclassed model it
        begins with the model's name ("model/block_0/attention"), in a
        functional one with the name of the layer ("block_0/attention").

    Raises:
        ValueError: As `record_attention` does.

    Example:
        >>> maps = capture_attention(model, ids)
        >>> maps["encoder_block_0/attention"][0].shape  # first sentence
        (8, 17, 17)
    """
    _, maps = call_with_attention(model, inputs, layers, heads)
    return maps


def call_with_attention(model, inputs, layers=None, heads=None):
    """As `capture_attention`, with the outputs of the same forward pass.

    Args:
        model: As for `capture_attention`.
        inputs: As for `capture_attention`.
        layers: As for `capture_attention`.
        heads: As for `capture_attention`.

    Returns:
        The pair `(outputs, maps)`. The outputs are those of
        `model(inputs, training=False)`, to the last bit.

    Raises:
        ValueError: As `record_attention` does.
    """
    require_model(model)
    if not is_built(model):
        # Its layers have no paths yet, or are not made yet.
        call_on(model, inputs, training=False)
    with record_attention(model, layers, heads) as maps:
        outputs = run_aside(lambda: call_on(model, inputs, training=False))
    return outputs, maps


@contextlib.contextmanager
def record_attention(model, layers=None, heads=None):
    """Records the attention maps of every eager call made inside the block.

    For as long as the block lasts each attention layer is asked for its scores
    in a call of its own, for inference and with no effect on its state, and
    then called exactly as its caller does. Outputs are therefore the same to
    the last bit, fused and flash paths included. A caller that asks for the
    scores itself has its answer recorded. Nothing is patched in a class, and
    each layer has its own `call` again afterwards, also after an error.

    Of the scores of a layer only the chosen heads are kept.

    Args:
        model: A built Keras model or layer.
        layers: A name, path or layer, or a list of them; each selects the
            attention layers whose path holds it, so a block or its name
            selects those inside it. Defaults to `None`: every attention layer.
        heads: The numbers of the heads to keep of each layer, an integer or a
            list, counted from 0. Defaults to `None`: all.

    Yields:
        A dict that fills as layers run: layer path -> float32 NumPy array
        (B, H, T, S). A layer without heads counts as one head. The second run
        of a layer inside one block gets the key `path#2`, and so on.

    Raises:
        ValueError: If `model` is no model or layer, if it has no attention
            layer, if `layers` is empty or an entry of it selects none, if a
            layer does not have the heads, if a layer runs while a graph is
            traced, or if none has run by the end of the block.

    Example:
        >>> with record_attention(model) as maps:
        ...     logits = model(ids, training=False)
    """
    chosen = chosen_layers(model, layers)
    if hasattr(model, "jax_state_sync"):
        model.jax_state_sync()  # in `fit` on JAX the model has no weights
    maps = {}
    named = [(layer, path_of(layer)) for layer in chosen]
    recording = recorded(named, checked_heads(heads), maps, _to_numpy)
    with in_plain_words(), recording:
        yield maps
    if not maps:
        raise ValueError(
            f"None of the attention layers of {model.name!r} ran: "
            f"{', '.join(map(path_of, chosen))}. Expected an eager call that "
            "reaches one; a call compiled by `tf.function` runs no layer."
        )


def _to_numpy(weights, path):
    try:
        with warnings.catch_warnings():
            # Of a tensor without a value TensorFlow first warns, then raises.
            warnings.simplefilter("ignore", DeprecationWarning)
            array = keras.ops.convert_to_numpy(weights)
    except (NotImplementedError, TypeError) as error:
        raise scores_error(
            f"Layer {path!r} ran while a graph was being traced, where "
            "scores have no values yet. Expected an eager call, "
            "`model(inputs, training=False)`; `predict` and `fit` trace. "
            "`attention_model` gives a model that returns them from a graph."
        ) from error
    return np.require(array, requirements="W")  # JAX's memory is read-only
