"""Dropout that may be traced again, with the same seed or without a rate."""

import keras
from keras import ops

# Distance between the seeds of adjacent chunks, so that no two training steps
# use the same seed.
_SEED_DISTANCE = 65_537


class Dropout(keras.layers.Dropout):
    """Keras's dropout, except that a rate of 0 does not read `training`.

    Inside `keras.RematScope("full")` on JAX, `training` is a traced value, on
    which Keras's layer cannot branch.
    """

    def call(self, inputs, training=False):
        return super().call(inputs, training) if self.rate else inputs


class FixedSeed(keras.random.SeedGenerator):
    """A constant seed, for values that are recomputed in the backward pass.

    A Keras seed generator returns a new seed at each call. Rows of attention
    that are recomputed in the backward pass need the same dropout as in the
    forward pass.

    Args:
        seed: Integer tensor of shape `(2,)`, drawn from a generator.
        index: Integer, distinguishes several seeds derived from `seed`.
    """

    def __init__(self, seed, index):
        # Not `super().__init__`, which creates a state variable.
        self._initial_seed = index
        self._seed = seed + ops.convert_to_tensor(
            [index * _SEED_DISTANCE % 2**31, 0],
            dtype=keras.backend.standardize_dtype(seed.dtype),
        )

    def next(self, ordered=True):
        return self._seed
