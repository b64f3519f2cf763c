"""A text classifier: text encoder, pooling layer and dense layer."""

import keras
from keras.saving import serialize_keras_object

from keras_attn._checks import each_string, require_boolean
from keras_attn._registration import register
from keras_attn.layers import AttentionPooling
from keras_attn.layers.dropout import Dropout
from keras_attn.layers.pooling import get_pooling
from keras_attn.layers.ragged import RaggedInputs, padded
from keras_attn.layers.scores import get_score
from keras_attn.layers.sublayers import (
    QuantizableSublayers,
    own,
    serialize_sublayer,
)
from keras_attn.models.classification import classify_texts
from keras_attn.models.decision import Decision
from keras_attn.models.old_files import load_state_in_any_shape
from keras_attn.models.text_encoder import TextEncoder, position_layer


@register
class SentenceClassifier(RaggedInputs, QuantizableSublayers, keras.Model):
    """Classify texts: token ids in, one logit per label out.

    With `vectorizer.pairs`, each text is a pair of texts, and each token also
    gets a learned embedding of the text it belongs to.

    A `TextEncoder` maps the tokens to vectors, a pooling layer combines the
    vectors of the real tokens into one vector per text, and a dense layer maps
    it to logits. The model's `.keras` file includes the vectorizer and the
    labels.

    `model.decision`, a `keras_attn.models.Decision`, maps logits to
    probabilities and labels. It can be replaced after training, for instance
    by one with a fitted temperature.

    `model.get_layer("text_encoder")` is the encoder. Its layers are also listed
    in `model.layers`.

    Shapes: B batch, T length, D width, H heads, L layers, C labels.

    Args:
        vectorizer: `keras_attn.text.Vectorizer`.
        labels: Sequence of distinct strings, in the order of their ids: at
            least two, or at least one with `multi_label=True`.
        num_layers: Positive integer, L. Defaults to `2`.
        d_model: Positive integer, D, a multiple of H. Defaults to `128`.
        num_heads: Positive integer, H. Defaults to `4`.
        feed_forward_dim: Positive integer, the hidden width of the
            feed-forward layers. Defaults to `None`: `4 * D`.
        dropout: Float in [0, 1), the dropout rate for embeddings, attention
            weights, feed-forward layers and the pooled vector. Defaults to
            `0.1`.
        position: How the order of the tokens is encoded. With `"sinusoidal"`,
            `"learned"`, or a layer that maps `(B, T, D)` to `(B, T, D)`,
            positions are added to the embeddings. With `"rotary"`,
            `"relative_bias"`, `"alibi"`, a `RotaryEmbedding` or a
            `PositionBias`, they are part of each attention layer. With `None`,
            the order of the tokens is ignored, as in a bag of words. Defaults
            to `"sinusoidal"`.
        score: Name of an attention score or a score layer, as in
            `MultiHeadSelfAttention`. Defaults to `"scaled_dot"`.
        pooling: `"mean"`, `"max"`, `"first"`, `"attention"`, the registered
            name of a layer, or a layer that maps `(B, T, D)` and a `mask` to
            `(B, any width)`. Defaults to `"mean"`.
        multi_label: Boolean, whether a text may have any number of labels,
            none included. Then each logit is that of an independent decision.
            Defaults to `False`: each text has exactly one label.
        thresholds: With `multi_label=True`, C numbers in [0, 1), the
            probabilities from which on a text has a label. Defaults to `None`:
            0.5 for each label.
        temperature: Positive number by which logits are divided to compute
            probabilities; see `keras_attn.models.Decision`. Defaults to `1.0`.
        **kwargs: Arguments of `keras.Model`, such as `name` and `dtype`, the
            dtype policy of all layers that are given by name. The logits are
            float32 under any policy.

    Call arguments:
        ids: Integer tensor of shape `(B, T)`, padded with 0 on either side, or
            a `tf.RaggedTensor`.
        training: Boolean, whether to apply dropout.
        return_attention_scores: Boolean, whether to also return the attention
            weights of the blocks. Defaults to `False`.

    Returns:
        Float32 logits of shape `(B, C)`. With `return_attention_scores=True`,
        the pair `(logits, weights)`, where `weights` is a list of L float32
        tensors of shape `(B, H, T, T)`.

    Raises:
        ValueError: If an argument is out of range, a name is unknown, a
            label is not a string, or there are too few labels: two, or one
            with `multi_label=True`.

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
        multi_label=False,
        thresholds=None,
        temperature=1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.vectorizer = vectorizer
        self.labels = tuple(each_string("labels", labels))
        self.decision = _decision(
            self.labels, multi_label, thresholds, temperature
        )
        # With a fixed seed, the initial weights depend on the order in which
        # the layers are created. Keep it: position, score, pooling, then the
        # rest.
        position = position_layer(
            position,
            num_heads=num_heads,
            dropout=dropout,
            max_length=vectorizer.max_length,
            dtype=self.dtype_policy,
        )
        score = get_score(score, dtype=self.dtype_policy)
        pooling = get_pooling(pooling, name="pooling", dtype=self.dtype_policy)
        encoder = TextEncoder(
            vectorizer.num_ids,
            num_layers=num_layers,
            d_model=d_model,
            num_heads=num_heads,
            feed_forward_dim=feed_forward_dim,
            dropout=dropout,
            position=position,
            score=score,
            max_length=vectorizer.max_length,
            separator_id=vectorizer.separator_id,
            dtype=self.dtype_policy,
            name="text_encoder",
        )
        self.num_layers = encoder.num_layers
        self.d_model = encoder.d_model
        self.num_heads = encoder.num_heads
        self.feed_forward_dim = encoder.feed_forward_dim
        self.dropout = encoder.dropout
        self._set_sublayers(encoder, pooling)

    def _set_sublayers(self, encoder, pooling):
        """Set the attributes under which Keras lists and stores the layers.

        The order of the assignments is the order of `model.layers` and
        `model.weights`. Weight files identify a layer by its index in
        `model.layers`, optimizers identify a weight by its index, and files of
        `attention_model` use the order of the attention layers. To keep older
        files loadable, the encoder's layers come first, as they did before
        `TextEncoder` existed. The encoder itself comes last, when all of its
        weights have already been stored.
        """
        self.position = encoder.position
        self.pooling = own(self, "pooling", pooling)
        self._embedding = encoder.embedding
        self._blocks = list(encoder.blocks)
        self._norm = encoder.norm
        if encoder.segment_embedding is not None:
            self._segment_embedding = encoder.segment_embedding
        self._dropout_layer = Dropout(self.dropout, dtype=self.dtype_policy)
        # Logits are float32 under any dtype policy, for an exact loss.
        self._head = keras.layers.Dense(
            len(self.labels), dtype="float32", name="head"
        )
        self._text_encoder = encoder

    def build(self, input_shape):
        # Built here so that the paths of weights and maps begin with the
        # model's name, not the encoder's.
        self._text_encoder.build_sublayers(input_shape)
        self._text_encoder.build(input_shape)
        # A symbolic call builds any pooling layer and returns its width.
        pooled = self.pooling(keras.KerasTensor((None, None, self.d_model)))
        self._head.build(pooled.shape)

    def call(self, ids, training=None, return_attention_scores=False):
        x, mask, maps = self._text_encoder.encode(
            ids, training, return_attention_scores
        )
        logits = self._decide(self.pooling(x, mask=mask), training)
        return (logits, maps) if return_attention_scores else logits

    def explain(self, ids):
        """Return the logits and all attention maps.

        Args:
            ids: Integer tensor of shape `(B, T)`, padded with 0 on either
                side.

        Returns:
            The pair `(logits, maps)`: float32 logits of shape `(B, C)`, and a
            list of float32 tensors. The list contains the L maps of the blocks,
            of shape `(B, H, T, T)`. If the pooling layer is an
            `AttentionPooling`, its map of shape `(B, hops, 1, T)` comes last.
        """
        ids = padded(ids)
        if not self.built:
            self.build((None, None))
        x, mask, maps = self._text_encoder.encode(ids, False, True)
        if not isinstance(self.pooling, AttentionPooling):
            return self._decide(self.pooling(x, mask=mask), False), maps
        pooled, weights = self.pooling(
            x, mask=mask, return_attention_scores=True
        )
        return self._decide(pooled, False), [*maps, weights]

    def _decide(self, pooled, training):
        """Map pooled vectors `(B, any width)` to logits `(B, C)`."""
        return self._head(self._dropout_layer(pooled, training=training))

    def compute_output_shape(self, ids_shape):
        return (ids_shape[0], len(self.labels))

    def compute_output_spec(
        self, ids, training=None, return_attention_scores=False
    ):
        logits = keras.KerasTensor(
            (ids.shape[0], len(self.labels)), dtype="float32"
        )
        if not return_attention_scores:
            return logits
        _, maps = self._text_encoder.compute_output_spec(
            ids, return_attention_scores=True
        )
        return logits, maps

    def classify(self, texts, batch_size=32, attention=True):
        """Classify texts and compute their attention maps.

        Args:
            texts: List of strings, or of `keras_attn.text.EncodedText` objects
                from the model's vectorizer, which are not tokenized again.
            batch_size: Positive integer, the number of texts per forward pass.
                Defaults to `32`.
            attention: Boolean, whether to compute the attention maps. Without
                them, long texts need far less memory. Defaults to `True`.

        Returns:
            A list with one `keras_attn.models.Classification` per text.

        Raises:
            TypeError: If `texts` is a single string instead of a list.
            ValueError: If `texts` contains anything that is not a string, if a
                text has no tokens or more than 65,536, or if `batch_size` is
                not a positive integer.
        """
        return classify_texts(self, texts, batch_size, attention)

    def compile_from_config(self, config):
        super().compile_from_config(config)
        if self.optimizer is not None:
            load_state_in_any_shape(self.optimizer)

    def get_config(self):
        config = super().get_config()
        encoder = self._text_encoder.get_config()
        config.update(
            {
                "vectorizer": serialize_keras_object(self.vectorizer),
                "labels": list(self.labels),
                "num_layers": self.num_layers,
                "d_model": self.d_model,
                "num_heads": self.num_heads,
                "feed_forward_dim": self.feed_forward_dim,
                "dropout": self.dropout,
                "position": encoder["position"],
                "score": encoder["score"],
                "pooling": serialize_sublayer(self, "pooling", self.pooling),
                "multi_label": self.decision.is_multi_label,
                "thresholds": self.decision.thresholds,
                "temperature": self.decision.temperature,
            }
        )
        return config

    @classmethod
    def from_config(cls, config):
        vectorizer = keras.saving.deserialize_keras_object(config["vectorizer"])
        return cls(**{**config, "vectorizer": vectorizer})


def _decision(labels, multi_label, thresholds, temperature):
    """Return the `Decision` of a new classifier, after checks."""
    multi_label = require_boolean("multi_label", multi_label)
    fewest = 1 if multi_label else 2
    if len(labels) < fewest or len(set(labels)) < len(labels):
        number = "one label" if multi_label else "two distinct labels"
        raise ValueError(
            f"A classifier needs at least {number}, and no label twice. "
            f"Received: labels={labels}."
        )
    if thresholds is None:
        thresholds = [0.5] * len(labels) if multi_label else None
    elif not multi_label or len(thresholds) != len(labels):
        raise ValueError(
            "`thresholds` are for multi_label=True, one number per label. "
            f"Received: thresholds={thresholds!r}, multi_label={multi_label}, "
            f"{len(labels)} labels."
        )
    return Decision(thresholds, temperature)
