"""One row a layer: what the contract tests of `test_contract.py` run over.

A new layer costs one row here; an exported class without a row fails.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from keras_attn import layers


@dataclass(frozen=True)
class Case:
    """How to make and call one layer.

    Attributes:
        name: String, unique.
        make: Function without arguments that returns the layer.
        weights: Names and shapes of the weights, in order, after a call on
            inputs of width 6.
        has_mask: Whether it takes `mask`.
        gives_scores: Whether it takes `return_attention_scores`.
        keeps_tokens: Whether it gives a vector a token, not a sentence.
    """

    name: str
    make: Callable
    weights: tuple
    has_mask: bool = True
    gives_scores: bool = False
    keeps_tokens: bool = True


def _attention():
    return layers.MultiHeadSelfAttention(num_heads=3, name="attention")


def _feed_forward():
    return layers.FeedForward(hidden_dim=11, name="feed_forward")


def _dense(name, rows, columns):
    return ((f"{name}/kernel", (rows, columns)), (f"{name}/bias", (columns,)))


_ATTENTION_WEIGHTS = (
    *_dense("query", 6, 6),
    *_dense("key", 6, 6),
    *_dense("value", 6, 6),
    *_dense("output", 6, 6),
)
_FEED_FORWARD_WEIGHTS = (*_dense("expand", 6, 11), *_dense("contract", 11, 6))


def _within(prefix, weights):
    return tuple((f"{prefix}/{name}", shape) for name, shape in weights)


def _norm(name):
    return ((f"{name}/gamma", (6,)), (f"{name}/beta", (6,)))


CASES = [
    Case("PositionalEncoding", layers.PositionalEncoding, weights=()),
    Case(
        "MultiHeadSelfAttention",
        _attention,
        weights=_ATTENTION_WEIGHTS,
        gives_scores=True,
    ),
    Case(
        "FeedForward",
        _feed_forward,
        weights=_FEED_FORWARD_WEIGHTS,
        has_mask=False,
    ),
    Case(
        "EncoderBlock",
        lambda: layers.EncoderBlock(_attention(), _feed_forward()),
        weights=(
            *_within("attention", _ATTENTION_WEIGHTS),
            *_within("feed_forward", _FEED_FORWARD_WEIGHTS),
            *_norm("attention_norm"),
            *_norm("feed_forward_norm"),
        ),
        gives_scores=True,
    ),
    Case(
        "MaskedMeanPooling",
        layers.MaskedMeanPooling,
        weights=(),
        keeps_tokens=False,
    ),
]
# Layers that are part of another and see no tokens of their own.
PARTS = {"ScaledDotProductScore"}

BATCH, LENGTH, WIDTH = 2, 5, 6


def tokens(length=LENGTH, seed=0):
    """Float32 token vectors `(B, T, D)`."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(BATCH, length, WIDTH)).astype("float32")


def mask():
    """Boolean `(B, T)`: all of the first sentence, 3 of 5 of the second."""
    return np.array([[True] * 5, [True] * 3 + [False] * 2])
