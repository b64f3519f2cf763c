"""Recording the scores of attention layers whenever they are called."""

import contextlib
import functools
import inspect

from keras_attn.maps.attention_layers import SCORES_ARGUMENT
from keras_attn.maps.scores import scores_error, to_map
from keras_attn.maps.stateless import call_stateless


@contextlib.contextmanager
def recorded(named, heads, maps, convert):
    """Record the maps of layers, as described in `record_attention`.

    Args:
        named: List of pairs of an attention layer and the name of its map.
        heads: As returned by `require_heads`.
        maps: Dict to fill.
        convert: Function from a map, a tensor of shape `(B, H, T, S)`, and its
            name to the value to store in `maps`.
    """

    def record(path, result):
        weights = to_map(_scores_of(result, path), heads, path)
        maps[_unused_key(path, maps)] = convert(weights, path)

    with contextlib.ExitStack() as stack:
        for layer, path in named:
            stack.enter_context(
                _recording_call(layer, functools.partial(record, path))
            )
        yield


@contextlib.contextmanager
def _recording_call(layer, record):
    """Replace `layer.call` on this one instance with a call that records."""
    original = layer.call
    signature = inspect.signature(original)
    # In nested recordings, the outer one must not record the extra call.
    own = getattr(original, "own", original)

    @functools.wraps(original)
    def call(*args, **kwargs):
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        requested = bound.arguments[SCORES_ARGUMENT]
        if requested and not bound.arguments.get("training"):
            result = original(*args, **kwargs)
            record(result)
            return result
        with _attributes_restored(layer):
            _disable_flash_attention(layer)
            # The result is not assigned to a variable, so that the scores of
            # all heads are freed before the layer itself needs memory.
            record(call_stateless(own, bound, SCORES_ARGUMENT))
        return original(*args, **kwargs)

    call.own = own
    with _own_call(layer, call):
        yield


@contextlib.contextmanager
def _own_call(layer, call):
    """Override `call` on this one instance.

    Keras's `__setattr__` is bypassed because it would track the function as
    state. Afterwards, an override that the instance already had, as in nested
    recordings, is restored. Otherwise the override is removed, and the `call`
    of the class applies again.
    """
    before = vars(layer).get("call")
    object.__setattr__(layer, "call", call)
    try:
        yield
    finally:
        if before is None:
            object.__delattr__(layer, "call")
        else:
            object.__setattr__(layer, "call", before)


@contextlib.contextmanager
def _attributes_restored(layer):
    """Undo the changes to the attributes of `layer`, even after an error."""
    before = dict(vars(layer))
    try:
        yield
    finally:
        for name, value in before.items():
            if vars(layer).get(name) is not value:
                object.__setattr__(layer, name, value)


def _disable_flash_attention(layer):
    """Disable flash attention, which cannot return scores.

    Keras reads its public setting only when a layer is created. After that,
    only this attribute has an effect.
    """
    if getattr(layer, "_flash_attention", False):
        object.__setattr__(layer, "_flash_attention", False)


def _scores_of(result, path):
    if not isinstance(result, (tuple, list)) or len(result) < 2:
        raise scores_error(
            f"Layer {path!r} was called with `{SCORES_ARGUMENT}=True` and "
            f"returned {type(result).__name__}. Expected `(output, scores)`."
        )
    return result[1]  # KerasHub's layers may also return a cache


def _unused_key(path, maps):
    count = 1
    while (key := path if count == 1 else f"{path}#{count}") in maps:
        count += 1
    return key
