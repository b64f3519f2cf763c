"""Learned positions, added to token vectors."""

import keras
import numpy as np
from keras import ops

from keras_attn._checks import (
    is_integer,
    require_positive_integer,
    require_rate,
    require_tokens,
    require_width,
    shape_of,
)
from keras_attn._registration import register
from keras_attn.layers.dropout import Dropout
from keras_attn.layers.positions.given_positions import (
    given_positions,
    require_start_index,
)
from keras_attn.layers.ragged import RaggedInputs
from keras_attn.ops.masks import token_mask, token_positions


@register
class LearnedPositionalEncoding(RaggedInputs, keras.layers.Layer):
    """Add a learned position vector to each token vector.

    `y[b, p] = x[b, p] + table[p]`, with one row of the table for each of
    `max_length` positions. Only real tokens are counted, so padding on either
    side changes nothing.

    A position outside the table is an error. If it is known before the layer
    runs, the layer raises a ValueError: this applies to the length T, to an
    integer `start_index`, and to `positions` as a list or NumPy array. A
    position in a tensor results in a row of NaN, on every backend and in every
    export. A wrong row would go unnoticed, and reading the tensor would force
    the program to wait for the device.

    Shapes: B batch, T length, D width.

    Args:
        max_length: Positive integer, the number of positions, in tokens.
        dropout: Float in [0, 1), the dropout rate after the addition.
            Defaults to `0.0`.
        initializer: Keras initializer of the table, or its name. Defaults to
            `"uniform"`: between -0.05 and 0.05.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        x: Float tensor of shape `(B, T, D)`, T at most `max_length`.
        mask: Boolean tensor of shape `(B, T)`, True at real tokens. Keras
            passes it automatically. Defaults to `None`: all tokens are real.
        training: Boolean, whether to apply dropout.
        start_index: Integer or scalar integer tensor, added to all positions,
            for texts that are decoded step by step. Defaults to `0`.
        positions: Integer tensor of shape `(T,)` or `(B, T)`, the positions to
            use instead of counting. Defaults to `None`.

    Returns:
        A tensor of shape `(B, T, D)` and the layer's compute dtype. It keeps
        the Keras mask.

    Raises:
        ValueError: If `max_length` or `dropout` is out of range, if a position
            is outside the table, or if `start_index` or `positions` has a
            wrong shape or does not contain integers.

    Example:

    >>> import keras, keras_attn
    >>> layer = keras_attn.layers.LearnedPositionalEncoding(
    ...     max_length=5, initializer="ones"
    ... )
    >>> layer(keras.ops.zeros((1, 2, 3))).numpy().tolist()
    [[[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]]

    Reference:
        Gehring et al., 2017, [Convolutional Sequence to Sequence Learning](
        https://arxiv.org/abs/1705.03122), section 3.1.
    """

    def __init__(
        self, max_length, dropout=0.0, initializer="uniform", **kwargs
    ):
        super().__init__(**kwargs)
        self.max_length = require_positive_integer("max_length", max_length)
        self.dropout = require_rate("dropout", dropout)
        self.initializer = keras.initializers.get(initializer)
        self.supports_masking = True
        self._dropout_layer = Dropout(self.dropout, dtype=self.dtype_policy)

    def __call__(self, x, *args, positions=None, **kwargs):
        # Keras converts arrays to tensors, which are slow to read.
        start_index = kwargs.get("start_index", 0)
        if isinstance(start_index, np.integer):
            start_index = kwargs["start_index"] = int(start_index)
        if isinstance(positions, np.ndarray):
            self._require_within(None, start_index, positions)
        return super().__call__(x, *args, positions=positions, **kwargs)

    def build(self, input_shape):
        require_tokens("x", input_shape)
        require_width("x", input_shape)
        self._table = self.add_weight(
            shape=(self.max_length, input_shape[-1]),
            initializer=self.initializer,
            name="table",
        )

    def call(self, x, mask=None, training=None, start_index=0, positions=None):
        require_tokens("x", shape_of(x))
        require_start_index(start_index)
        if mask is not None:
            mask = token_mask(mask, x.shape[:2])
        self._require_within(x.shape[1], start_index, positions)
        if positions is not None:
            positions = given_positions(positions, x.shape[:2])
        elif mask is not None:
            positions = token_positions(mask)
        else:
            positions = ops.arange(ops.shape(x)[1])
        if len(positions.shape) == 1:
            positions = ops.expand_dims(positions, 0)  # (1, T)
        x = x + self._look_up(ops.add(positions, start_index))
        return self._dropout_layer(x, training=training)

    def _look_up(self, positions):
        inside = ops.logical_and(positions >= 0, positions < self.max_length)
        nearest = ops.clip(positions, 0, self.max_length - 1)
        rows = ops.take(self._table, nearest, axis=0)  # (B, T, D)
        return ops.where(ops.expand_dims(inside, -1), rows, float("nan"))

    def _require_within(self, length, start_index, positions):
        """Raise `ValueError` if a known position is outside the table."""
        used = range(length or 0) if positions is None else positions
        known = isinstance(used, list | tuple | range | np.ndarray)
        if not known or not np.size(used):
            return
        start = start_index if is_integer(start_index) else 0
        first, last = np.min(used) + start, np.max(used) + start
        if first < 0 or last >= self.max_length:
            source = f"length={length} tokens (including padding)"
            if length is None:
                source = f"an array of shape {np.shape(used)}"
            raise ValueError(
                f"A table of max_length={self.max_length} has positions 0 to "
                f"{self.max_length - 1}. Received: positions {first} to "
                f"{last}, from {source} and start_index={start_index}. "
                "Increase `max_length` or truncate the texts."
            )

    def compute_output_shape(self, input_shape):
        return input_shape

    def compute_output_spec(
        self, x, mask=None, training=None, start_index=0, positions=None
    ):
        self._require_within(x.shape[1], start_index, positions)
        return keras.KerasTensor(x.shape, dtype=self.compute_dtype)

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "max_length": self.max_length,
                "dropout": self.dropout,
                "initializer": keras.initializers.serialize(self.initializer),
            }
        )
        return config
