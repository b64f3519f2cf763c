"""A stack of self-attention blocks that encodes token ids."""

import keras
from keras import ops
from keras.saving import serialize_keras_object

from keras_attn._checks import require_positive_integer, require_rate
from keras_attn._registration import register
from keras_attn.layers import (
    EncoderBlock,
    FeedForward,
    MultiHeadSelfAttention,
)
from keras_attn.layers.positions import (
    IN_ATTENTION_NAMES,
    belongs_in_attention,
    get_position,
)
from keras_attn.layers.ragged import RaggedInputs
from keras_attn.layers.scores import get_score
from keras_attn.layers.sublayers import (
    QuantizableSublayers,
    own,
    serialize_sublayer,
)
from keras_attn.text import PAD_ID


def position_layer(identifier, **sizes):
    """Return the layer for the `position` of a `TextEncoder`, or None.

    Args:
        identifier: See `position` of `TextEncoder`.
        **sizes: Arguments for a layer created from a name; see `get_position`.
    """
    if identifier is None:
        return None
    if identifier not in IN_ATTENTION_NAMES:
        sizes["name"] = "position"  # part of the paths of its weights
    return get_position(identifier, **sizes)


@register
class TextEncoder(RaggedInputs, QuantizableSublayers, keras.layers.Layer):
    """Map token ids to one vector per token with self-attention.

        x = embedding(ids) + positions (+ segments)
        x = block_L(... block_1(x))
        y = norm(x)

    Each block is a pre-norm `EncoderBlock`. PAD (id 0) is masked: padding, on
    either side, never changes the vector of a real token. Keras passes the mask
    on to the next layer.

    Use this layer to build your own model on top of token vectors.
    `SentenceClassifier` adds a pooling layer and a dense layer.

    Shapes: B batch, T length, D width, H heads, L layers.

    Args:
        vocabulary_size: Positive integer, the number of ids, including PAD; see
            `Vectorizer.num_ids`.
        num_layers: Positive integer, L. Defaults to `2`.
        d_model: Positive integer, D, a multiple of H. Defaults to `128`.
        num_heads: Positive integer, H. Defaults to `4`.
        feed_forward_dim: Positive integer, the hidden width of the
            feed-forward layers. Defaults to `None`: `4 * D`.
        dropout: Float in [0, 1), the dropout rate for embeddings, attention
            weights and feed-forward layers. Defaults to `0.1`.
        position: How the order of the tokens is encoded. With `"sinusoidal"`,
            `"learned"`, or a layer that maps `(B, T, D)` to `(B, T, D)`,
            positions are added to the embeddings. With `"rotary"`,
            `"relative_bias"`, `"alibi"`, a `RotaryEmbedding` or a
            `PositionBias`, they are part of each attention layer. With `None`,
            the order of the tokens is ignored. Defaults to `"sinusoidal"`.
        score: Name of an attention score or a score layer, as in
            `MultiHeadSelfAttention`. Defaults to `"scaled_dot"`.
        max_length: Positive integer, the longest text in tokens, for
            `"learned"` positions. Defaults to `512`.
        separator_id: Integer, the id of the token between the two texts of a
            pair; see `Vectorizer.separator_id`. With it, a learned embedding is
            added to each token: one for all tokens up to the separator, and
            another for those after it. Defaults to `None`: single texts.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        ids: Integer tensor of shape `(B, T)`, padded with 0 on either side, or
            a `tf.RaggedTensor`.
        training: Boolean, whether to apply dropout.
        return_attention_scores: Boolean, whether to also return the attention
            weights of the blocks. Defaults to `False`.

    Returns:
        A float tensor of shape `(B, T, D)`. With
        `return_attention_scores=True`, the pair `(vectors, weights)`, where
        `weights` is a list of L float32 tensors of shape `(B, H, T, T)`.

    Raises:
        ValueError: If an argument is out of range or a name is unknown.

    Example:

    >>> import keras, keras_attn
    >>> ids = keras.Input((None,), dtype="int32")
    >>> encoder = keras_attn.models.TextEncoder(
    ...     vocabulary_size=1000, d_model=16, num_heads=2
    ... )
    >>> x = keras_attn.layers.MaskedMeanPooling()(encoder(ids))
    >>> model = keras.Model(ids, keras.layers.Dense(1)(x))
    >>> tuple(model(keras.ops.array([[5, 7, 0]])).shape)
    (1, 1)

    Reference:
        Vaswani et al., 2017, [Attention Is All You
        Need](https://arxiv.org/abs/1706.03762), section 3.
    """

    def __init__(
        self,
        vocabulary_size,
        num_layers=2,
        d_model=128,
        num_heads=4,
        feed_forward_dim=None,
        dropout=0.1,
        position="sinusoidal",
        score="scaled_dot",
        max_length=512,
        separator_id=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._set_sizes(
            vocabulary_size=vocabulary_size,
            num_layers=num_layers,
            d_model=d_model,
            num_heads=num_heads,
            max_length=max_length,
        )
        if feed_forward_dim is not None:
            feed_forward_dim = require_positive_integer(
                "feed_forward_dim", feed_forward_dim
            )
        self.feed_forward_dim = feed_forward_dim
        self.dropout = require_rate("dropout", dropout)
        self.supports_masking = True
        position = position_layer(
            position,
            num_heads=self.num_heads,
            dropout=self.dropout,
            max_length=self.max_length,
            dtype=self.dtype_policy,
        )
        in_attention = belongs_in_attention(position)
        self.position = own(
            self, "position", None if in_attention else position
        )
        # Each block creates its own layers from these configs.
        self._attention_position = (
            serialize_keras_object(position) if in_attention else None
        )
        self._score = serialize_keras_object(
            get_score(score, dtype=self.dtype_policy)
        )
        self.embedding = self._embedding(self.vocabulary_size, "embedding")
        self.blocks = [self._block(i) for i in range(self.num_layers)]
        self.norm = keras.layers.LayerNormalization(
            epsilon=1e-6, dtype=self.dtype_policy, name="norm"
        )
        if separator_id is not None:
            separator_id = require_positive_integer(
                "separator_id", separator_id
            )
        self.separator_id = separator_id
        self.segment_embedding = (
            None
            if separator_id is None
            else self._embedding(2, "segment_embedding")
        )

    def _embedding(self, num_ids, name):
        return keras.layers.Embedding(
            num_ids,
            self.d_model,
            # Embeddings are initialized to the scale of the positions.
            # Multiplying them by sqrt(D), as in the paper, would also scale
            # their updates.
            embeddings_initializer=keras.initializers.RandomNormal(stddev=0.5),
            dtype=self.dtype_policy,
            name=name,
        )

    def _set_sizes(self, **sizes):
        for name, size in sizes.items():
            setattr(self, name, require_positive_integer(name, size))
        if self.d_model % self.num_heads:
            raise ValueError(
                "`d_model` must be a multiple of `num_heads`. Received: "
                f"d_model={self.d_model}, num_heads={self.num_heads}."
            )

    def _block(self, index):
        return EncoderBlock(
            MultiHeadSelfAttention(
                self.num_heads,
                score=self._score,
                dropout=self.dropout,
                position=self._attention_position,
                dtype=self.dtype_policy,
                name="attention",
            ),
            FeedForward(
                self.feed_forward_dim or 4 * self.d_model,
                dropout=self.dropout,
                dtype=self.dtype_policy,
                name="feed_forward",
            ),
            dropout=self.dropout,
            dtype=self.dtype_policy,
            name=f"encoder_block_{index}",
        )

    def build(self, input_shape):
        self.build_sublayers(input_shape)

    def build_sublayers(self, input_shape):
        """Build the sublayers that are not built yet.

        The paths of layers and weights begin with the name of the layer whose
        `build` calls this method. `SentenceClassifier` calls it from its own
        `build`, so its paths are `sentence_classifier/encoder_block_0/...`.

        Args:
            input_shape: The shape of the ids, `(B, T)`.
        """
        if len(input_shape) != 2:
            raise ValueError(
                "`ids` must have the shape (B, T): batch, tokens. Received: "
                f"ids of shape {tuple(input_shape)}."
            )
        for embedding in (self.embedding, self.segment_embedding):
            if embedding is not None and not embedding.built:
                embedding.build(input_shape)
        tokens = (*input_shape, self.d_model)
        for layer in (self.position, *self.blocks, self.norm):
            if layer is not None and not layer.built:
                layer.build(tokens)

    def call(self, ids, training=None, return_attention_scores=False):
        x, _, scores = self.encode(ids, training, return_attention_scores)
        return (x, scores) if return_attention_scores else x

    def encode(self, ids, training=None, return_attention_scores=False):
        """Return the vectors, their mask and the attention weights.

        A model that calls this method instead of the layer computes the mask
        once, and the operators in its exported graphs do not carry the
        layer's name.

        Args:
            ids: As in a call of the layer.
            training: As in a call of the layer.
            return_attention_scores: As in a call of the layer.

        Returns:
            A tuple of the vectors `(B, T, D)`, the mask `(B, T)`, and a list
            of L tensors `(B, H, T, T)`, which is empty unless
            `return_attention_scores=True`.
        """
        mask = self.compute_mask(ids)
        x = self.embedding(ids)  # (B, T, D)
        if self.segment_embedding is not None:
            x = x + self.segment_embedding(self._segments(ids))
        if self.position is not None:
            x = self.position(x, mask=mask, training=training)
        scores = []
        # Inside a `keras.RematScope`, JAX traces even a flag that is False.
        asked = (
            {"return_attention_scores": True} if return_attention_scores else {}
        )
        for block in self.blocks:
            x = block(x, mask=mask, training=training, **asked)
            if return_attention_scores:
                x, weights = x
                scores.append(weights)  # (B, H, T, T)
        return self.norm(x), mask, scores

    def _segments(self, ids):
        """Return 1 after the first separator of each text, otherwise 0."""
        is_separator = ops.cast(ops.equal(ids, self.separator_id), "int32")
        before = ops.cumsum(is_separator, axis=1) - is_separator
        return ops.minimum(before, 1)

    def compute_mask(self, ids, previous_mask=None):
        """Return the mask `(B, T)`, True at real tokens."""
        return ops.not_equal(ids, PAD_ID)

    def compute_output_shape(self, ids_shape):
        return (*ids_shape, self.d_model)

    def compute_output_spec(
        self, ids, training=None, return_attention_scores=False
    ):
        batch, length = ids.shape
        x = keras.KerasTensor(
            (batch, length, self.d_model), dtype=self.compute_dtype
        )
        if not return_attention_scores:
            return x
        shape = (batch, self.num_heads, length, length)
        return x, [
            keras.KerasTensor(shape, dtype="float32") for _ in self.blocks
        ]

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "vocabulary_size": self.vocabulary_size,
                "num_layers": self.num_layers,
                "d_model": self.d_model,
                "num_heads": self.num_heads,
                "feed_forward_dim": self.feed_forward_dim,
                "dropout": self.dropout,
                "position": self._attention_position
                or serialize_sublayer(self, "position", self.position),
                "score": self._score,
                "max_length": self.max_length,
                "separator_id": self.separator_id,
            }
        )
        return config
