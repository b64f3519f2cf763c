"""Dropout that can be drawn twice: a seed that does not move on."""

import keras
from keras import ops

_APART = 65_537  # seeds of neighbouring chunks, so that no two steps share one


class FixedSeed(keras.random.SeedGenerator):
    """A seed drawn once, for values that are computed again in a gradient.

    A Keras seed generator gives another seed at each call. Rows of attention
    that are recomputed in the backward pass must be dropped as they were in
    the forward pass.

    Args:
        seed: Integer tensor of shape `(2,)`, drawn from a generator.
        index: Integer, which of several values of this seed it is.
    """

    def __init__(self, seed, index):
        # Without the state variable that the parent makes: nothing is kept.
        self._initial_seed = index
        self._seed = seed + ops.convert_to_tensor(
            [index * _APART % 2**31, 0],
            dtype=keras.backend.standardize_dtype(seed.dtype),
        )

    def next(self, ordered=True):
        return self._seed
