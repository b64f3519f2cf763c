"""Gradients and compilation on the backend that Keras runs on."""

import warnings

import keras


def gradients(layer, inputs, loss):
    """Return the gradients of a loss.

    Args:
        layer: A built layer, or a model.
        inputs: List of float arrays.
        loss: Function of the layer as a function, and of the inputs as
            tensors, that returns a scalar tensor. It must call the function
            that it receives, not the layer, because JAX passes the weights as
            arguments.

    Returns:
        A list of NumPy arrays: one gradient per input, then one per trainable
        weight. None if the loss does not depend on it.
    """
    inputs = [keras.ops.convert_to_tensor(x) for x in inputs]
    found = _GRADIENTS[keras.backend.backend()](layer, inputs, loss)
    return [None if g is None else keras.ops.convert_to_numpy(g) for g in found]


def compiled(layer):
    """Return a built layer as a function compiled by the backend."""
    return _COMPILED[keras.backend.backend()](layer)


def _tensorflow_gradients(layer, inputs, loss):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(inputs)
        result = loss(layer, *inputs)
    weights = [w.value for w in layer.trainable_variables]
    return tape.gradient(result, [*inputs, *weights])


def _jax_gradients(layer, inputs, loss):
    import jax

    state = [w.value for w in layer.non_trainable_variables]

    def of(inputs, weights):
        def call(*args, **kwargs):
            return layer.stateless_call(weights, state, *args, **kwargs)[0]

        return loss(call, *inputs)

    weights = [w.value for w in layer.trainable_variables]
    # Compiled as a whole, which takes less time than every operation alone.
    gradient = jax.jit(jax.grad(of, argnums=(0, 1)))
    of_inputs, of_weights = gradient(inputs, weights)
    return [*of_inputs, *of_weights]


def _torch_gradients(layer, inputs, loss):
    import torch

    inputs = [x.detach().requires_grad_() for x in inputs]
    weights = [w.value for w in layer.trainable_variables]
    result = loss(layer, *inputs)
    if not result.requires_grad:
        return [None] * (len(inputs) + len(weights))
    return torch.autograd.grad(result, [*inputs, *weights], allow_unused=True)


def _tensorflow_compiled(layer):
    import tensorflow as tf

    return tf.function(layer, jit_compile=True)


def _jax_compiled(layer):
    import jax

    weights = [w.value for w in layer.trainable_variables]
    state = [w.value for w in layer.non_trainable_variables]

    def call(*args, **kwargs):
        return layer.stateless_call(weights, state, *args, **kwargs)[0]

    return jax.jit(call)


def _torch_compiled(layer):
    import torch

    # Traced as for any compiler, but run eagerly: no C++ compiler is needed.
    traced = torch.compile(layer, backend="eager")

    def call(*args, **kwargs):
        with warnings.catch_warnings():
            # It warns about parts of Keras that it cannot trace.
            warnings.simplefilter("ignore")
            return traced(*args, **kwargs)

    return call


_GRADIENTS = {
    "tensorflow": _tensorflow_gradients,
    "jax": _jax_gradients,
    "torch": _torch_gradients,
}
_COMPILED = {
    "tensorflow": _tensorflow_compiled,
    "jax": _jax_compiled,
    "torch": _torch_compiled,
}
