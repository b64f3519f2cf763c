"""Calling a layer without changing its state, losses or masks.

A forward pass has side effects. Seeds advance, statistics and losses are
stored, masks are removed from the tensors, and `training` is passed from layer
to layer. A call made only to get the scores must leave all of this unchanged.
"""

import contextlib

import keras
from keras import ops


class _Stateless(keras.StatelessScope):
    """Scope that allows reading variables and discards assignments and losses.

    Inside another stateless scope, such as the one JAX trains in, values come
    from that scope.
    """

    def get_current_value(self, variable):
        value = super().get_current_value(variable)
        if value is None and self.original_scope is not None:
            value = self.original_scope.get_current_value(variable)
        return value


class _Copy(keras.layers.Layer):
    """Copy a tensor, and store the `training` argument that Keras passes.

    Only layers receive masks and `training` through Keras's public interface.
    """

    def __init__(self):
        super().__init__(name="copy", autocast=False)  # keeps the dtype
        self.supports_masking = True  # keeps the mask
        self.training = None

    def call(self, x, training=None):
        self.training = training
        return ops.copy(x)


class _Run(keras.layers.Layer):
    """Call a function from inside a layer that has no sublayers."""

    def __init__(self, function):
        super().__init__(name="run", autocast=False)
        self._function = function

    def call(self, _):
        return self._function()


def run_stateless(function):
    """Call `function` and discard the state that its layers would store.

    Keras clears the losses of the outermost layer of a call and of all its
    sublayers. Here the outermost layer is `_Run`, which has none.
    """
    with _Stateless():
        return _Run(function)(ops.zeros(()))


def call_stateless(call, bound, flag):
    """Call `call` in inference mode, with the argument `flag` set to True.

    Args:
        call: The `call` of a layer.
        bound: Its `inspect.BoundArguments`. They are not changed: `call` gets
            copies of the tensors, with their masks, because some layers remove
            the masks from their input tensors.
        flag: String, the name of the argument.

    Returns:
        The result of `call`.
    """
    copy = _Copy()
    copies = {}

    def copied(value):
        if not ops.is_tensor(value):
            return value
        if id(value) not in copies:  # one copy per tensor
            copies[id(value)] = copy(value)
        return copies[id(value)]

    with _Stateless():
        arguments = keras.tree.map_structure(copied, dict(bound.arguments))
        arguments[flag] = True
        if arguments.get("training"):
            arguments["training"] = False
        again = type(bound)(bound.signature, arguments)
        with _inference(copy):
            return call(*again.args, **again.kwargs)


@contextlib.contextmanager
def _inference(copy):
    """Pass `training=False` to layers in the block, not to those after it."""
    training = copy.training
    if not training:
        yield
        return
    copy(ops.zeros(()), training=False)  # Keras passes on the last value set
    try:
        yield
    finally:
        copy(ops.zeros(()), training=training)
