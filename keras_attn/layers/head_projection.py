"""Projections into heads and out of them."""

import contextlib
import math
import random

import keras
import numpy as np
from keras import ops


class HeadProjection(keras.layers.EinsumDense):
    """`EinsumDense` of Keras, computed as one matrix product.

        into heads:      (B, T, D) -> (B, T, H, K), kernel (D, H, K)
        out of heads:    (B, T, H, K) -> (B, T, D), kernel (H, K, D)

    Weights, LoRA and quantization are those of Keras's layer, so that weights
    fit into `keras.layers.MultiHeadAttention`. A plain matrix product instead
    of an einsum is one built-in operator in every export.

    Args:
        output_axes: Tuple of positive integers, the axes that the projection
            creates: `(H, K)` or `(D,)`, for example.
        out_of_heads: Boolean, whether the last two axes of the input are
            multiplied, instead of the last one.
        as_matrix: Boolean, whether the initializer receives the shape of the
            kernel as a matrix, in which all heads are joined. Keras's
            initializers take the first axis of a kernel of three axes for the
            size of a convolution, and its weights start much smaller.
        use_bias: Boolean, whether to add a bias.
        kernel_initializer: `keras.initializers.Initializer`.
        **kwargs: Arguments of `keras.layers.EinsumDense`, such as `name`.
    """

    def __init__(
        self,
        output_axes,
        out_of_heads,
        as_matrix,
        use_bias,
        kernel_initializer,
        **kwargs,
    ):
        read = "cd" if out_of_heads else "c"
        made = "efghij"[: len(output_axes)]
        if as_matrix:
            kernel_initializer = MatrixInitializer(
                kernel_initializer, num_inputs=len(read)
            )
        super().__init__(
            f"ab{read},{read}{made}->ab{made}",
            output_shape=(None, *output_axes),
            bias_axes=made if use_bias else None,
            kernel_initializer=kernel_initializer,
            **kwargs,
        )
        self.supports_masking = True
        self._num_inputs = len(read)
        self._output_axes = tuple(output_axes)

    def call(self, x, training=None):
        kernel, joined = self.kernel, math.prod(self._output_axes)
        lead = ops.shape(x)[:2]
        if self._num_inputs > 1:
            x = ops.reshape(x, (*lead, math.prod(x.shape[2:])))
        x = ops.matmul(x, ops.reshape(kernel, (x.shape[-1], joined)))
        if self.bias is not None:
            x = ops.add(x, ops.reshape(self.bias, (joined,)))
        if self.activation is not None:
            x = self.activation(x)
        if len(self._output_axes) > 1:
            x = ops.reshape(x, (*lead, *self._output_axes))
        return x

    def quantize(self, mode=None, type_check=True, config=None):
        # Keras refuses subclasses, whose `call` may compute something else.
        super().quantize(mode, type_check=False, config=config)

    def load_own_variables(self, store):
        if self.quantization_mode is not None:  # in no file of version 0.1.0
            super().load_own_variables(store)
            return
        names = store.keys()  # what Keras passes is not a mapping
        super().load_own_variables({n: self._split(store[n]) for n in names})

    def _split(self, stored):
        """Return a weight of a file in the shape that it has here.

        In files of version 0.1.0, the heads of a kernel or bias are joined.
        """
        shape = tuple(stored.shape)
        for weight in (self._kernel, self.bias):
            if weight is None or len(shape) >= len(weight.shape):
                continue
            if math.prod(shape) == math.prod(weight.shape):
                return np.reshape(stored, weight.shape)
        return stored


@keras.saving.register_keras_serializable("keras_attn")
class MatrixInitializer(keras.initializers.Initializer):
    """Initialize a kernel as the matrix from all inputs to all outputs.

    Args:
        initializer: `keras.initializers.Initializer`.
        num_inputs: Positive integer, how many axes of the kernel are inputs.
    """

    def __init__(self, initializer, num_inputs):
        self.initializer = keras.initializers.get(initializer)
        self.num_inputs = num_inputs

    def __call__(self, shape, dtype=None):
        read, made = shape[: self.num_inputs], shape[self.num_inputs :]
        matrix = self.initializer((math.prod(read), math.prod(made)), dtype)
        return ops.reshape(matrix, shape)

    def get_config(self):
        initializer = keras.initializers.serialize(self.initializer)
        return {"initializer": initializer, "num_inputs": self.num_inputs}


class ProjectionOptions:
    """The initializers, regularizers and constraints of all projections.

    Args:
        **given: What Keras's layers accept under these names: names, configs,
            objects or None.
    """

    def __init__(self, **given):
        self._given = given
        with _random_numbers_kept():
            self._objects = {
                name: _module(name).get(value) for name, value in given.items()
            }

    def arguments(self):
        """Return the arguments of one projection.

        Each has initializers of its own: one initializer, called twice, gives
        two kernels the same values.
        """
        return {
            name: value if isinstance(value, str) else _anew(value)
            for name, value in {**self._objects, **self._names()}.items()
        }

    def _names(self):
        return {n: v for n, v in self._given.items() if isinstance(v, str)}

    def config(self):
        """Return the serialized arguments."""
        return {
            name: _module(name).serialize(value)
            for name, value in self._objects.items()
        }


@contextlib.contextmanager
def _random_numbers_kept():
    """Undo that an initializer draws a seed when it is created.

    So a seed gives the same weights as with `keras.layers.Dense`, whose
    initializers are created with the projections.
    """
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)


def _module(name):
    return getattr(keras, name.split("_")[1] + "s")


def _anew(value):
    if isinstance(value, keras.initializers.Initializer):
        return type(value).from_config(value.get_config())
    return value
