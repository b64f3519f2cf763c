"""The table of layers for the contract tests in this folder.

A new layer needs one row here. An exported class without a row fails a test.
"""

import keras
import pytest
from keras import ops

from keras_attn import layers
from keras_attn.ops import scaled_dot_scores
from tests.layers.case import Case, Input

TEXT = (Input("BTD", mask="mask"),)
TEXT_WITHOUT_MASK = (Input("BTD"),)
TWO_TEXTS = (Input("BTD", "query_mask"), Input("BSD", "value_mask"))
TEXT_AND_MEMORY = (Input("BTD", "x_mask"), Input("BSD", "memory_mask"))
HEADS = (Input("BHTK"),)
QUERIES_AND_KEYS = (Input("BHTK"), Input("BHSK"))
POSITIONS = (Input("T"), Input("S"))


@keras.saving.register_keras_serializable("tests")
class OwnBias(layers.PositionBias):
    """A user's bias: the base class does not implement `call`."""

    def call(self, query_positions, key_positions):
        distances = ops.expand_dims(key_positions, 0) - ops.expand_dims(
            query_positions, 1
        )
        bias = ops.cast(ops.abs(distances), "float32")
        return ops.tile(
            ops.expand_dims(bias, (0, 1)), (1, self.num_heads, 1, 1)
        )


@keras.saving.register_keras_serializable("tests")
class OwnScore(layers.Score):
    """A user's score."""

    def call(self, query, key):
        return scaled_dot_scores(query, key) / 2


@keras.saving.register_keras_serializable("tests")
class OwnPooling(layers.Pooling):
    """A user's pooling, the sum of the real tokens."""

    def call(self, x, mask=None):
        if mask is not None:
            x = ops.where(ops.expand_dims(mask, -1), x, 0.0)
        return ops.sum(x, axis=1)


def _self_attention(name="attention", **options):
    return layers.MultiHeadSelfAttention(num_heads=3, name=name, **options)


def _cross_attention(name="attention", **options):
    return layers.MultiHeadAttention(num_heads=3, name=name, **options)


def _feed_forward():
    return layers.FeedForward(hidden_dim=11, name="feed_forward")


def _dense(name, rows, columns):
    return ((f"{name}/kernel", (rows, columns)), (f"{name}/bias", (columns,)))


def _heads(name, num_heads, width=2):
    shape = (num_heads, width)
    return ((f"{name}/kernel", (6, *shape)), (f"{name}/bias", shape))


def _projections(keys=3):
    """The weights of attention with 3 heads of width 2."""
    return (
        *_heads("query", 3),
        *_heads("key", keys),
        *_heads("value", keys),
        ("output/kernel", (3, 2, 6)),
        ("output/bias", (6,)),
    )


def _within(prefix, weights):
    return tuple((f"{prefix}/{name}", shape) for name, shape in weights)


def _norm(name):
    return ((f"{name}/gamma", (6,)), (f"{name}/beta", (6,)))


_FEED_FORWARD_WEIGHTS = (*_dense("expand", 6, 11), *_dense("contract", 11, 6))
_ENCODER_BLOCK_WEIGHTS = (
    *_within("attention", _projections()),
    *_within("feed_forward", _FEED_FORWARD_WEIGHTS),
    *_norm("attention_norm"),
    *_norm("feed_forward_norm"),
)
_DECODER_BLOCK_WEIGHTS = (
    *_within("self_attention", _projections()),
    *_within("cross_attention", _projections()),
    *_within("feed_forward", _FEED_FORWARD_WEIGHTS),
    *_norm("self_attention_norm"),
    *_norm("cross_attention_norm"),
    *_norm("feed_forward_norm"),
)


_SCALE = ("log_scale", (3,))
_BILINEAR = ("kernel", (3, 4, 4))


def _additive(key_dim, units=None):
    units = units or key_dim
    return (
        ("query_kernel", (3, key_dim, units)),
        ("key_kernel", (3, key_dim, units)),
        ("vector", (3, units)),
    )


def _score(*weights):
    return _within("score", weights)


def _score_case(cls, *weights):
    return Case(cls.__name__, cls, QUERIES_AND_KEYS, "BHTS", weights)


def _self_case(what, *weights, keys=3, **options):
    """A row of MultiHeadSelfAttention with some options."""
    return Case(
        f"MultiHeadSelfAttention {what}",
        lambda: _self_attention(**options),
        TEXT,
        "BTD",
        (*weights, *_projections(keys)),
        scores=("BHTT",),
    )


def _cross_case(what, keys=3, **options):
    """A row of MultiHeadAttention with some options."""
    return Case(
        f"MultiHeadAttention {what}",
        lambda: _cross_attention(**options),
        TWO_TEXTS,
        "BTD",
        _projections(keys),
        scores=("BHTS",),
    )


