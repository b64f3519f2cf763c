"""Attention maps recorded while a Keras model runs, whoever wrote its layers.

No layer class is named here. An attention layer is a layer whose `call` takes
`return_attention_scores`, Keras's own name for the question, so that ours,
Keras's and KerasHub's are all found, and so is a class written tomorrow.
"""

import contextlib
import functools
import inspect
import warnings

import keras

_ASK = "return_attention_scores"


def capture_attention(model, inputs, layers=None):
    """Runs `model` once on `inputs` and returns its attention maps.

    Shapes: B batch, H heads, T query length, S key length.

    Args:
        model: Any Keras model or layer: functional, sequential or subclassed,
            compiled or not. One that is not built yet is built by this call.
        inputs: What `model` takes, for B sentences.
        layers: The names or paths to record; see `record_attention`.
            Defaults to `None`: every attention layer.

    Returns:
        A dict from layer path to a float32 NumPy array (B, H, T, S), in the
        order in which the layers ran.

    Raises:
        ValueError: As `record_attention` does.

    Example:
        >>> maps = capture_attention(model, ids)
        >>> maps["encoder_block_0/attention"][0].shape  # first sentence
        (8, 17, 17)
    """
    _, maps = call_with_attention(model, inputs, layers)
    return maps


def call_with_attention(model, inputs, layers=None):
    """As `capture_attention`, with the outputs of the same forward pass.

    Args:
        model: As for `capture_attention`.
        inputs: As for `capture_attention`.
        layers: As for `capture_attention`.

    Returns:
        The pair `(outputs, maps)`.

    Raises:
        ValueError: As `record_attention` does.
    """
    if not model.built:  # its layers have no paths yet, or are not made yet
        model(inputs, training=False)
    with record_attention(model, layers) as maps:
        outputs = model(inputs, training=False)
    return outputs, maps


@contextlib.contextmanager
def record_attention(model, layers=None):
    """Records the attention maps of every eager call made inside the block.

    For as long as the block lasts each attention layer is asked for its scores,
    whatever its caller asks for, and the caller gets exactly what it asked for.
    Weights, metrics and the compiled functions of `fit` and `predict` stay
    untouched, and each layer has its own `call` again afterwards, also after
    an error. A layer that takes another code path once asked for scores, as
    Keras's fused one does, may round differently inside the block.

    Args:
        model: A built Keras model or layer.
        layers: A name or path, or a list of them; each selects the attention
            layers whose path holds it, so a block's name selects those inside
            it. Defaults to `None`: every attention layer.

    Yields:
        A dict that fills as layers run: layer path -> float32 NumPy array
        (B, H, T, S). A layer without heads counts as one head. The second run
        of a layer inside one block gets the key `path#2`, and so on.

    Raises:
        ValueError: If there is no attention layer, if an entry of `layers`
            selects none, if a layer runs while a graph is traced, or if none
            has run by the end of the block.

    Example:
        >>> with record_attention(model) as maps:
        ...     logits = model(ids, training=False)
    """
    chosen = _choose(_attention_layers(model), layers, model.name)
    maps = {}
    with contextlib.ExitStack() as stack:
        for layer in chosen:
            stack.enter_context(_asked_for_scores(layer, maps))
        yield maps
    if not maps:
        raise ValueError(
            f"None of the attention layers of {model.name!r} ran: "
            f"{', '.join(map(_key, chosen))}. Expected an eager call that "
            "reaches one; a call compiled by `tf.function` runs no layer."
        )


def _attention_layers(model):
    """The innermost layers that can be asked for their scores."""
    return [
        layer
        for layer in model._flatten_layers()
        if _can_be_asked(layer)
        and not any(map(_can_be_asked, layer._flatten_layers(False)))
    ]


def _can_be_asked(layer):
    return _ASK in inspect.signature(layer.call).parameters


def _choose(found, layers, model_name):
    """The layers of `found` that `layers` selects, in the model's order."""
    if not found:
        raise ValueError(
            f"{model_name!r} has no attention layer. Looked for layers, at any "
            f"depth, whose `call` takes `{_ASK}`. (A model that was never "
            "called may not have made its layers yet: call it once.)"
        )
    if layers is None:
        return found
    wanted = [layers] if isinstance(layers, str) else list(layers)
    for name in wanted:
        if not any(_selects(name, layer) for layer in found):
            raise ValueError(
                f"No attention layer {name!r} in {model_name!r}. Those "
                f"there are: {', '.join(map(_key, found))}."
            )
    return [
        layer
        for layer in found
        if any(_selects(name, layer) for name in wanted)
    ]


def _selects(name, layer):
    return f"/{name}/" in f"/{_key(layer)}/"


def _key(layer):
    return layer.path or layer.name  # a layer gets its path when it is built


@contextlib.contextmanager
def _asked_for_scores(layer, maps):
    """Replaces `layer.call` on this one instance by a call that records."""
    original = layer.call
    signature = inspect.signature(original)

    @functools.wraps(original)
    def call(*args, **kwargs):
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        caller_asked = bound.arguments[_ASK]
        bound.arguments[_ASK] = True
        output, scores = original(*bound.args, **bound.kwargs)
        maps[_unused_key(_key(layer), maps)] = _to_map(scores, layer)
        return (output, scores) if caller_asked else output

    # Past Keras's own `__setattr__`, which would track the function as state.
    # A `call` that is the instance's own already, as in nested recordings,
    # comes back; otherwise the class's is uncovered again.
    before = vars(layer).get("call")
    object.__setattr__(layer, "call", call)
    try:
        yield
    finally:
        if before is None:
            object.__delattr__(layer, "call")
        else:
            object.__setattr__(layer, "call", before)


def _unused_key(path, maps):
    count = 1
    while (key := path if count == 1 else f"{path}#{count}") in maps:
        count += 1
    return key


def _to_map(scores, layer):
    """Scores (B, H, T, S) or (B, T, S) -> float32 NumPy (B, H, T, S)."""
    try:
        with warnings.catch_warnings():
            # Of a tensor without a value TensorFlow first warns, then raises.
            warnings.simplefilter("ignore", DeprecationWarning)
            weights = keras.ops.convert_to_numpy(scores).astype("float32")
    except (NotImplementedError, TypeError) as error:
        raise ValueError(
            f"Layer {_key(layer)!r} ran while a graph was being traced, where "
            "scores have no values yet. Expected an eager call, "
            "`model(inputs, training=False)`; `predict` and `fit` trace."
        ) from error
    if weights.ndim == 3:  # keras.layers.Attention has no heads
        weights = weights[:, None]
    if weights.ndim != 4:
        raise ValueError(
            f"Layer {_key(layer)!r} gave scores of shape {weights.shape}. "
            "Expected (batch, heads, queries, keys)."
        )
    return weights
