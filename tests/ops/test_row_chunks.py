import keras
import numpy as np
import pytest
from keras import ops

from keras_attn.layers import MultiHeadAttention
from keras_attn.ops import row_chunks
from tests.backend import gradients

# JAX compiles each chunk anew, 5 to 10 seconds in all.
COMPILING = [pytest.mark.long] if keras.backend.backend() == "jax" else []


def array(x):
    return keras.ops.convert_to_numpy(x)


@pytest.fixture
def three_rows(monkeypatch):
    """Chunks of three rows for a matrix of 2 x 2 x 5 x 7, none below it."""
    monkeypatch.setattr(row_chunks, "_LARGEST_MATRIX", 2 * 2 * 5 * 7 - 1)
    monkeypatch.setattr(row_chunks, "_LARGEST_CHUNK", 2 * 2 * 7 * 3)


def test_how_many_rows(three_rows):
    assert row_chunks.rows_per_chunk((2, 2, 5, 5), 7) == 3
    assert row_chunks.rows_per_chunk((2, 2, 4, 5), 7) is None
    assert row_chunks.rows_per_chunk((None, 2, 5, 5), 14) == 3
    assert row_chunks.rows_per_chunk((2, 2, None, 5), 7) is None
    assert row_chunks.rows_per_chunk((2, 2, 5, 5), None) is None
    assert row_chunks.rows_per_chunk((2, 2, 5, 5), 10**6) == 1


def test_short_texts_stay_whole():
    assert row_chunks.rows_per_chunk((8, 8, 512, 32), 512) is None
    assert row_chunks.rows_per_chunk((1, 4, 8192, 64), 8192) == 256


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(
            {
                "causal": True,
                "sliding_window": 4,
                "score": "cosine",
                "position": "rotary",
            },
            marks=COMPILING,
        ),
        pytest.param(
            {"score": "additive", "position": "relative_bias"}, marks=COMPILING
        ),
        pytest.param(
            {
                "score": "bilinear",
                "position": "alibi",
                "num_key_value_heads": 1,
            },
            marks=COMPILING,
        ),
        pytest.param({}, marks=pytest.mark.long),
        pytest.param(
            {"causal": True, "sliding_window": 4}, marks=pytest.mark.long
        ),
    ],
)
def test_rows_give_what_the_whole_matrix_gives(options, three_rows):
    layer = MultiHeadAttention(2, key_dim=4, **options)
    rng = np.random.default_rng(0)
    inputs = [
        rng.normal(size=(2, 5, 6)).astype("float32"),
        rng.normal(size=(2, 7, 4)).astype("float32"),
    ]
    masks = {
        "value_mask": np.array([[True] * 7, [True] * 3 + [False] * 4]),
        "attention_mask": rng.random((2, 1, 5, 7)) < 0.7,
    }
    layer(*inputs)
    for weight in layer.trainable_weights:  # none that starts at 0
        weight.assign(rng.normal(size=weight.shape, scale=0.5))

    def by_rows(call, query, value):
        return ops.sum(ops.sin(call(query, value, **masks)))

    def whole(call, query, value):
        output, _ = call(query, value, **masks, return_attention_scores=True)
        return ops.sum(ops.sin(output))

    expected, _ = layer(*inputs, **masks, return_attention_scores=True)
    actual = layer(*inputs, **masks)
    np.testing.assert_allclose(array(actual), array(expected), atol=1e-6)
    for a, b in zip(
        gradients(layer, inputs, by_rows),
        gradients(layer, inputs, whole),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_rows_are_dropped_in_the_gradient_as_they_were_before(three_rows):
    """With weights that do not depend on the values, y is linear in them.

    The values times their gradient are then y again, if and only if both have
    dropped the same weights. The sum of y is read off the gradient of a factor
    of 1, the query, which has no other influence here.
    """
    layer = MultiHeadAttention(2, key_dim=3, dropout=0.5, use_bias=False)
    query = np.ones((2, 5, 6), "float32")
    value = np.random.default_rng(0).normal(size=(2, 7, 6)).astype("float32")
    layer.build(query.shape, value.shape)
    kernels = (np.zeros((6, 6)),) * 2 + (np.eye(6),) * 2
    for weight, kernel in zip(layer.trainable_weights, kernels, strict=True):
        weight.assign(np.reshape(kernel, weight.shape))

    def loss(call, query, value):
        return ops.sum(call(query, value, training=True)) * ops.mean(query)

    of_query, of_value = gradients(layer, [query, value], loss)[:2]
    np.testing.assert_allclose(
        of_query.sum(), (of_value * value).sum(), rtol=1e-4
    )
    steps = [array(layer(query, value, training=True)) for _ in range(2)]
    assert np.abs(steps[0] - steps[1]).max() > 0.01
    undropped = array(layer(query, value))
    assert np.abs(steps[0] - undropped).max() > 0.01
