"""Learned bias by relative position, as in T5."""

from keras import ops

from keras_attn._registration import register
from keras_attn.layers.positions.position_bias import PositionBias
from keras_attn.ops import relative_buckets, relative_distances
from keras_attn.ops.position_bias import require_buckets


@register
class RelativePositionBias(PositionBias):
    """Learned bias for each head and relative position, as in T5.

    `bias[h, t, s] = table[bucket(s - t), h]`. Short distances have one bucket
    each, longer ones share buckets on a logarithmic scale, and all from about
    `max_distance` on are in the last bucket, so any length works. The buckets
    are exactly those of T5; see `keras_attn.ops.relative_buckets`.

    In T5, all layers share one table. Pass one `RelativePositionBias` to
    several attention layers to do the same.

    Shapes: T query length, S key length, H heads.

    Args:
        num_heads: Positive integer, H.
        num_buckets: Integer, at least 2; even and at least 4 if
            `bidirectional`. Defaults to `32`.
        max_distance: Integer, in tokens, greater than the number of distances
            with their own bucket. Defaults to `128`.
        bidirectional: Boolean, whether keys after the query have their own
            buckets. Use False for causal attention. Defaults to `True`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        query_positions: Integer tensor of shape `(T,)`.
        key_positions: Integer tensor of shape `(S,)`.

    Returns:
        A float32 tensor of shape `(1, H, T, S)`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> import keras, keras_attn
    >>> layer = keras_attn.layers.RelativePositionBias(num_heads=2)
    >>> steps = keras.ops.arange(3)
    >>> tuple(layer(steps, steps).shape)
    (1, 2, 3, 3)

    Reference:
        Raffel et al., 2020, [Exploring the Limits of Transfer Learning](
        https://arxiv.org/abs/1910.10683), section 2.1.
    """

    def __init__(
        self,
        num_heads,
        num_buckets=32,
        max_distance=128,
        bidirectional=True,
        **kwargs,
    ):
        super().__init__(num_heads, **kwargs)
        self.num_buckets, self.max_distance, self.bidirectional = (
            require_buckets(num_buckets, max_distance, bidirectional)
        )

    def build(self, query_positions_shape=None, key_positions_shape=None):
        self._table = self.add_weight(
            shape=(self.num_buckets, self.num_heads),
            initializer="uniform",
            name="table",
        )

    def call(self, query_positions, key_positions):
        # There are few distances and many pairs, so the bias of each distance
        # is looked up first, and then the bias of each pair by its distance.
        reach = self.max_distance
        buckets = self._buckets(ops.arange(-reach, reach + 1))
        by_distance = ops.take(ops.transpose(self._table), buckets, axis=1)
        distances = relative_distances(query_positions, key_positions)
        distances = ops.clip(distances, -reach, reach)  # (T, S)
        bias = ops.take(by_distance, distances + reach, axis=1)  # (H, T, S)
        return ops.expand_dims(bias, 0)

    def _buckets(self, distances):
        return relative_buckets(
            distances,
            self.num_buckets,
            self.max_distance,
            self.bidirectional,
        )

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "num_buckets": self.num_buckets,
                "max_distance": self.max_distance,
                "bidirectional": self.bidirectional,
            }
        )
        return config
