"""Attention layers that record their scores whenever they are called."""

import contextlib
import functools
import inspect

from keras_attn.maps.attention_layers import SCORES_ARGUMENT
from keras_attn.maps.scores import scores_error, to_map
from keras_attn.maps.stateless import call_stateless


@contextlib.contextmanager
def recorded(named, heads, maps, convert):
    """Records the maps of layers, as described in `record_attention`.

    Args:
        named: List of pairs of an attention layer and the name of its map.
        heads: As returned by `require_heads`.
        maps: Dict that is filled.
        convert: Function from a map, a tensor (B, H, T, S), and its name to
            the value that is stored in `maps`.
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
    """Replaces `layer.call` on this one instance by a call that records."""
    original = layer.call
    signature = inspect.signature(original)
    # Inside another recording, the extra call must not be recorded there.
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
            # The result gets no name, so that the scores of all heads are
            # freed before the layer itself needs memory.
            record(call_stateless(own, bound, SCORES_ARGUMENT))
        return original(*args, **kwargs)

    call.own = own
    with _own_call(layer, call):
        yield


@contextlib.contextmanager
def _own_call(layer, call):
    """Gives this one instance a `call` of its own.

    It bypasses Keras's `__setattr__`, which would track the function as state.
    Afterwards a `call` that the instance already had, as in nested recordings,
    is restored; otherwise the `call` of the class is in effect again.
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
    """Restores the attributes that `layer` sets inside, also after an error."""
    before = dict(vars(layer))
    try:
        yield
    finally:
        for name, value in before.items():
            if vars(layer).get(name) is not value:
                object.__setattr__(layer, name, value)


def _disable_flash_attention(layer):
    """Turns flash attention off, which cannot return scores.

    Keras reads its public switch when a layer is created and never again;
    after that only this attribute counts.
    """
    if getattr(layer, "_flash_attention", False):
        object.__setattr__(layer, "_flash_attention", False)


def _scores_of(result, path):
    if not isinstance(result, (tuple, list)) or len(result) < 2:
        raise scores_error(
            f"Layer {path!r} was called with `{SCORES_ARGUMENT}=True` and "
            f"returned {type(result).__name__}. Expected `(output, scores)`."
        )
    return result[1]  # KerasHub's layers may return a cache after it


def _unused_key(path, maps):
    count = 1
    while (key := path if count == 1 else f"{path}#{count}") in maps:
        count += 1
    return key
