"""Calls of a layer that leave no trace: no state, no losses, no masks taken.

A forward pass changes more than it returns. Seeds move on, statistics and
losses are kept, masks are taken off the tensors, and `training` is passed from
layer to layer. A call made only to look must leave all of it as it was.
"""

import contextlib

import keras
from keras import ops


class Aside(keras.StatelessScope):
    """Inside, variables can be read; what is assigned is forgotten.

    Losses added inside are forgotten too. Within another stateless scope, as
    JAX trains in, values come from that one.
    """

    def get_current_value(self, variable):
        value = super().get_current_value(variable)
        if value is None and self.original_scope is not None:
            value = self.original_scope.get_current_value(variable)
        return value


class _Copy(keras.layers.Layer):
    """Copies a tensor, and is told what Keras tells a layer in this place.

    Only a layer is given masks and `training` by Keras's public ways.
    """

    def __init__(self):
        super().__init__(name="copy", autocast=False)  # the very same dtype
        self.supports_masking = True  # the mask goes along
        self.training = None

    def call(self, x, training=None):
        self.training = training
        return ops.copy(x)


class _Run(keras.layers.Layer):
    """Calls a function from inside a layer that does not know its layers."""

    def __init__(self, function):
        super().__init__(name="run", autocast=False)
        self._function = function

    def call(self, _):
        return self._function()


def run_aside(function):
    """Calls `function`, and forgets the state that its layers would keep.

    Keras clears the losses of the outermost layer of a call and of all that
    is in it. Here that is a layer of ours, with nothing in it.
    """
    with Aside():
        return _Run(function)(ops.zeros(()))


def ask_aside(call, bound, question):
    """Calls `call` once more, for inference, with an answer to `question`.

    Args:
        call: The `call` of a layer.
        bound: `inspect.BoundArguments` of it. They are not changed: `call`
            gets copies of the tensors, with their masks, since some layers
            take the masks off the tensors they are given.
        question: String, the argument of `call` that is set to True.

    Returns:
        What `call` returns.
    """
    copy = _Copy()
    copies = {}

    def copied(value):
        if not ops.is_tensor(value):
            return value
        if id(value) not in copies:  # what was one tensor stays one
            copies[id(value)] = copy(value)
        return copies[id(value)]

    with Aside():
        arguments = keras.tree.map_structure(copied, dict(bound.arguments))
        arguments[question] = True
        if arguments.get("training"):
            arguments["training"] = False
        again = type(bound)(bound.signature, arguments)
        with _inference(copy):
            return call(*again.args, **again.kwargs)


@contextlib.contextmanager
def _inference(copy):
    """Layers below are told `training=False`; those after as before."""
    training = copy.training
    if not training:
        yield
        return
    copy(ops.zeros(()), training=False)  # Keras passes on what it was told last
    try:
        yield
    finally:
        copy(ops.zeros(()), training=training)
