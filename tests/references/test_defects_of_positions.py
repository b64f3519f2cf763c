"""What other packages get wrong about positions; see `test_defects.py`."""

import keras
import numpy as np
import pytest

from keras_attn import layers

# PAD is 0, on either side.
IDS = np.array([[5, 3, 9, 0, 0], [0, 0, 1, 7, 2]], "int32")


def array(tensor):
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))


def embedding():
    """With vectors large enough for attention to depend on the words."""
    return keras.layers.Embedding(
        11,
        6,
        mask_zero=True,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
    )


def table(positions, width):
    """The sinusoidal code of the paper, in float64."""
    column = np.arange(width)
    rates = 10000.0 ** -(2 * (column // 2) / width)
    angles = np.arange(positions, dtype="float64")[:, None] * rates
    return np.where(column % 2, np.cos(angles), np.sin(angles))


@pytest.mark.parametrize(
    "policy, bound",
    [("float32", 3e-6), ("mixed_bfloat16", 2**-8), ("mixed_float16", 2**-10)],
)
def test_d01_angles_under_half_precision(policy, bound):
    """KerasHub's sinusoid is computed in bfloat16: off by 2.0 from T=2048."""
    length = 65_536
    keras.config.set_dtype_policy(policy)
    layer = layers.PositionalEncoding()
    codes = layer(np.zeros((1, length, 32), "float32"))
    dtype = keras.backend.standardize_dtype(codes.dtype)
    assert dtype == layer.compute_dtype
    assert np.abs(array(codes)[0] - table(length, 32)).max() <= bound


@pytest.mark.parametrize(
    "positions",
    [layers.PositionalEncoding, lambda: layers.LearnedPositionalEncoding(7)],
    ids=["sinusoidal", "learned"],
)
def test_d02_positions_keep_the_mask_of_an_embedding(positions):
    """KerasHub's sinusoid drops it: 22 % of all attention went to PAD."""
    tokens, positions = embedding(), positions()
    attention = layers.MultiHeadSelfAttention(2)

    def mass_on_pad(x):
        _, weights = attention(x, return_attention_scores=True)
        return (array(weights) * (IDS == 0)[:, None, None]).sum()

    x = positions(tokens(IDS))
    assert mass_on_pad(x) == 0
    assert mass_on_pad(array(x)) > 0.1
    ids = keras.Input((None,), dtype="int32")
    x = positions(tokens(ids))
    model = keras.Model(ids, attention(x, return_attention_scores=True)[1])
    weights = array(model(IDS))
    assert (weights * (IDS == 0)[:, None, None]).sum() == 0


@pytest.mark.parametrize("width", [1, 5, 7])
def test_d12_odd_widths_do_not_crash(width):
    """keras-pos-embd fails to reshape where the width is odd."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 3, width)).astype("float32")
    y = layers.PositionalEncoding()(x)
    np.testing.assert_allclose(array(y), x + table(3, width), atol=1e-6)


def test_d13_an_odd_width_stays_and_no_table_ends():
    """TensorFlow's tutorial makes 8 columns of 7, and ends at 2048 tokens."""
    codes = layers.PositionalEncoding()(np.zeros((1, 5003, 7), "float32"))
    assert tuple(codes.shape) == (1, 5003, 7)
    assert np.abs(array(codes)[0] - table(5003, 7)).max() < 3e-6


@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
def test_d14_widths_7_and_2_and_the_frequencies_of_the_paper(layout):
    """Model Garden: 6 columns of 7, NaN of 2, other frequencies (.046)."""
    layer = layers.PositionalEncoding(layout=layout)
    for width in (7, 2):
        codes = array(layer(np.zeros((1, 3, width), "float32")))[0]
        order = np.arange(width)
        if layout == "concatenated":
            order = np.concatenate([order[::2], order[1::2]])
        np.testing.assert_allclose(codes, table(3, width)[:, order], atol=1e-6)
    codes = array(layer(np.zeros((1, 2, 8), "float32")))[0]
    sines = codes[1, ::2] if layout == "interleaved" else codes[1, :4]
    np.testing.assert_allclose(
        np.arcsin(sines.astype("float64")), [1, 0.1, 0.01, 0.001], rtol=1e-6
    )
