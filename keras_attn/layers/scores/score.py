"""Base class for scores, and checks of the shapes that they are built with."""

import keras

from keras_attn._registration import register


@register
class Score(keras.layers.Layer):
    """Base class for layers that score every query against every key.

    A subclass implements `call(query, key)`. If it has weights, it creates them
    in `build(query_shape, key_shape)`. Register the subclass with Keras so that
    models that contain it can be saved and loaded. The attention layer applies
    masks and the softmax.

    Shapes: B batch, H heads, T query length, S key length, K width of a head.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        query: Float tensor of shape `(B, H, T, K)`.
        key: Float tensor of shape `(B, H, S, K)`.

    Returns:
        A tensor of shape `(B, H, T, S)`.

    Raises:
        ValueError: If queries and keys do not have these shapes.

    Example:

    A learned weight for each column of each head:

    >>> import keras, keras_attn
    >>> @keras.saving.register_keras_serializable("my_package")
    ... class WeightedScore(keras_attn.layers.Score):
    ...     def build(self, query_shape, key_shape):
    ...         _, num_heads, _, width = query_shape
    ...         shape = (num_heads, 1, width)
    ...         self.scale = self.add_weight(shape=shape, initializer="ones")
    ...
    ...     def call(self, query, key):
    ...         return keras_attn.ops.dot_scores(query * self.scale, key)
    >>> layer = keras_attn.layers.MultiHeadSelfAttention(
    ...     num_heads=2, score=WeightedScore()
    ... )
    >>> tuple(layer(keras.ops.ones((1, 3, 8))).shape)
    (1, 3, 8)
    >>> by_name = keras_attn.layers.MultiHeadSelfAttention(
    ...     num_heads=2, score="my_package>WeightedScore"
    ... )
    >>> tuple(by_name(keras.ops.ones((1, 3, 8))).shape)
    (1, 3, 8)
    """

    def build(self, query_shape, key_shape):
        head_sizes(query_shape, key_shape)

    def call(self, query, key):
        raise NotImplementedError(
            f"{type(self).__name__} must implement `call(query, key)`, which "
            "returns scores of shape (B, H, T, S)."
        )

    def compute_output_shape(self, query_shape, key_shape):
        return (*query_shape[:-1], key_shape[-2])

    @classmethod
    def from_config(cls, config):
        # Not Keras's own, which passes a map of dtype policies as an object.
        # Keras creates the config of a subclass without `get_config` from
        # plain values only.
        return cls(**config)


def head_sizes(query_shape, key_shape):
    """Return the number of heads H and their width K.

    Returns:
        A pair of integers. H is None if it is unknown.

    Raises:
        ValueError: If the shapes are not `(B, H, T, K)` and `(B, H, S, K)`.
    """
    received = _received(query_shape, key_shape)
    if len(query_shape) != 4 or len(key_shape) != 4:
        raise ValueError(
            "A score expects queries of shape (B, H, T, K) and keys of shape "
            f"(B, H, S, K). {received}"
        )
    if query_shape[1] != key_shape[1]:
        raise ValueError(
            "Queries and keys must have the same number of heads. "
            f"{received} Repeat each head of the keys for the queries that "
            "share it, as in "
            "`keras.ops.repeat(key, group, axis=1)`."
        )
    if query_shape[3] is None or query_shape[3] != key_shape[3]:
        raise ValueError(
            f"Queries and keys must have the same known width K. {received}"
        )
    return query_shape[1], query_shape[3]


def known_head_sizes(query_shape, key_shape):
    """Return H and K, for a score with weights for each head.

    Raises:
        ValueError: As in `head_sizes`, and if H is unknown.
    """
    num_heads, width = head_sizes(query_shape, key_shape)
    if num_heads is None:
        raise ValueError(
            "This score has weights for each head, so the number of heads H "
            f"must be known. {_received(query_shape, key_shape)}"
        )
    return num_heads, width


def require_scores_shape(shape, score, num_heads):
    """Raise `ValueError` unless `score` returns the shape `(B, H, T, S)`.

    Args:
        shape: The shape that it returns.
        score: Layer, the score.
        num_heads: Integer, H.
    """
    if len(shape) != 4 or shape[1] != num_heads:
        raise ValueError(
            "A score must map queries (B, H, T, K) and keys (B, H, S, K) "
            f"to (B, H, T, S). Received: shape {tuple(shape)} from "
            f"score={score!r} with {num_heads} heads."
        )


def _received(query_shape, key_shape):
    return (
        f"Received: query_shape={tuple(query_shape)}, "
        f"key_shape={tuple(key_shape)}."
    )
