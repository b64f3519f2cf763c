"""Attention layers asked for their scores whenever they are called."""

import contextlib
import functools
import inspect

from keras_attn.maps.attention_layers import ASK
from keras_attn.maps.heads import scores_error, to_map
from keras_attn.maps.side_call import ask_aside


@contextlib.contextmanager
def recorded(named, heads, maps, keep):
    """Records the maps of layers, as `record_attention` says.

    Args:
        named: List of pairs of an attention layer and the name of its map.
        heads: As `checked_heads` returns it.
        maps: Dict to be filled.
        keep: Function from a map, a tensor (B, H, T, S), and its name to what
            is put into `maps`.
    """

    def record(path, answer):
        kept = keep(to_map(_scores_in(answer, path), heads, path), path)
        maps[_unused_key(path, maps)] = kept

    with contextlib.ExitStack() as stack:
        for layer, path in named:
            recording = functools.partial(record, path)
            stack.enter_context(_asked_for_scores(layer, recording))
        yield


@contextlib.contextmanager
def _asked_for_scores(layer, record):
    """Replaces `layer.call` on this one instance by a call that records."""
    original = layer.call
    signature = inspect.signature(original)
    # Around a recording that is on already, the question goes past it.
    own = getattr(original, "own", original)

    @functools.wraps(original)
    def call(*args, **kwargs):
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        if bound.arguments[ASK] and not bound.arguments.get("training"):
            answer = original(*args, **kwargs)
            record(answer)
            return answer
        with _as_before(layer):
            _let_flash_give_way(layer)
            # No name is given to the scores of all heads: they go before the
            # layer itself takes memory.
            record(ask_aside(own, bound, ASK))
        return original(*args, **kwargs)

    call.own = own
    with _own_call(layer, call):
        yield


@contextlib.contextmanager
def _own_call(layer, call):
    """Gives this one instance a `call` of its own.

    Past Keras's own `__setattr__`, which would track the function as state. A
    `call` that is the instance's own already, as in nested recordings, comes
    back; otherwise the class's is uncovered again.
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
def _as_before(layer):
    """What `layer` notes about itself inside is forgotten, also by an error."""
    before = dict(vars(layer))
    try:
        yield
    finally:
        for name, value in before.items():
            if vars(layer).get(name) is not value:
                object.__setattr__(layer, name, value)


def _let_flash_give_way(layer):
    """Flash attention has no scores to give: off while they are asked for.

    Keras reads its public switch when a layer is made and never again; later
    there is only this attribute.
    """
    if getattr(layer, "_flash_attention", False):
        object.__setattr__(layer, "_flash_attention", False)


def _scores_in(answer, path):
    if not isinstance(answer, (tuple, list)) or len(answer) < 2:
        raise scores_error(
            f"Layer {path!r} was asked for its scores and returned "
            f"{type(answer).__name__}. Expected `(output, scores)`."
        )
    return answer[1]  # after it KerasHub's layers may return a cache


def _unused_key(path, maps):
    count = 1
    while (key := path if count == 1 else f"{path}#{count}") in maps:
        count += 1
    return key
