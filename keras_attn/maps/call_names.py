"""Names for the calls of a layer that a functional model calls repeatedly."""

import contextlib
import threading

import keras

from keras_attn.maps.attention_layers import attention_layers

_state = threading.local()


def current_name():
    """The name of the call that this thread is in; "" if it has none."""
    return ",".join(getattr(_state, "names", ()))


def repeated_calls(model):
    """Find the layers that a functional model calls more than once.

    The name of a call is that of the input or layer that its inputs come from.

    Args:
        model: A Keras model or layer.

    Returns:
        A dictionary from functional models, `model` or parts of it, to
        dictionaries from their layers to lists of names, in the order of the
        calls. It contains only layers with attention whose calls have different
        names.
    """
    found = {part: _names(part) for part in model._flatten_layers()}
    return {part: names for part, names in found.items() if names}


def _names(part):
    calls = {}
    # Only functional models have it; they run their nodes in this order.
    nodes = getattr(part, "_nodes_by_depth", None) or {}
    for depth in sorted(nodes, reverse=True):
        for node in nodes[depth]:
            if isinstance(node.operation, keras.layers.Layer):
                parents = [
                    parent.operation.name for parent in node.parent_nodes
                ]
                name = "+".join(dict.fromkeys(parents))
                calls.setdefault(node.operation, []).append(name)
    return {
        layer: names
        for layer, names in calls.items()
        if len(names) > 1
        and len(set(names)) == len(names)
        and attention_layers(layer)
    }


@contextlib.contextmanager
def running(calls):
    """Begin to count the calls of the layers of one functional model.

    Args:
        calls: Dictionary from layers to the names of their calls.
    """
    frames = _attribute("frames")
    frames.append({layer: iter(names) for layer, names in calls.items()})
    try:
        yield
    finally:
        frames.pop()


@contextlib.contextmanager
def calling(layer):
    """Name the next call of a layer, if it is one of a functional model."""
    frames, names = _attribute("frames"), _attribute("names")
    found = [frame[layer] for frame in frames if layer in frame]
    name = next(found[-1], None) if found else None
    if name is None:
        yield
        return
    names.append(name)
    try:
        yield
    finally:
        names.pop()


def _attribute(name):
    if not hasattr(_state, name):
        setattr(_state, name, [])
    return getattr(_state, name)