def _encoder_case(what, **options):
    return Case(
        f"EncoderBlock {what}",
        lambda: layers.EncoderBlock(
            _self_attention(), _feed_forward(), **options
        ),
        TEXT,
        "BTD",
        _ENCODER_BLOCK_WEIGHTS,
        scores=("BHTT",),
    )


def _decoder_case(what, **options):
    return Case(
        f"DecoderBlock {what}",
        lambda: layers.DecoderBlock(
            _self_attention("self_attention", causal=True),
            _cross_attention("cross_attention"),
            _feed_forward(),
            **options,
        ),
        TEXT_AND_MEMORY,
        "BTD",
        _DECODER_BLOCK_WEIGHTS,
        scores=("BHTT", "BHTS"),
    )


CASES = [
    Case("PositionalEncoding", layers.PositionalEncoding, TEXT, "BTD"),
    Case(
        "PositionalEncoding concatenated",
        lambda: layers.PositionalEncoding(layout="concatenated"),
        TEXT,
        "BTD",
    ),
    Case(
        "LearnedPositionalEncoding",
        lambda: layers.LearnedPositionalEncoding(max_length=53),
        TEXT,
        "BTD",
        (("table", (53, 6)),),
    ),
    Case("RotaryEmbedding", layers.RotaryEmbedding, HEADS, "BHTK"),
    Case(
        "RotaryEmbedding concatenated",
        lambda: layers.RotaryEmbedding(base=7.0, layout="concatenated"),
        HEADS,
        "BHTK",
    ),
    Case(
        "OwnBias",
        lambda: OwnBias(3),
        POSITIONS,
        "1HTS",
        float32=True,
    ),
    Case(
        "RelativePositionBias",
        lambda: layers.RelativePositionBias(3),
        POSITIONS,
        "1HTS",
        (("table", (32, 3)),),
        float32=True,
    ),
    Case(
        "AlibiBias",
        lambda: layers.AlibiBias(3),
        POSITIONS,
        "1HTS",
        float32=True,
    ),
    _score_case(OwnScore),
    _score_case(layers.DotProductScore),
    _score_case(layers.ScaledDotProductScore),
    _score_case(layers.CosineScore, _SCALE),
    _score_case(layers.BilinearScore, _BILINEAR),
    Case(
        "AdditiveScore",
        lambda: layers.AdditiveScore(units=7),
        QUERIES_AND_KEYS,
        "BHTS",
        _additive(4, units=7),
    ),
    _self_case(""),
    _self_case("dot, causal", score="dot", causal=True),
    _self_case(
        "cosine, window", *_score(_SCALE), score="cosine", sliding_window=2
    ),
    Case(
        "MultiHeadSelfAttention score as a layer",
        lambda: _self_attention(
            score=layers.CosineScore(initial_scale=3.0, name="score")
        ),
        TEXT,
        "BTD",
        (*_score(_SCALE), *_projections()),
        scores=("BHTT",),
    ),
    _self_case(
        "bilinear, causal window",
        *_score(("kernel", (3, 2, 2))),
        score="bilinear",
        causal=True,
        sliding_window=2,
    ),
    _self_case("additive", *_score(*_additive(2)), score="additive"),
    _self_case("rotary", position="rotary"),
    _self_case(
        "relative bias", ("position/table", (32, 3)), position="relative_bias"
    ),
    _self_case(
        "ALiBi, shared keys", keys=1, position="alibi", num_key_value_heads=1
    ),
    _cross_case(""),
    _cross_case("causal", causal=True),
    _cross_case("shared keys", keys=1, num_key_value_heads=1),
    Case(
        "FeedForward",
        _feed_forward,
        TEXT_WITHOUT_MASK,
        "BTD",
        _FEED_FORWARD_WEIGHTS,
    ),
    _encoder_case(""),
    _encoder_case("norm last", norm_first=False, dropout=0.25, epsilon=0.1),
    _decoder_case(""),
    _decoder_case("norm last", norm_first=False, dropout=0.25, epsilon=0.1),
    Case("OwnPooling", OwnPooling, TEXT, "BD"),
    Case("MaskedMeanPooling", layers.MaskedMeanPooling, TEXT, "BD"),
    Case("MaskedMaxPooling", layers.MaskedMaxPooling, TEXT, "BD"),
    Case("FirstTokenPooling", layers.FirstTokenPooling, TEXT, "BD"),
    Case(
        "AttentionPooling",
        lambda: layers.AttentionPooling(num_hops=2, hidden_dim=11),
        TEXT,
        ("B", 12),
        (("hidden/kernel", (6, 11)), ("hops/kernel", (11, 2))),
        scores=(("B", 2, 1, "T"),),
    ),
]


def _over(cases):
    return pytest.mark.parametrize(
        "case", cases, ids=[case.name.strip() for case in cases]
    )


every_layer = _over(CASES)
with_gradients = _over([case for case in CASES if case.has_gradients])
with_mask = _over([case for case in CASES if case.has_mask])
with_scores = _over([case for case in CASES if case.scores])
with_tokens = _over([case for case in CASES if case.has_tokens])
