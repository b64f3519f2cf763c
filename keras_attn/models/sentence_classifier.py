"""A sentence classifier made of self-attention blocks."""

import keras
from keras import ops
from keras.saving import serialize_keras_object

from keras_attn._checks import each_string, require_positive_integer
from keras_attn._registration import register
from keras_attn.layers import (
    AttentionPooling,
    EncoderBlock,
    FeedForward,
    MultiHeadSelfAttention,
)
from keras_attn.layers.pooling import get_pooling
from keras_attn.layers.scores import get_score
from keras_attn.models.classification import classify_texts
from keras_attn.models.position_choice import choose_position
from keras_attn.text import PAD_ID


@register
class SentenceClassifier(keras.Model):
    """Sentences in, one of several labels out.

    Token embeddings, positions, `num_layers` encoder blocks, a last
    normalization, one vector a sentence pooled from those of its real tokens,
    and a dense layer. The vectorizer and the labels travel in the model's
    `.keras` file.

    Shapes: B batch, T length, D width, H heads, L layers, C labels.

    Args:
        vectorizer: `keras_attn.text.Vectorizer`.
        labels: Sequence of at least two distinct strings, in the order of
            their ids.
        num_layers: Positive integer, L. Defaults to `2`.
        d_model: Positive integer, D, a multiple of H. Defaults to `128`.
        num_heads: Positive integer, H. Defaults to `4`.
        feed_forward_dim: Positive integer, the hidden width of the
            feed-forward halves. Defaults to `4 * D`.
        dropout: Float in [0, 1), for embeddings, attention weights, the
            feed-forward halves, and the sentence vector. Defaults to `0.1`.
        position: `"sinusoidal"`, `"learned"`, or a layer that maps `(B, T, D)`
            to `(B, T, D)`, for positions added to the embeddings; `"rotary"`,
            `"relative_bias"`, `"alibi"`, a `RotaryEmbedding` or a
            `PositionBias`, for positions in each attention layer; None for a
            bag of words. Defaults to `"sinusoidal"`.
        score: How tokens are scored against each other, as in
            `MultiHeadSelfAttention`. Defaults to `"scaled_dot"`.
        pooling: `"mean"`, `"max"`, `"first"`, `"attention"`, the registered
            name of a layer, or a layer that maps `(B, T, D)` and a `mask` to
            `(B, any width)`. Defaults to `"mean"`.
        **kwargs: Arguments of `keras.Model`, such as `name`.

    Call arguments:
        ids: Integer tensor of shape `(B, T)`, padded with 0 on either side.
        training: Boolean, whether dropout is applied.
        return_attention_scores: Boolean. Defaults to `False`.

    Returns:
        Logits, float32, of shape `(B, C)`; with `return_attention_scores=True`
        a pair of them and a list of L float32 tensors `(B, H, T, T)`.

    Raises:
        ValueError: If an argument is out of range, or a label is no string.

    Example:

    >>> import keras_attn
    >>> vectorizer = keras_attn.text.Vectorizer.learn(["good dog", "bad dog"])
    >>> model = keras_attn.models.SentenceClassifier(
    ...     vectorizer, labels=["praise", "blame"], d_model=16, num_heads=2
    ... )
    >>> result = model.classify(["a good dog"])[0]
    >>> result.tokens, result.attention.shape
    (['a', 'good', 'dog'], (2, 2, 3, 3))
    """

    def __init__(
        self,
        vectorizer,
        labels,
        num_layers=2,
        d_model=128,
        num_heads=4,
        feed_forward_dim=None,
        dropout=0.1,
        position="sinusoidal",
        score="scaled_dot",
        pooling="mean",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.vectorizer = vectorizer
        self.labels = tuple(each_string("labels", labels))
        self.num_layers = num_layers
        self.d_model = d_model
        self.num_heads = num_heads
        self.feed_forward_dim = feed_forward_dim
        self.dropout = dropout
        self._check()
        self.position, self._position_in_attention = choose_position(
            position, num_heads, dropout, vectorizer.max_length
        )
        # Each block makes a layer of its own from these.
        self._score = serialize_keras_object(get_score(score))
        self.pooling = get_pooling(pooling, name="pooling")
        self._embedding = keras.layers.Embedding(
            vectorizer.num_ids,
            d_model,
            # Words start at the size of the positions. The paper's factor
            # sqrt(D) would do it too, and multiply their learning rate.
            embeddings_initializer=keras.initializers.RandomNormal(stddev=0.5),
            name="embedding",
        )
        self._blocks = [self._block(i) for i in range(num_layers)]
        self._norm = keras.layers.LayerNormalization(epsilon=1e-6, name="norm")
        self._dropout_layer = keras.layers.Dropout(dropout)
        # Logits in float32 under any policy: the loss is computed from them.
        self._head = keras.layers.Dense(
            len(self.labels), dtype="float32", name="head"
        )

    def _check(self):
        if len(self.labels) < 2 or len(set(self.labels)) < len(self.labels):
            raise ValueError(
                "A classifier needs at least two distinct labels. Received: "
                f"labels={self.labels}."
            )
        for name in ("num_layers", "d_model", "num_heads"):
            require_positive_integer(name, getattr(self, name))
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
                position=self._position_in_attention,
                name="attention",
            ),
            FeedForward(
                self.feed_forward_dim or 4 * self.d_model,
                dropout=self.dropout,
                name="feed_forward",
            ),
            dropout=self.dropout,
            name=f"encoder_block_{index}",
        )

    def build(self, input_shape):
        tokens = (*input_shape, self.d_model)
        self._embedding.build(input_shape)
        if self.position is not None and not self.position.built:
            self.position.build(tokens)
        for block in self._blocks:
            block.build(tokens)
        self._norm.build(tokens)
        # A symbolic call builds any layer, and shows what width it gives.
        pooled = self.pooling(keras.KerasTensor((None, None, self.d_model)))
        self._head.build(pooled.shape)

    def call(self, ids, training=None, return_attention_scores=False):
        x, mask, maps = self._encode(ids, training, return_attention_scores)
        logits = self._decide(self.pooling(x, mask=mask), training)
        if return_attention_scores:
            return logits, maps
        return logits

    def explain(self, ids):
        """Logits with every map behind them, for inference.

        Args:
            ids: Integer tensor of shape `(B, T)`, padded with 0 on either
                side.

        Returns:
            Logits, float32, of shape `(B, C)`, and a list of float32 tensors:
            the maps of the L blocks, `(B, H, T, T)`, and after them that of an
            `AttentionPooling`, `(B, hops, 1, T)`, if the model has one.
        """
        if not self.built:
            self.build((None, None))
        x, mask, maps = self._encode(ids, False, True)
        if not isinstance(self.pooling, AttentionPooling):
            return self._decide(self.pooling(x, mask=mask), False), maps
        pooled, weights = self.pooling(
            x, mask=mask, return_attention_scores=True
        )
        return self._decide(pooled, False), [*maps, weights]

    def _encode(self, ids, training, return_attention_scores):
        """Normalized tokens `(B, T, D)`, their mask `(B, T)`, and maps."""
        mask = ops.not_equal(ids, PAD_ID)
        x = self._embedding(ids)
        if self.position is not None:
            x = self.position(x, mask=mask, training=training)
        maps = []
        for block in self._blocks:
            x = block(
                x,
                mask=mask,
                training=training,
                return_attention_scores=return_attention_scores,
            )
            if return_attention_scores:
                x, weights = x
                maps.append(weights)  # (B, H, T, T)
        return self._norm(x), mask, maps

    def _decide(self, pooled, training):
        """One vector a sentence, `(B, any width)`, to logits `(B, C)`."""
        return self._head(self._dropout_layer(pooled, training=training))

    def compute_output_spec(
        self, ids, training=None, return_attention_scores=False
    ):
        batch, length = ids.shape
        logits = keras.KerasTensor((batch, len(self.labels)), dtype="float32")
        if not return_attention_scores:
            return logits
        shape = (batch, self.num_heads, length, length)
        return logits, [
            keras.KerasTensor(shape, dtype="float32") for _ in self._blocks
        ]

    def classify(self, texts, batch_size=32, attention=True):
        """Classifies texts and says what the model looked at.

        Args:
            texts: List of strings, or of `keras_attn.text.EncodedText`s made
                by the model's vectorizer, which are not tokenized again.
            batch_size: Positive integer, the most sentences at a time.
                Defaults to `32`.
            attention: Boolean, whether each answer holds its maps. Without
                them none is computed, and long texts take far less memory.
                Defaults to `True`.

        Returns:
            A list of `keras_attn.models.Classification`, one a text, in the
            order of the texts.

        Raises:
            TypeError: If `texts` is one string, not a list of them.
            ValueError: If `texts` holds anything but strings; if a text has no
                token, or more than 65,536; or if `batch_size` is no positive
                integer.
        """
        return list(classify_texts(self, texts, batch_size, attention))

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "vectorizer": serialize_keras_object(self.vectorizer),
                "labels": list(self.labels),
                "num_layers": self.num_layers,
                "d_model": self.d_model,
                "num_heads": self.num_heads,
                "feed_forward_dim": self.feed_forward_dim,
                "dropout": self.dropout,
                "position": self._position_in_attention
                or serialize_keras_object(self.position),
                "score": self._score,
                "pooling": serialize_keras_object(self.pooling),
            }
        )
        return config

    @classmethod
    def from_config(cls, config):
        vectorizer = keras.saving.deserialize_keras_object(config["vectorizer"])
        return cls(**{**config, "vectorizer": vectorizer})
