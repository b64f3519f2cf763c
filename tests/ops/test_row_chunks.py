import keras
import numpy as np
import pytest

from keras_attn.layers import MultiHeadAttention
from keras_attn.ops import row_chunks


def array(x):
    return keras.ops.convert_to_numpy(x)


@pytest.fixture
def three_rows(monkeypatch):
    """Chunks of three rows for a matrix of 2 x 2 x 11 x 7, none below it."""
    monkeypatch.setattr(row_chunks, "_LARGEST_MATRIX", 2 * 2 * 11 * 7 - 1)
    monkeypatch.setattr(row_chunks, "_LARGEST_CHUNK", 2 * 2 * 7 * 3)


def test_how_many_rows(three_rows):
    assert row_chunks.rows_per_chunk((2, 2, 11, 5), 7) == 3
    assert row_chunks.rows_per_chunk((2, 2, 10, 5), 7) is None
    assert row_chunks.rows_per_chunk((None, 2, 11, 5), 14) == 3
    assert row_chunks.rows_per_chunk((2, 2, None, 5), 7) is None
    assert row_chunks.rows_per_chunk((2, 2, 11, 5), None) is None
    assert row_chunks.rows_per_chunk((2, 2, 11, 5), 10**6) == 1


def test_short_texts_stay_whole():
    assert row_chunks.rows_per_chunk((8, 8, 512, 32), 512) is None
    assert row_chunks.rows_per_chunk((1, 4, 8192, 64), 8192) == 256


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"causal": True, "window": 4},
        {"score": "additive", "position": "relative_bias"},
        {"score": "cosine", "position": "rotary"},
        {"score": "bilinear", "position": "alibi", "num_key_value_heads": 1},
    ],
)
def test_rows_give_what_the_whole_matrix_gives(options, three_rows):
    layer = MultiHeadAttention(2, key_dim=4, **options)
    rng = np.random.default_rng(0)
    query = rng.normal(size=(2, 11, 6)).astype("float32")
    value = rng.normal(size=(2, 7, 4)).astype("float32")
    masks = {
        "value_mask": np.array([[True] * 7, [True] * 3 + [False] * 4]),
        "attention_mask": rng.random((2, 1, 11, 7)) < 0.7,
    }
    whole, _ = layer(query, value, **masks, return_attention_scores=True)
    by_rows = layer(query, value, **masks)
    np.testing.assert_allclose(array(by_rows), array(whole), atol=1e-6)
