"""Recording the scores of attention layers whenever they are called."""

import contextlib
import functools
import inspect
import threading

from keras_attn.maps.attention_layers import SCORES_ARGUMENT
from keras_attn.maps.call_names import (
    calling,
    current_name,
    repeated_calls,
    running,
)
from keras_attn.maps.scores import scores_error, to_map
from keras_attn.maps.stateless import call_stateless


@contextlib.contextmanager
def recorded(model, named, heads, maps, convert):
    """Record the maps of layers, as described in `record_attention`.

    Only calls in this thread are recorded. Calls in other threads, and
    recordings of these, do not notice.

    Args:
        model: The model that contains the layers.
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
        for part, calls in repeated_calls(model).items():
            for layer in calls:
                around = functools.partial(calling, layer)
                stack.enter_context(_overridden(layer, around=around))
            around = functools.partial(running, calls)
            stack.enter_context(_overridden(part, around=around))
        for layer, path in named:
            record_layer = functools.partial(record, path)
            stack.enter_context(_overridden(layer, record=record_layer))
        yield


# Held while an override of `call` is set or removed.
_LOCK = threading.Lock()


@contextlib.contextmanager
def _overridden(layer, record=None, around=None):
    """Change what the calls of `layer` in this thread do.

    All threads share one override of `layer.call`. The last recording removes
    it.

    Args:
        layer: The Keras layer.
        record: Function that receives the result of each call, scores included.
            Defaults to `None`.
        around: Function that returns a context manager, in which each call
            runs. Defaults to `None`.
    """
    with _LOCK:
        override = vars(layer).get("call")
        if not isinstance(override, _RecordingCall):
            override = _RecordingCall(layer)
        override.users += 1
    records, contexts = override.of_this_thread()
    records += [record] * (record is not None)
    contexts += [around] * (around is not None)
    try:
        yield
    finally:
        if record is not None:
            records.remove(record)
        if around is not None:
            contexts.remove(around)
        with _LOCK:
            override.users -= 1
            if not override.users:
                override.remove()


class _RecordingCall:
    """The `call` of one layer, which gives its results to the recordings.

    In a thread without a recording, it is the original `call`.

    Args:
        layer: The Keras layer, whose `call` is replaced on this one instance.

    Attributes:
        users: Integer, the number of recordings in all threads.
    """

    def __init__(self, layer):
        self.users = 0
        self._layer = layer
        self._before = vars(layer).get("call")
        self._original = layer.call
        self._signature = inspect.signature(layer.call)
        self._threads = threading.local()
        functools.update_wrapper(self, layer.call)
        # Keras's `__setattr__` would track it as state.
        object.__setattr__(layer, "call", self)

    def remove(self):
        """Restore the `call` that the instance, or its class, had."""
        if self._before is None:
            object.__delattr__(self._layer, "call")
        else:
            object.__setattr__(self._layer, "call", self._before)

    def of_this_thread(self):
        """Return the lists of `record` and `around` of `_overridden`."""
        if not hasattr(self._threads, "lists"):
            self._threads.lists = [], []
        return self._threads.lists

    def __call__(self, *args, **kwargs):
        records, contexts = self.of_this_thread()
        with contextlib.ExitStack() as stack:
            for around in contexts:
                stack.enter_context(around())
            return self._recorded(records, args, kwargs)

    def _recorded(self, records, args, kwargs):
        if not records:
            return self._original(*args, **kwargs)
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        requested = bound.arguments[SCORES_ARGUMENT]
        if requested and not bound.arguments.get("training"):
            result = self._original(*args, **kwargs)
            _give(result, records)
            return result
        with _attributes_restored(self._layer):
            _disable_flash_attention(self._layer)
            # The result is not assigned to a variable, so that the scores of
            # all heads are freed before the layer itself needs memory.
            _give(
                call_stateless(self._original, bound, SCORES_ARGUMENT), records
            )
        return self._original(*args, **kwargs)


def _give(result, records):
    for record in records:
        record(result)


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
    name = current_name()
    path = f"{path}[{name}]" if name else path
    count = 1
    while (key := path if count == 1 else f"{path}#{count}") in maps:
        count += 1
    return key
